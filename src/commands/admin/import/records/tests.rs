//! Tests of both formats on small files. `tests/size.rs` has the large ones.

mod malformed;
mod size;

use std::ops::ControlFlow;

use super::*;

const HASH: &str = "pbkdf2_sha256$20000$SHET5ZhOdgNLz6pXbe4KLF$UC617op9XhcdfXBvWaZzogX9CI8i+QfLaEewAN9mhKE=";
const STORED: &str = "$pbkdf2-sha256$i=20000,l=32$U0hFVDVaaE9kZ05MejZwWGJlNEtMRg";

/// Gives one byte at each call, as a slow pipe may.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

type All = (Vec<Row>, Result<Summary, ReadProblem>);

/// Reads at once and byte by byte, and compares.
fn all(format: Format, text: impl AsRef<[u8]>) -> All {
    let read_all = |source: &mut dyn Read| -> All {
        let mut rows = Vec::new();
        let result = read(source, format, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
        (rows, result)
    };
    let at_once = read_all(&mut text.as_ref());
    let slowly = read_all(&mut Slow(text.as_ref()));
    assert_eq!(at_once.0, slowly.0);
    assert_eq!(format!("{:?}", at_once.1), format!("{:?}", slowly.1));
    at_once
}

/// Each row in short: place, email address, name, stored hash (or `-`), and `off` for disabled accounts.
fn short(rows: &[Row]) -> Vec<String> {
    let short = |row: &Row| match row {
        Ok(record) => {
            let hash = record.hash.as_ref().map_or("-", |hash| hash.as_str());
            let hash = hash.get(..STORED.len()).unwrap_or(hash);
            let (email, name) = (record.email.as_str(), record.display_name.as_str());
            format!("{}|{email}|{name}|{hash}{}", record.place, if record.disabled { "|off" } else { "" })
        }
        Err(problem) => problem.to_string(),
    };
    rows.iter().map(short).collect()
}

fn csv(text: impl AsRef<[u8]>) -> Vec<String> {
    let (rows, result) = all(Format::Csv, text);
    assert!(result.is_ok(), "{result:?}");
    short(&rows)
}

fn json(text: impl AsRef<[u8]>) -> Vec<String> {
    let (rows, result) = all(Format::Json, text);
    assert!(result.is_ok(), "{result:?}");
    short(&rows)
}

#[test]
fn csv_has_a_header_in_any_order_and_ignores_other_columns_once() {
    let text = format!(
        "id,Password Hash,E-Mail,name,note\r\n1,{HASH},Ada@Example.com,Ada Lovelace,\"a,\r\n\"\"b\"\"\"\r\n\r\n2,,bob@example.com,,\r\n"
    );
    let (rows, summary) = all(Format::Csv, &text);
    let expected =
        [format!("line 2|ada@example.com|Ada Lovelace|{STORED}"), "line 5|bob@example.com|bob|-".to_owned()];
    assert_eq!(short(&rows), expected);
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.problems, summary.skipped), (2, 0, 0));
    assert_eq!(summary.ignored, ["id", "note"]);
    // The same with a byte order mark, with line feeds only, and without a line break at the end.
    for text in [format!("\u{FEFF}{text}"), text.replace('\r', ""), text.trim_end().to_owned()] {
        assert_eq!(csv(text), expected);
    }
    assert_eq!(csv("email\n"), [""; 0]);
    assert_eq!(csv("email"), [""; 0]);
}

#[test]
fn exports_of_devise_and_django_read_as_they_are() {
    let devise = "email,encrypted_password,created_at\n\
                  ada@example.com,$2a$04$jXHgYEoWnAXfyfdfDEQTIedwBnQpJrHPUlAkYHGlTV1mXhVC8LZam,2020-01-01\n";
    assert_eq!(
        csv(devise),
        ["line 2|ada@example.com|ada|$2b$04$jXHgYEoWnAXfyfdfDEQTIedwBnQpJrHPUlAkYHGlTV1mXhVC8LZ"]
    );
    let django = format!(
        "username,email,first_name,last_name,password,is_active\n\
         ada,ada@example.com,Ada,Lovelace,{HASH},t\n\
         bob,bob@example.com,,,!unusable,f\n\
         cy@example.com,cy@example.com,,,,0\n"
    );
    assert_eq!(
        csv(django),
        [
            format!("line 2|ada@example.com|Ada Lovelace|{STORED}").as_str(),
            "line 3|bob@example.com|bob|-|off",
            "line 4|cy@example.com|cy|-|off",
        ]
    );
    let dump = format!(
        r#"[{{"model": "auth.group", "pk": 1, "fields": {{"name": "staff"}}}},
        {{"model": "auth.user", "pk": 1, "fields": {{"password": "{HASH}", "username": "ada", "first_name": "",
        "last_name": "", "email": "ada@example.com", "is_active": false, "groups": [[1]]}}}}]"#
    );
    let (rows, summary) = all(Format::Json, dump);
    assert_eq!(short(&rows), [format!("element 2|ada@example.com|ada|{STORED}|off")]);
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.skipped, summary.ignored), (1, 1, vec!["groups".to_owned()]));
}

#[test]
fn a_realm_of_keycloak_reads_on_one_line_and_on_many() {
    let secret = r#"{\"value\":\"HdE69bpnqvp6ApvPuXMbvR8SYjvYIye5/MKK4yc3Qhm1NG6ujjh7DyZoS1y8zTVLduFaF8HfyoW9DwYwfRjlUA==\",\"salt\":\"wiIpwxh8QS6NVRj6om76Bw==\",\"additionalParameters\":{}}"#;
    let data = r#"{\"hashIterations\":27500,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}"#;
    let realm = format!(
        r#"{{"realm": "x", "clients": [{{"users": [1]}}], "users": [
        {{"username": "ada", "email": "ada@example.com", "firstName": "Ada", "lastName": "L", "enabled": true,
         "credentials": [{{"type": "otp"}}, {{"type": "password", "secretData": "{secret}", "credentialData": "{data}"}}]}},
        {{"username": "bob", "email": "bob@example.com", "enabled": false, "credentials": []}},
        {{"username": "service-account-x", "serviceAccountClientId": "x", "enabled": true}},
        {{"username": "cy", "email": "cy@example.com", "credentials": [{{"type": "password"}}]}},
        {{"username": "di", "enabled": true}}
        ], "groups": []}}"#
    );
    let expected = [
        "element 1|ada@example.com|Ada L|$pbkdf2-sha256$i=27500,l=64$wiIpwxh8QS6NVRj6om76Bw$HdE",
        "element 2|bob@example.com|bob|-|off",
        "element 4: the password in \"credentials\" lacks secretData or credentialData",
        "element 5: the email address is missing",
    ];
    assert_eq!(
        json(&realm).iter().map(|row| &row[..row.len().min(86)]).collect::<Vec<_>>()[1..],
        expected[1..]
    );
    assert!(json(&realm)[0].starts_with(expected[0]), "{:?}", json(&realm));
    assert_eq!(json(realm.replace('\n', "")), json(&realm));
    // A realm whose one line is longer than a line of JSON Lines may be.
    let long = format!("{{\"clients\": \"{}\", {}", "x".repeat(100_000), &realm.replace('\n', "")[1..]);
    assert_eq!(json(long), json(&realm));
}

#[test]
fn json_is_an_array_or_one_object_a_line() {
    let objects = [
        format!(
            r#"{{"email":"ada@example.com","displayName":"Ada \u00e9","password":"{HASH}","x":[[{{}}]]}}"#
        ),
        r#"{"email":"bob@example.com","name":null,"active":0}"#.to_owned(),
    ];
    let expected =
        [format!("1|ada@example.com|Ada \u{e9}|{STORED}"), "2|bob@example.com|bob|-|off".to_owned()];
    let at = |unit: &str| expected.clone().map(|row| format!("{unit} {row}"));
    assert_eq!(json(format!("[{}]", objects.join(","))), at("element"));
    assert_eq!(json(format!("\u{FEFF}\n [\n{}\n]\n", objects.join(",\r\n"))), at("element"));
    assert_eq!(json(objects.join("\n")), at("line"));
    assert_eq!(json(format!("\u{FEFF}{}\r\n", objects.join("\r\n"))), at("line"));
    let apart = json(format!("\n\n{}\n", objects.join("\n \n")));
    assert!(apart[0].starts_with("line 3|") && apart[1].starts_with("line 5|"), "{apart:?}");
    assert_eq!(json("[]"), [""; 0]);
    assert_eq!(json("{\"users\":[]}"), [""; 0]);
}

#[test]
fn a_missing_name_is_made_of_the_email_address() {
    let text = "email,name,username\nzo\u{eb}@example.com, ,\nada@example.com,,\"a\n\"\nbob@example.com,,bob@x\n\"\",Ada,\n";
    assert_eq!(
        csv(text),
        [
            "line 2|zo\u{eb}@example.com|zo\u{eb}|-",
            "line 3|ada@example.com|a|-",
            "line 5|bob@example.com|bob|-",
            "line 6: the email address is missing",
        ]
    );
}

#[test]
fn the_caller_may_stop_at_any_row() {
    for (format, text) in [
        (Format::Csv, "email\na@example.com\nb@example.com\n"),
        (Format::Json, "[{\"email\":\"a@example.com\"},{\"email\":\"b@example.com\"}]"),
        (Format::Json, "{\"email\":\"a@example.com\"}\n{\"email\":\"b@example.com\"}"),
    ] {
        let mut rows = 0;
        let mut stop = |_| {
            rows += 1;
            ControlFlow::Break(())
        };
        let summary = read(&mut text.as_bytes(), format, &mut stop).unwrap();
        assert_eq!((rows, summary.records), (1, 1), "{text}");
    }
}

#[test]
fn the_extension_tells_the_format() {
    let format = |name: &str| Format::of(Path::new(name));
    assert_eq!((format("a/users.CSV"), format("users.json")), (Some(Format::Csv), Some(Format::Json)));
    assert_eq!((format("users.jsonl"), format("a.csv.ndjson")), (Some(Format::Json), Some(Format::Json)));
    assert_eq!((format("users.xlsx"), format("users"), format(".csv")), (None, None, None));
}

#[test]
fn a_directory_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    std::fs::write(&path, "email\nada@example.com\n").unwrap();
    let read = |path: &Path| read_file(path, Format::Csv, &mut |_| ControlFlow::Continue(()));
    assert_eq!(read(&path).unwrap().records, 1);
    let refused = read(folder.path());
    assert!(matches!(refused, Err(ReadProblem::Directory)), "{refused:?}");
    let missing = read(&folder.path().join("missing.csv"));
    assert!(matches!(missing, Err(ReadProblem::Io(_))), "{missing:?}");
}
