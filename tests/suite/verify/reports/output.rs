//! Where reports go: a file is whole or not there.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::super::outside::bad_server;
use super::super::{report, verify};
use crate::harness::database::private_folder;

#[test]
fn a_report_in_a_file_is_whole_or_not_there() {
    let (folder, address) = (private_folder("output"), bad_server("X-Frame-Options: DENY\r\n"));
    let (file, url) = (folder.join("report.sarif"), format!("http://{address}/"));
    let named = file.to_str().expect("text");
    let output = verify(&["--url", &url, "--format", "sarif", "--output", named]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let written = std::fs::read(&file).expect("the report");
    assert!(serde_json::from_slice::<serde_json::Value>(&written).is_ok());
    let mode = std::fs::metadata(&file).expect("the report").permissions().mode() & 0o777;
    assert!([0o644, 0o664, 0o600].contains(&mode), "as the umask says, not executable: {mode:o}");

    // A check that fails leaves the earlier report, and no other file.
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let output = verify(&["--url", &format!("http://{closed}/"), "--output", named]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(&file).expect("the report"), written);
    assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
}

#[test]
fn a_report_replaces_a_link_and_not_the_file_to_which_it_leads() {
    let (folder, address) = (private_folder("output"), bad_server("X-Frame-Options: DENY\r\n"));
    let (file, link, dangling) = (folder.join("file"), folder.join("link"), folder.join("dangling"));
    std::fs::write(&file, "mine").expect("a file");
    symlink(&file, &link).expect("a link");
    symlink(folder.join("missing"), &dangling).expect("a link");
    for place in [&link, &dangling] {
        let url = format!("http://{address}/");
        let output = verify(&["--url", &url, "--json", "--output", place.to_str().expect("text")]);
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(place.symlink_metadata().expect("the report").is_file(), "the link is replaced");
        let written = std::fs::read(place).expect("the report");
        assert!(serde_json::from_slice::<serde_json::Value>(&written).is_ok());
    }
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "mine");
    assert!(!folder.join("missing").exists());
}

#[test]
fn one_file_for_two_options_is_refused_before_anything_is_asked() {
    let folder = private_folder("output");
    let (file, link, hard) = (folder.join("file"), folder.join("link"), folder.join("hard"));
    std::fs::write(&file, "http://unused.invalid/\n").expect("a file");
    symlink(&file, &link).expect("a link");
    std::fs::hard_link(&file, &hard).expect("a link");
    let dotted = folder.join("./file");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    for (one, two) in [
        ("--output", "--write-baseline"),
        ("--urls", "--output"),
        ("--resume", "--output"),
        ("--baseline", "--output"),
    ] {
        for other in [&file, &dotted, &link, &hard] {
            let mut arguments =
                vec![one, &text(&file), two, &text(other)].into_iter().map(str::to_owned).collect::<Vec<_>>();
            match one {
                "--urls" => {}
                "--resume" => arguments.extend(["--urls".to_owned(), "/dev/null".to_owned()]),
                _ => arguments.extend(["--url".to_owned(), "http://unused.invalid/".to_owned()]),
            }
            let output = verify(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            let errors = String::from_utf8_lossy(&output.stderr);
            let refused = errors.contains("name the same file: give each its own");
            assert_eq!((output.status.code(), refused), (Some(2), true), "{arguments:?}: {errors}");
        }
    }
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "http://unused.invalid/\n");
}

#[test]
fn a_place_that_cannot_hold_a_report_is_known_before_the_site_is_asked() {
    let folder = private_folder("output");
    for (place, word) in [
        (folder.join("missing/report.txt"), "No such file"),
        (folder.clone(), "it exists and is no file"),
        ("/dev/null".into(), "it exists and is no file"),
        ("/dev/stdout".into(), "it exists and is no file"),
    ] {
        let place = place.to_str().expect("text");
        let output = verify(&["--url", "http://unused.invalid/", "--output", place]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(
            errors.contains(place) && errors.contains("cannot be written") && errors.contains(word),
            "{errors}"
        );
    }
}

#[test]
fn an_error_cannot_command_a_terminal_or_a_runner() {
    let place = "/nonexistent\n ::error::a\u{1b}[2J##vso[b]/report.txt";
    let output = verify(&["--url", "http://unused.invalid/", "--output", place]);
    let errors = String::from_utf8(output.stderr).expect("text");
    let shown =
        "unframed: /nonexistent\n \\u{3a}:error::a\\u{1b}[2J##vso\\u{5b}b]/report.txt cannot be written: ";
    assert_eq!((output.status.code(), errors.starts_with(shown)), (Some(2), true), "{errors}");
    assert!(!errors.contains('\u{1b}') && !errors.contains("##vso["), "{errors}");
}

#[test]
fn json_is_a_format_and_an_option_of_its_own() {
    let url = format!("http://{}/", bad_server("X-Frame-Options: DENY\r\n"));
    let (code, _) = report(&url);
    let output = verify(&["--url", &url, "--format", "json"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok());
    assert_eq!(output.status.code(), code);
    assert_eq!(verify(&["--url", &url, "--json", "--format", "html"]).status.code(), Some(2));
}

#[test]
fn only_findings_of_the_given_severity_fail_the_check() {
    let medium = "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n";
    let low = "X-Frame-Options: DENY\r\nContent-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";
    for (lines, codes) in [(medium, [0, 1, 1]), (low, [0, 0, 1])] {
        let url = format!("http://{}/", bad_server(lines));
        for (severity, code) in ["high", "medium", "low"].into_iter().zip(codes) {
            let output = verify(&["--url", &url, "--fail-on", severity]);
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(code), "{severity}: {text}");
            assert!(!text.contains(" 0 findings"), "they are reported nevertheless: {text}");
        }
    }
    assert_eq!(verify(&["--url", "http://a.example", "--fail-on", "note"]).status.code(), Some(2));
}
