//! `unframed admin import`: what the operator reads, what is stored, and the exit codes.

mod refusals;
mod sign_ins;

use std::path::PathBuf;

use serde_json::Value;
use unframed::commands::admin::import::records::Format;
use unframed::domain::EventKind;

use crate::harness::confirmation::fresh_email;
use crate::harness::database::private_folder;
use crate::harness::program::{Run, admin_on};
use crate::harness::{TestApp, database};

/// The password of the hashes below.
const IMPORTED_PASSWORD: &str = "lantern omelet drizzle \u{e9}";
/// By Django: `PBKDF2PasswordHasher().encode(IMPORTED_PASSWORD, salt, 20000)`.
const DJANGO: &str =
    "pbkdf2_sha256$20000$SHET5ZhOdgNLz6pXbe4KLF$UC617op9XhcdfXBvWaZzogX9CI8i+QfLaEewAN9mhKE=";
/// By bcrypt, in the form of Devise.
const DEVISE: &str = "$2a$04$jXHgYEoWnAXfyfdfDEQTIedwBnQpJrHPUlAkYHGlTV1mXhVC8LZam";
/// By argon2-cffi.
const ARGON2: &str =
    "$argon2id$v=19$m=1024,t=2,p=1$pCRtXiFq/ByW8M2sRekqJQ$LA8tSgXEJsXMSEu225WE2P/UasO0drKEoRNm1GKQmEs";

/// A file with this text.
fn file(name: &str, text: &str) -> String {
    let path: PathBuf = private_folder("import").join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn import(arguments: &[&str]) -> Run {
    admin_on(&database::get().await.url, &[&["import"], arguments].concat()).await
}

/// The lines that `--json` prints: the rows, and the summary.
fn lines(run: &Run) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = lines.pop().expect("a summary");
    assert_eq!(summary["result"], "summary");
    (lines, summary)
}

/// The names of four accounts that exist nowhere else.
fn four() -> [String; 4] {
    ["ada", "bob", "cid", "dan"].map(fresh_email)
}

#[tokio::test]
async fn an_import_stores_accounts_with_their_event_and_queues_no_email() {
    let (app, [ada, bob, cid, _]) = (TestApp::spawn().await, four());
    let text = format!(
        "email,first_name,last_name,password,is_active,phone\n{ada},Ada,Lovelace,{DJANGO},1,123\n\
         {bob},,,{DEVISE},0,\n{cid},,,!unusable,t,\n"
    );
    let run = import(&[&file("users.csv", &text)]).await;
    let expected = "imported                            3\n  with PBKDF2                       1\n  \
                    with bcrypt                       1\n  without a password                1\n  \
                    disabled                          1\nskipped: have an account            0\n\
                    Ignored fields: phone\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), expected, ""));
    for (email, condition) in [
        (
            &ada,
            "display_name = 'Ada Lovelace' AND password_hash LIKE '$pbkdf2-sha256$i=20000%' AND disabled_at IS NULL",
        ),
        (&bob, "display_name LIKE 'bob%' AND password_hash LIKE '$2b$04$%' AND disabled_at IS NOT NULL"),
        (&cid, "password_hash IS NULL AND disabled_at IS NULL AND language IS NULL"),
    ] {
        assert_eq!(
            app.count(&format!("users WHERE email = '{email}' AND {condition}")).await,
            1,
            "{condition}"
        );
        let kind = EventKind::ImportedByOperator.name();
        let events = "security_events WHERE user_agent IS NULL AND user_id";
        let events = format!("{events} = (SELECT id FROM users WHERE email = '{email}') AND kind = '{kind}'");
        assert_eq!((app.count(&events).await, app.all_mails_to(email).await.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_dry_run_says_what_an_import_would_do_and_writes_nothing() {
    let (app, [ada, bob, cid, _]) = (TestApp::spawn().await, four());
    let dan = app.member("Dan").await.email();
    let text = format!(
        "email,password,disabled\n{ada},{DEVISE},\n{bob},,\n{dan},{DEVISE},\n{ada},,\nno,,\n{cid},\"{ARGON2}\",yes\n"
    );
    let path = file("users.csv", &text);
    let run = import(&[&path, "--dry-run"]).await;
    let expected = format!(
        "line 2: {ada} would be imported (bcrypt)\nline 3: {bob} would be imported (no password)\n\
         line 4: {dan} has an account already\nline 5: {ada} repeats line 2\n\
         line 6: the value in the email column is not an email address\n\
         line 7: {cid} would be imported (argon2, disabled)\nwould be imported                   3\n"
    );
    assert!(run.stdout.starts_with(&expected), "{}", run.stdout);
    assert!(run.stdout.ends_with("This was a dry run: nothing was written.\n"), "{}", run.stdout);
    assert_eq!((run.code, run.stderr.as_str()), (Some(5), ""));
    let anybody = format!("users WHERE email IN ('{ada}', '{bob}', '{cid}')");
    assert_eq!(app.count(&anybody).await, 0);

    let (rows, mut foreseen) = lines(&import(&[&path, "--dry-run", "--json"]).await);
    assert_eq!(rows.len(), 6);
    assert_eq!(
        (&rows[0]["result"], &rows[0]["email"]),
        (&Value::from("imported"), &Value::from(ada.as_str()))
    );
    let real = import(&[&path, "--json"]).await;
    let (rows, summary) = lines(&real);
    let results: Vec<&str> = rows.iter().map(|row| row["result"].as_str().unwrap()).collect();
    assert_eq!((real.code, results), (Some(5), vec!["skipped", "repeated", "problem"]));
    assert_eq!((&foreseen["dry_run"], &summary["dry_run"]), (&Value::from(true), &Value::from(false)));
    foreseen["dry_run"] = false.into();
    assert_eq!(foreseen, summary, "the same counts");
    assert_eq!(app.count(&anybody).await, 3);
}

#[tokio::test]
async fn a_repeated_import_goes_on_where_the_former_one_stopped() {
    let app = TestApp::spawn().await;
    let run_id = uuid::Uuid::new_v4();
    // More rows than two batches.
    let rows: String = (0..1_200).map(|n| format!("u{n}@{run_id}.example,{DEVISE}\n")).collect();
    let header = "email,encrypted_password\n";
    let interrupted: String = rows.lines().take(700).map(|line| format!("{line}\n")).collect();
    assert_eq!(import(&[&file("users.csv", &format!("{header}{interrupted}"))]).await.code, Some(0));
    let all = file("users.csv", &format!("{header}{rows}"));
    let (skipped, summary) = lines(&import(&[&all, "--json"]).await);
    assert_eq!((&summary["imported"], &summary["skipped"]), (&500.into(), &700.into()));
    assert_eq!((skipped.len(), &skipped[699]["row"]), (700, &Value::from("line 701")));
    let accounts = format!("users WHERE email LIKE '%@{run_id}.example'");
    assert_eq!(app.count(&accounts).await, 1_200);
    let again = import(&[&all]).await;
    assert_eq!(again.code, Some(4));
    assert!(again.stdout.contains("imported                            0\n"), "{}", again.stdout);
    assert_eq!(app.count(&accounts).await, 1_200);
}

#[tokio::test]
async fn the_option_decides_the_format_of_a_file_with_another_name() {
    assert_eq!(Format::of("users.txt".as_ref()), None);
    let text = format!("{{\"email\":\"{}\"}}\n", fresh_email("ada"));
    let path = file("users.txt", &text);
    let run = import(&[&path]).await;
    assert_eq!((run.code, run.stderr.contains("add --format csv")), (Some(2), true), "{}", run.stderr);
    assert_eq!(import(&[&path, "--format", "json"]).await.code, Some(0));
}
