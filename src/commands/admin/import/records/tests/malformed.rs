//! Tests of files with mistakes in them.

use proptest::prelude::*;

use super::*;
use crate::domain::any_text::{config, made_of};

fn problem(format: Format, text: impl AsRef<[u8]>) -> (Vec<String>, ReadProblem) {
    let (rows, result) = all(format, text);
    (short(&rows), result.unwrap_err())
}

#[test]
fn each_broken_line_of_csv_is_one_problem() {
    let mut text = b"email,name,password,active\n".to_vec();
    let long = "x".repeat(70_000);
    for line in [
        "ada@,Ada,,",
        "$2b$04$lEpg7iNSo4Q2Xcp/Wm2.1.kPU0JumiuanVSRTG4jlYXlhUCIDHtf.,Ada,,",
        "ada@example.com,Ada",
        "ada@example.com,Ada,hunter2@,",
        "ada@example.com,A\u{202E}da,,",
        "ada@example.com,A\0da,,",
        "a\0da@example.com,Ada,,",
        "ada@example.com,Ada,,perhaps",
        &format!("ada@example.com,{long},,"),
        &",".repeat(2000),
        "ada@example.com,Ada,,",
    ] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    text.extend_from_slice(b"ada@example.com,A\xFFda,,\nbob@example.com,Bob,,\n");
    let rows = csv(text);
    let expected = [
        "line 2: \"ada@\" is not an email address",
        "line 3: the value in the email column is not an email address",
        "line 4: it has 2 fields, but the header has 4; a value with commas, as argon2 hashes have, needs quotes",
        "line 5: the password hash has no supported format (argon2, bcrypt, PBKDF2 and scrypt are supported)",
        "line 6: the name has a line break or an invisible character",
        "line 7: the name has a line break or an invisible character",
        "line 8: \"a\\0da@example.com\" is not an email address",
        "line 9: the field \"active\" is neither true nor false",
        "line 10: it is longer than 64 KiB or has more than 1,024 fields",
        "line 11: it is longer than 64 KiB or has more than 1,024 fields",
        "line 12|ada@example.com|Ada|-",
        "line 13: the field \"name\" is not UTF-8",
        "line 14|bob@example.com|Bob|-",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn an_open_quote_costs_its_own_line_only() {
    let line = "ada@example.com,Ada\n";
    for after in [0, 1, 5000, 10_000] {
        let rows = csv(format!("email,name\n{line}\"bob@example.com,Bob\n{}", line.repeat(after)));
        assert_eq!(rows.len(), after + 2);
        assert_eq!(rows[1], "line 3: it opens a quote that is not closed within 64 KiB");
        assert!(rows.iter().skip(2).all(|row| row.ends_with("|ada@example.com|Ada|-")));
        assert!(rows.last().unwrap().starts_with(&format!("line {}", after + 3)));
    }
    // A quoted line break belongs to its record.
    let rows = csv("email,note\nada@example.com,\"a\n\nb\"\nbob@example.com,\n");
    assert_eq!(rows, ["line 2|ada@example.com|ada|-", "line 5|bob@example.com|bob|-"]);
    // A line without end is skipped, whatever its length.
    let rows = csv(format!("email\n\"{}\nada@example.com", "x".repeat(1_000_000)));
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with("line 2: it is longer") && rows[1].starts_with("line 3|"), "{rows:?}");
}

#[test]
fn csv_without_a_usable_header_is_not_read() {
    use ReadProblem::{Empty, Header, NoEmailColumn, SameColumns, Utf16};
    let refused = |text: &[u8]| problem(Format::Csv, text).1;
    assert!(matches!(refused(b""), Empty) && matches!(refused(b"\xEF\xBB\xBF\r\n\n"), Empty));
    assert!(matches!(refused(b"\xFF\xFEe\0m\0"), Utf16));
    let hash = "$2b$04$lEpg7iNSo4Q2Xcp/Wm2.1.kPU0JumiuanVSRTG4jlYXlhUCIDHtf.";
    for text in [&format!("ada@example.com,{hash}\n"), "email;name\na@example.com;A\n", "\0\0\0", "name\nAda"]
    {
        let refused = refused(text.as_bytes());
        assert!(matches!(refused, NoEmailColumn) && !refused.to_string().contains(hash), "{refused}");
    }
    assert!(matches!(refused(b"email,name,Display_Name\n"), SameColumns(_, _)));
    assert!(matches!(refused(b"email,\"name\n"), Header(RowFault::UnclosedQuote)));
}

#[test]
fn each_broken_line_of_json_is_one_problem() {
    let (deep, long) = ("[".repeat(50_000), "x".repeat(70_000));
    let closed = format!("{deep}{}", "]".repeat(50_000));
    let mut text = [
        r#"{"email":"ada@example.com"}"#,
        r#"{"email":"ada@example.com""#,
        "[1]",
        r#"{"email":["x"]}"#,
        r#"{"email":"ada@example.com","name":"Ada","display_name":"Ada"}"#,
        r#"{"email":"ada@example.com","credentials":"$2b$04$secret"}"#,
        &format!(r#"{{"x":{deep}"#),
        &format!(r#"{{"email":"{long}"}}"#),
        &format!(r#"{{"email":"ada@example.com","x":{}}}"#, &closed[30_000..70_000]),
        r#"{"email":"bob@example.com"} {}"#,
    ]
    .join("\n")
    .into_bytes();
    text.extend_from_slice(
        b"\n{\"email\":\"\xFF\"}\n{\"email\":\"\\ud800\"}\n\0\n{\"email\":\"bob@example.com\"}",
    );
    let expected = [
        "line 1|ada@example.com|ada|-",
        "line 2: it is not valid JSON (column 26)",
        "line 3: it is not a JSON object",
        "line 4: the field \"email\" has the wrong type",
        "line 5: the field \"name\" repeats another one of the same meaning",
        "line 6: the field \"credentials\" has the wrong type",
        "line 7: it is not valid JSON (column 50005)",
        "line 8: it is longer than 64 KiB",
        "line 9|ada@example.com|ada|-",
        "line 10: it is not valid JSON (column 29)",
        "line 11: it is not valid JSON",
        "line 12: the field \"email\" has the wrong type",
        "line 13: it is not valid JSON (column 1)",
        "line 14|bob@example.com|bob|-",
    ];
    let rows = json(text);
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for (row, expected) in rows.iter().zip(expected) {
        assert!(row.starts_with(expected), "{row}, not {expected}");
    }
}

#[test]
fn a_broken_array_ends_with_one_problem_and_a_wrong_element_does_not() {
    let ada = r#"{"email":"ada@example.com"}"#;
    assert_eq!(
        json(format!("[{ada}, 1, [], \"$2b$04$secret\", {{\"email\":1}}, {ada}]")),
        [
            "element 1|ada@example.com|ada|-",
            "element 2: it is not a JSON object",
            "element 3: it is not a JSON object",
            "element 4: it is not a JSON object",
            "element 5: the field \"email\" has the wrong type",
            "element 6|ada@example.com|ada|-",
        ]
    );
    for (text, line, column) in [
        (format!("\n[{ada},\n{ada}\n{ada}]"), 4, 1),
        (format!("[{ada},\n{ada}"), 2, 27),
        (format!("[{ada},{ada}]]"), 1, 58),
        (format!("{{\"users\":[{ada},{ada},]}}"), 1, 67),
    ] {
        let (rows, refused) = problem(Format::Json, &text);
        assert_eq!(rows.len(), 2, "{text}");
        let at = format!(
            "the JSON breaks at line {line}, column {column}, after 2 complete elements; the rest was not read"
        );
        assert_eq!(refused.to_string(), at, "{text}");
    }
    let long = format!("[{ada},{{\"email\":\"{}", "x".repeat(300_000));
    assert!(matches!(problem(Format::Json, long).1, ReadProblem::LongElement(2)));
    let deep = "[".repeat(1_000_000);
    assert!(matches!(problem(Format::Json, deep).1, ReadProblem::LongElement(1)));
}

#[test]
fn a_file_that_is_no_list_of_users_is_not_read() {
    use ReadProblem::{Empty, Json, NoUsers, NotJson, Utf16};
    let refused = |text: &[u8]| problem(Format::Json, text).1;
    assert!(matches!(refused(b""), Empty) && matches!(refused(b" \r\n\t"), Empty));
    assert!(matches!(refused(b"\xFE\xFF\0["), Utf16));
    assert!(matches!(refused(b"email,name\n"), NotJson) && matches!(refused(b"\0"), NotJson));
    assert!(matches!(refused(b"{\n\"email\": \"ada@example.com\"\n}"), NoUsers));
    assert!(matches!(refused(b"{\"users\": \"$2b$04$secret\"}"), Json { .. }));
    assert!(matches!(refused(b"[{\"email\":\"\xFF\"}]"), Json { .. }));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_slow_source_gives_the_same_rows(
        csv in made_of(&["email", "name", "ada@example.com", "\"", ",", ";", "\r", "\n", "\r\n", "\u{FEFF}", "\0", "x"]),
        json in made_of(&[
            "[", "]", "{", "}", ",", ":", "\n", " ", "\"", "\\", "1", "null", "true", "\"email\"", "\"ada@example.com\"",
            "\"users\"", "\"fields\"", "\"model\":\"auth.user\"", "{\"email\":\"ada@example.com\"}",
        ]),
    ) {
        // `all` reads at once and byte by byte, and compares.
        for (format, text) in [(Format::Csv, format!("email,name\n{csv}")), (Format::Csv, csv), (Format::Json, json)] {
            let (rows, result) = all(format, &text);
            if let Ok(summary) = result {
                prop_assert_eq!(summary.records + summary.problems, rows.len());
            }
        }
    }
}
