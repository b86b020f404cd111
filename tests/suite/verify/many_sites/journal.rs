//! The journal: a check that was stopped goes on.

use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::Ordering;

use super::super::{verify, verify_with};
use super::{Town, list, stuck};
use crate::harness::database::private_folder;

#[test]
fn a_check_that_was_killed_goes_on_where_it_was() {
    let folder = private_folder("many");
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    let (town, open, arguments, mut child) = stuck(&mut command, &folder, &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let second = verify(&arguments);
    assert!(String::from_utf8_lossy(&second.stderr).contains("another check uses this journal"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let journal = folder.join("journal");
    let mut file = std::fs::OpenOptions::new().append(true).open(&journal).expect("the journal");
    file.write_all(b"{\"url\":\"http://cut").expect("the journal");
    drop(file);
    open.store(true, Ordering::SeqCst);
    let asked: Vec<usize> = (0..3).map(|number| town.asked(&format!("/{number}/"))).collect();
    let output = verify(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&errors);
    let lines = report["summary"]["sites"].as_array().expect("sites");
    let found: Vec<_> = lines.iter().map(|line| line["medium"].as_u64().expect("a number")).collect();
    assert_eq!((output.status.code(), found), (Some(1), vec![0, 1, 0, 1, 0, 1]), "{report:#}");
    let again: Vec<usize> = (0..3).map(|number| town.asked(&format!("/{number}/"))).collect();
    assert_eq!(again, asked, "sites of the journal are not asked again");
    assert_eq!(std::fs::read_to_string(&journal).expect("the journal").lines().count(), 1 + 6);
    let third = verify(&arguments);
    assert_eq!(third.stdout, output.stdout, "a finished check reports the same from its journal");

    std::fs::write(&journal, "{}\n{}\n").expect("the journal");
    let output = verify(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), errors.contains("line 1 is not a line of a journal")),
        (Some(2), true),
        "{errors}"
    );
}

#[test]
fn a_check_with_other_options_does_not_go_on_with_a_journal() {
    let (folder, town) = (private_folder("many"), Town::default());
    let sites = list(&folder, town.start(), 1);
    let at = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let cookies = |name: &str, value: &str| {
        let line = format!("127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{value}\n");
        std::fs::write(at("cookies"), line).expect("a file");
    };
    let (journal, authority, cookie_file) = (at("journal"), at("authority.pem"), at("cookies"));
    let certified = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).expect("a certificate");
    std::fs::write(&authority, certified.cert.pem()).expect("a file");
    cookies("sid", "first-secret-value");
    let check = |more: &[&str], variables: &[(&str, &str)]| {
        verify_with(&[&["--urls", &sites, "--resume", &journal], more].concat(), variables)
    };
    let same = ["--crawl", "2", "--path", "/a", "--cookie-file", &cookie_file];
    let code = check(&same, &[]).status.code();
    let asked = town.asked("/0/");
    assert_eq!((code, asked > 0), (Some(0), true));
    for (name, more, variables) in [
        ("--crawl", vec!["--crawl", "3", "--path", "/a", "--cookie-file", &cookie_file], vec![]),
        ("--path", vec!["--crawl", "2", "--path", "/b", "--cookie-file", &cookie_file], vec![]),
        ("--cookie-file", vec!["--crawl", "2", "--path", "/a"], vec![]),
        ("--cacert", [&same[..], &["--cacert", &authority]].concat(), vec![]),
        ("the proxies", same.to_vec(), vec![("HTTPS_PROXY", "http://ada:secret-value@127.0.0.1:1")]),
    ] {
        let output = check(&more, &variables);
        let errors = String::from_utf8_lossy(&output.stderr);
        let words =
            format!("{journal}: the check that began this journal had other options; these differ: {name}. ");
        assert_eq!((output.status.code(), errors.contains(&words)), (Some(2), true), "{name}: {errors}");
        assert!(errors.contains("name another file with --resume"), "{errors}");
    }
    // A session that was renewed, and what does not change a finding.
    cookies("sid", "second-secret-value");
    assert_eq!(check(&[&same[..], &["--parallel", "2", "--json"]].concat(), &[]).status.code(), Some(0));
    assert_eq!(town.asked("/0/"), asked, "the site is not asked again");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_forged_journal_cannot_command_a_terminal_or_a_runner() {
    let (folder, address) = (private_folder("many"), Town::default().start());
    let (sites, journal) = (list(&folder, address, 2), folder.join("journal"));
    let named = journal.to_str().expect("text");
    let report = folder.join("report.txt");
    let check = |more: &[&str]| verify(&[&["--urls", &sites, "--resume", named], more].concat());
    assert_eq!(check(&["--output", report.to_str().expect("text")]).status.code(), Some(1));
    let fresh = std::fs::read(&report).expect("the report");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    assert_eq!(check(&[]).stdout, fresh, "what is read is what was written");
    let hostile = "\\u001b[2J\\n::error::x\\n##[error]x\\u202e";
    let forged = text.replace("frame-ancestors", hostile).replace("GET /", hostile);
    assert!(forged.matches(hostile).count() > 4, "{forged}");
    std::fs::write(&journal, forged).expect("the journal");
    for format in ["text", "json", "sarif", "junit", "markdown", "html"] {
        let output = check(&["--format", format]);
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0), "{text}");
        assert!(text.contains("u{1b}") && text.contains("error::x"), "{format}: {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\n::error"), "{format}: {text}");
        assert!(!text.contains("##[error]"), "{format}: {text}");
    }
}

#[test]
fn a_site_that_was_not_checked_completely_is_asked_again() {
    let (folder, town) = (private_folder("many"), Town::default());
    let (sites, journal) = (list(&folder, town.start(), 2), folder.join("journal"));
    let named = journal.to_str().expect("text");
    let check = || verify(&["--urls", &sites, "--parallel", "1", "--resume", named, "--json"]);
    let asked = || [town.asked("/0/"), town.asked("/1/")];
    let first = check();
    let once = asked();
    assert_eq!((first.status.code(), once[0] > 0), (Some(1), true));
    let text = std::fs::read_to_string(&journal).expect("the journal");
    let complete = "\"incomplete\":[]";
    assert_eq!(text.matches(complete).count(), 2, "{text}");
    // As after a check whose session had ended.
    let signed_out = text.replacen(complete, "\"incomplete\":[\"not signed in at GET /mine\"]", 1);
    std::fs::write(&journal, signed_out).expect("the journal");
    assert_eq!(check().stdout, first.stdout, "what was missing is checked now");
    let twice = asked();
    assert_eq!((twice[0] > once[0], twice[1]), (true, once[1]), "only that site is asked again");
    assert_eq!((check().stdout, asked()), (first.stdout, twice), "now both are complete");
}

#[test]
fn a_pipe_is_no_journal() {
    let folder = private_folder("many");
    let (sites, pipe) = (list(&folder, Town::default().start(), 1), folder.join("pipe"));
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let output = verify(&["--urls", &sites, "--resume", pipe.to_str().expect("text")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), errors.contains("pipe: it exists and is no file")),
        (Some(2), true),
        "{errors}"
    );
}
