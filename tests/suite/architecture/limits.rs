//! The table of limits in docs/LIMITS.md has each constant that bounds something, with its value.

use std::collections::BTreeSet;

use regex::Regex;
use unframed::config::VARIABLES;

use super::{Source, read, sources};

/// The sources of commands for operators and of what runs once, at start or before it.
const NOT_SERVING: [&str; 10] = [
    "src/assets.rs",
    "src/commands/admin",
    "src/commands/doctor.rs",
    "src/commands/verify",
    "src/config",
    "src/db/local.rs",
    "src/db/migrations",
    "src/domain/imported_hash",
    "src/inbox",
    "src/verify",
];

/// Numbers that bound nothing, each with what it is.
const NO_LIMIT: [(&str, &str); 21] = [
    ("ATTEMPTS_BEFORE_ERROR", "a level of the log"),
    ("BODY_CHARS", "the length of a secret of the API"),
    ("BYTES", "the size of a format"),
    ("CHARS", "the length of a recovery code"),
    ("CHECKSUM_CHARS", "of a secret of the API"),
    ("COUNT", "of recovery codes"),
    ("DAY", "a unit"),
    ("DIGITS", "of a code"),
    ("DRIFT", "RFC 6238"),
    ("HOUR", "a unit"),
    ("LAST_MICROS", "the end of the calendar"),
    ("OWNER_ENTERS", "a mode"),
    ("OWNER_READS_AND_WRITES", "a mode"),
    ("PAGE", "of memory"),
    ("PARTS", "of a password that are estimated"),
    ("PART_CHARS", "of a password that are estimated"),
    ("QUARTER", "a unit"),
    ("QUIET", "of a QR code"),
    ("STEP_SECONDS", "RFC 6238"),
    ("VERSION", "of a format"),
    ("WIDTH", "of text"),
];

/// A constant, and its value in milliseconds or as a number.
#[derive(Debug)]
struct Constant {
    name: String,
    /// Below `src/`.
    file: String,
    value: f64,
}

/// All constants of a source that are times or numbers.
fn constants(source: &Source) -> Vec<Constant> {
    let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
    let kinds = r"(?:Duration|TimeDelta|[iu](?:8|16|32|64|size))";
    let constant =
        Regex::new(&format!(r"(?m)^\s*(?:pub(?:\(\w+\))? )?const ([A-Z_]+): {kinds} = ([^;]+);")).unwrap();
    let file = source.path.trim_start_matches("src/");
    let found = constant.captures_iter(code).map(|found| Constant {
        name: found[1].to_owned(),
        file: file.to_owned(),
        value: value(&found[2]).unwrap_or_else(|| panic!("{file}: {} = {}", &found[1], &found[2])),
    });
    found.collect()
}

/// The value of an expression such as `Duration::from_secs(10)`, `16 * 1024` or `0o600`.
fn value(expression: &str) -> Option<f64> {
    let time = Regex::new(r"^\w+::(?:from_)?(\w+)\((.+)\)$").unwrap();
    if let Some(found) = time.captures(expression) {
        return Some(value(&found[2])? * unit(&found[1])?);
    }
    let number = |text: &str| match text.strip_prefix("0o") {
        Some(octal) => i64::from_str_radix(octal, 8).ok().map(|number| number as f64),
        None => text.replace('_', "").parse::<f64>().ok(),
    };
    expression
        .split(" + ")
        .map(|sum| sum.split(" * ").map(|factor| number(factor.trim())).product::<Option<f64>>())
        .sum()
}

/// A unit of time in milliseconds, or of size in bytes.
fn unit(name: &str) -> Option<f64> {
    match name.trim_end_matches('s') {
        "milli" | "millisecond" => Some(1.0),
        "sec" | "second" => Some(1000.0),
        "minute" => Some(60_000.0),
        "hour" => Some(3_600_000.0),
        "day" => Some(86_400_000.0),
        "KiB" => Some(1024.0),
        _ => None,
    }
}

/// All quantities that a cell names: `5 to 500 milliseconds` has two of the same unit.
fn quantities(cell: &str) -> Vec<f64> {
    let number = Regex::new(r"(\d[\d,]*(?:\.\d+)?)(?: to \d+)? ?([A-Za-z]*)").unwrap();
    let each = |found: regex::Captures<'_>| {
        let number = found[1].trim_end_matches(',').replace(',', "").parse::<f64>().expect("a number");
        number * unit(&found[2]).unwrap_or(1.0)
    };
    let second = cell.split_once(" to ").map_or("", |(_, rest)| rest);
    number.captures_iter(cell).map(each).chain(number.captures_iter(second).map(each)).collect()
}

/// The limits and the places of each row of the table.
fn rows() -> Vec<(String, String)> {
    let page = read("docs/LIMITS.md");
    let table = page.split("## Every other limit").nth(1).expect("the table");
    let lines = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 3, "{line}");
        (cells[1].to_owned(), cells[2].to_owned())
    });
    rows.collect()
}

#[test]
fn the_table_of_limits_has_each_constant_with_its_value() {
    let in_files = Regex::new(r"((?:`[A-Z_]+`(?:, )?)+) in `([\w/]+\.rs)`").unwrap();
    let name = Regex::new("`([A-Z_]+)`").unwrap();
    let serving = |source: &Source| !NOT_SERVING.iter().any(|path| source.path.starts_with(path));
    let known: Vec<Constant> =
        sources("src", "rs").iter().filter(|source| serving(source)).flat_map(constants).collect();
    assert!(known.len() > 80, "{} constants", known.len());
    let (mut listed, mut wrong) = (BTreeSet::new(), Vec::new());
    for (limit, place) in rows() {
        let told = quantities(&limit);
        for found in in_files.captures_iter(&place) {
            for name in name.captures_iter(&found[1]).map(|name| name[1].to_owned()) {
                let constant =
                    known.iter().find(|constant| constant.name == name && constant.file == found[2]);
                match constant {
                    None => wrong.push(format!("{} has no {name}", &found[2])),
                    Some(constant) if told.contains(&constant.value) => {}
                    Some(constant) => wrong.push(format!("{constant:?} is not in: {limit}")),
                }
                listed.insert((name, found[2].to_owned()));
            }
        }
        let rest = in_files.replace_all(&place, "").into_owned();
        for variable in name.captures_iter(&rest).map(|name| name[1].to_owned()) {
            let default = VARIABLES.iter().find(|(known, _)| *known == variable).map(|(_, text)| *text);
            let default = default
                .and_then(|text| text.split("(default ").nth(1))
                .map(|text| text.trim_end_matches(')'));
            if default != Some(limit.as_str()) {
                wrong.push(format!("{variable} is {default:?} by default, not {limit}"));
            }
        }
    }
    for constant in &known {
        let exempt = NO_LIMIT.iter().any(|(name, _)| *name == constant.name);
        if exempt == listed.contains(&(constant.name.clone(), constant.file.clone())) {
            wrong.push(format!("{constant:?} is missing, or both a limit and none"));
        }
    }
    for (exempt, what) in NO_LIMIT {
        assert!(known.iter().any(|constant| constant.name == exempt), "{exempt} ({what}) is no longer there");
    }
    assert!(wrong.is_empty(), "docs/LIMITS.md:\n{}", wrong.join("\n"));
}
