//! Rows and files that are not imported.

use regex::Regex;
use reqwest::StatusCode;

use super::{ARGON2, DEVISE, DJANGO, file, four, import};
use crate::harness::confirmation::fresh_email;
use crate::harness::program::admin_on;
use crate::harness::{TestApp, database};

#[tokio::test]
async fn broken_rows_are_reported_one_by_one_and_the_others_are_imported() {
    let (app, [ada, bob, cid, dan]) = (TestApp::spawn().await, four());
    let cut = DEVISE.split_at(40).0;
    let text = format!(
        "email,name,password\n{ada},Ada,{ARGON2}\n{bob},Bob,{cut}\n{cid},Cid,5f4dcc3b5aa765d61d8327deb882cf99\n\
         ,Nobody,\n{dan},\x1b]0;hi\x07,\n{dan},Dan,{DEVISE}\n{DJANGO},x,y\n\"\x1b[2J@x\",,\n"
    );
    let run = import(&[&file("users.csv", &text)]).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(5), ""), "{}", run.stdout);
    let expected = [
        "line 2: it has 5 fields, but the header has 3; a value with commas, as argon2 hashes have, needs quotes",
        "line 3: the bcrypt hash is malformed or cut off",
        "line 4: the password hash has no supported format (argon2, bcrypt, PBKDF2 and scrypt are supported)",
        "line 5: the email address is missing",
        "line 6: the name has a line break or an invisible character",
        "line 8: the value in the email column is not an email address",
        "line 9: \"\\u{1b}[2J@x\" is not an email address",
        "imported                            1",
    ];
    assert_eq!(run.stdout.lines().take(expected.len()).collect::<Vec<_>>(), expected);
    assert!(run.stdout.contains("with a problem                      7\n"), "{}", run.stdout);
    assert_eq!(app.count(&format!("users WHERE email = '{dan}' AND display_name = 'Dan'")).await, 1);
    let others = format!("users WHERE email IN ('{ada}', '{bob}', '{cid}')");
    assert_eq!(app.count(&others).await, 0);
}

#[tokio::test]
async fn no_hash_and_no_control_character_is_printed() {
    let [ada, bob, cid, _] = four();
    let hashes = [DJANGO, DEVISE, ARGON2, "$2b$99$lEpg7iNSo4Q2Xcp/Wm2.1.kPU0JumiuanVSRTG4jlYXlhUCIDHtf."];
    let mut text = "email,name,password,\x1b[31mred\u{202e}\n".to_owned();
    for hash in hashes {
        // The hash where it belongs, and in each other column.
        text += &format!("{ada},Ada,\"{hash}\",\n\"{hash}\",Ada,,\n{},\"{hash}\",,\n", fresh_email("eve"));
        text += &format!("\"{hash}@example.com\",,,\n{bob},Bob,,\"{hash}\"\n{cid},\u{1b}[1m,x\u{9b},\n");
    }
    for options in [&["--dry-run"][..], &["--dry-run", "--json"], &["--json"], &[]] {
        let path = file("users.csv", &text);
        let run = import(&[&[path.as_str()], options].concat()).await;
        let printed = run.stdout + run.stderr.as_str();
        for hash in hashes {
            let secret = hash.rsplit('$').next().unwrap();
            assert!(!printed.contains(&secret[secret.len() - 20..]), "{printed}");
        }
        assert!(!printed.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{printed:?}");
        assert!(printed.contains("red"), "the name of an ignored column is shown: {printed}");
    }
}

#[tokio::test]
async fn an_account_that_exists_stays_as_it_is() {
    let app = TestApp::spawn().await;
    let (ada, new) = (app.member("Ada").await, fresh_email("new"));
    let old = ada.email();
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let proof = app.all_mails_to(&new).await.remove(0);
    let link = Regex::new("/email-change/[A-Za-z0-9_-]{43}").unwrap();
    let link = link.find(&proof).unwrap().as_str();
    assert_eq!(app.guest().post(link, &[]).await.status, StatusCode::SEE_OTHER);

    let row = |email: &str| format!("{{\"email\":\"{email}\",\"name\":\"Eve\",\"password\":\"{DEVISE}\"}}");
    let path = file("users.json", &format!("[{},\n{}]", row(&new.to_uppercase()), row(&old)));
    let unchanged = format!("users WHERE email = '{new}' AND display_name = 'Ada'");
    for options in [&["--dry-run"][..], &[]] {
        let run = import(&[&[path.as_str()], options].concat()).await;
        let expected = format!(
            "element 1: {new} has an account already\nelement 2: {old} is reserved: an account had it until a few \
             days ago, and its owner can still take it back\n"
        );
        assert!(run.stdout.starts_with(&expected), "{}", run.stdout);
        assert_eq!(run.code, Some(5));
        assert_eq!(app.count(&unchanged).await, 1);
        assert_eq!(app.count(&format!("users WHERE email = '{old}'")).await, 0);
        assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "still signed in");
    }
}

#[tokio::test]
async fn a_file_that_breaks_fails_after_the_rows_before_are_imported() {
    let (app, [ada, ..]) = (TestApp::spawn().await, four());
    let path = file("users.json", &format!("[{{\"email\":\"{ada}\"}},\n{{\"email\":"));
    let run = import(&[&path]).await;
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.starts_with("imported                            1\n"), "{}", run.stdout);
    let expected =
        format!("unframed: {path}: the JSON breaks at line 2, column 9, after 1 complete elements; ");
    assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
    assert_eq!(app.count(&format!("users WHERE email = '{ada}'")).await, 1);
}

#[tokio::test]
async fn exit_codes_tell_failures_wrong_arguments_and_nothing_to_import_apart() {
    let missing = import(&["/nonexistent/users.csv"]).await;
    assert_eq!(missing.code, Some(1));
    let expected = "unframed: /nonexistent/users.csv: the file cannot be read: No such file";
    assert!(missing.stderr.starts_with(expected), "{}", missing.stderr);
    for (text, saying) in [
        ("", "the file is empty"),
        ("a,b\n", "it has no column \"email\""),
        ("email,E-Mail\n", "the columns \"email\" and \"E-Mail\" mean the same"),
    ] {
        let run = import(&[&file("users.csv", text)]).await;
        assert_eq!((run.code, run.stderr.contains(saying)), (Some(1), true), "{}", run.stderr);
    }
    assert_eq!(import(&[&file("users.csv", "email\n")]).await.code, Some(4), "no row");
    for wrong in [&[][..], &["users.csv", "--format", "xml"], &["users"]] {
        assert_eq!(import(wrong).await.code, Some(2), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_database_without_our_schema_is_refused() {
    let path = file("users.csv", "email\nada@example.com\n");
    let run = admin_on(&database::empty().await, &["import", &path]).await;
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("unframed migrate"), "{}", run.stderr);
}
