//! Known findings: a baseline is written, filled in, and accepts what it names until its last day.

use std::net::TcpListener;
use std::path::Path;

use unframed::verify::baseline::Baseline;

use super::outside::bad_server;
use super::verify;
use crate::harness::database::private_folder;

/// The exit code, the report and the errors.
fn check(url: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let output = verify(&[&["--url", url], more].concat());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("the baseline");
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replace(from, to)).expect("the baseline");
}

#[test]
fn a_baseline_is_written_filled_in_used_and_expires() {
    let url = format!("http://{}/", bad_server("X-Frame-Options: DENY\r\nServer: \"a\"/1\r\n"));
    let file = private_folder("baseline").join("baseline.toml");
    let named = file.to_str().expect("text");
    assert_eq!(check(&url, &["--write-baseline", named]).0, Some(1));
    let (code, _, errors) = check(&url, &["--baseline", named]);
    assert_eq!((code, errors.contains("write a reason")), (Some(2), true), "{errors}");
    assert!(errors.contains(&format!("{named}, line ")), "{errors}");

    edit(&file, "reason = \"\"", "reason = \"it is a test\"");
    let (code, text, errors) = check(&url, &["--baseline", named]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{text}");
    assert!(text.contains(" 0 findings") && text.contains("reason:   it is a test (until "), "{text}");

    // What is known stays known when the baseline is written again.
    assert_eq!(check(&url, &["--baseline", named, "--write-baseline", named]).0, Some(0));
    assert_eq!(check(&url, &["--baseline", named]).0, Some(0));

    let text = std::fs::read_to_string(&file).expect("the baseline");
    let year = text.split_once("expires = ").expect("a date").1.get(..4).expect("a year").to_owned();
    edit(&file, &format!("expires = {year}-"), "expires = 2020-");
    let (code, text, errors) = check(&url, &["--baseline", named]);
    assert_eq!(code, Some(1), "{text}");
    assert!(errors.contains("expired on 2020-") && errors.contains("its findings count again"), "{errors}");

    // The new file has the old reason in a comment.
    assert_eq!(check(&url, &["--baseline", named, "--write-baseline", named]).0, Some(1));
    let text = std::fs::read_to_string(&file).expect("the baseline");
    let remark = text.lines().find(|line| line.starts_with("# version/server, expired on 2020-"));
    assert!(remark.is_some_and(|line| line.ends_with(": it is a test")), "{text}");
    assert!(text.contains("reason = \"\""), "{text}");
}

#[test]
fn an_entry_covers_what_it_names_and_one_that_matches_nothing_is_named() {
    let url = format!("http://{}/", bad_server("X-Frame-Options: DENY\r\n"));
    let file = private_folder("baseline").join("baseline.toml");
    let entries = "[[known]]\nrule = \"csp/none\"\nplaces = [\"GET / (*\"]\nreason = \"a\"\nexpires = 9999-01-01\n\
        [[known]]\nrule = \"version/server\"\nreason = \"b\"\nexpires = 9999-01-01\n\
        [[known]]\nrule = \"csp/none\"\nsite = \"http://127.*\"\nwhat = \"x\"\nreason = \"c\"\nexpires = 9999-01-01\n";
    std::fs::write(&file, entries).expect("a file");
    let (code, text, errors) = check(&url, &["--baseline", file.to_str().expect("text")]);
    assert_eq!(code, Some(1), "the same finding at other places counts: {text}");
    let (open, known) = text.split_once("\nknown ").expect("a known finding");
    assert!(known.contains("at:       GET / (200)\n"), "{text}");
    assert!(open.contains("[csp/none]\n       at:       GET /, framed"), "{text}");
    for remark in ["line 7: the entry for version/server", "line 11: the entry for csp/none"] {
        assert!(errors.contains(&format!("{remark} matches no finding: remove it")), "{errors}");
    }
}

#[test]
fn the_entries_of_sites_that_are_away_or_not_asked_stay() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let bad = bad_server("X-Frame-Options: DENY\r\n");
    let folder = private_folder("baseline");
    let (sites, file) = (folder.join("sites.txt"), folder.join("baseline.toml"));
    std::fs::write(&sites, format!("http://{closed}/\nhttp://{bad}/\n")).expect("a list");
    let entry = |site: &str, reason: &str| {
        let what = format!("[[known]]\nrule = \"csp/none\"\nsite = \"http://{site}\"\n");
        format!("{what}reason = \"{reason}\"\nexpires = 9999-01-01\n")
    };
    let away = entry(&closed.to_string(), "ticket 1");
    let elsewhere = entry("other.example", "ticket 3");
    let entries = [away.clone(), entry(&bad.to_string(), "ticket 2"), elsewhere.clone()];
    std::fs::write(&file, entries.concat()).expect("a baseline");
    let (sites, named) = (sites.to_str().expect("text"), file.to_str().expect("text"));
    let output = verify(&["--urls", sites, "--baseline", named, "--write-baseline", named]);
    let (code, errors) = (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(code == Some(1) || code == Some(2), "{code:?} {errors}");
    assert_eq!(errors, "", "they may match the next time");
    let written = std::fs::read_to_string(&file).expect("the baseline");
    assert!(written.contains(&away) && written.contains("reason = \"ticket 2\""), "{written}");
    assert!(written.contains(&elsewhere), "{written}");
}

#[test]
fn what_is_wrong_in_a_baseline_is_named_with_its_line() {
    const GOOD: &str = "[[known]]\nrule = \"csp/none\"\nreason = \"a\"\nexpires = 2027-01-01\n";
    assert!(Baseline::parse(GOOD).is_ok() && Baseline::parse("# nothing\n").is_ok());
    for (from, to, line, problem) in [
        ("csp/none", "csp/nothing", 2, "there is no rule `csp/nothing`"),
        ("reason = \"a\"", "reason = \" \"", 3, "write a reason"),
        ("reason = \"a\"\n", "", 1, "missing field `reason`"),
        ("expires = 2027-01-01\n", "", 1, "missing field `expires`"),
        ("expires = 2027-01-01", "expires = 07:00:00", 4, "write `expires` as a day"),
        ("expires = 2027-01-01", "expires = 2027-02-30", 4, ""),
        ("expires = 2027-01-01", "expires = \"soon\"", 4, "invalid type"),
        ("reason", "raeson", 3, "unknown field `raeson`"),
        ("[[known]]", "[[kown]]", 1, "unknown field `kown`"),
        ("\"csp/none\"", "\"csp/none", 2, ""),
    ] {
        let wrong = GOOD.replace(from, to);
        let found = Baseline::parse(&wrong).expect_err(&wrong);
        assert_eq!(found.line, line, "{wrong}: {found}");
        assert!(found.problem.contains(problem), "{wrong}: {found}");
    }
    let (code, _, errors) = check("http://unused.invalid/", &["--baseline", "/nonexistent.toml"]);
    assert_eq!((code, errors.contains("/nonexistent.toml")), (Some(2), true), "{errors}");
}
