//! The program checks real servers: the application itself and a bad site.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use super::unusual_servers::{page, server};
use super::{entries, report, verify};
use crate::harness::TestApp;
use crate::harness::database::private_folder;

#[tokio::test]
async fn our_own_server_has_no_findings() {
    let app = TestApp::spawn().await;
    let (code, report) = report(&format!("http://{}/", app.address));
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
    assert!(report["responses"].as_u64().expect("a number") >= 20, "{report:#}");
}

#[tokio::test]
async fn a_card_that_listed_sites_may_frame_is_not_a_finding() {
    let app = TestApp::spawn_configured(&[("EMBED_ORIGINS", "https://partner.example")]).await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/card", &[("card", "on")]).await;
    let path = ada.get("/settings/profile").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("its link");
    let (code, report) = report(&format!("http://{}{path}", app.address));
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
    let list = report["list"].as_array().expect("a list");
    assert!(list.iter().any(|entry| entry["rule"] == "framing/listed"), "{report:#}");
}

/// A server that answers every request with the same page and these lines.
pub(super) fn bad_server(lines: &'static str) -> SocketAddr {
    let body = "<title>Shop</title><form method=post><button>Buy</button></form>";
    server(move |stream, _| {
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{lines}\r\n{body}",
            body.len()
        );
    })
}

#[test]
fn every_fault_of_a_bad_site_is_a_finding() {
    let address = bad_server(
        "Server: Apache/2.2\r\nX-Powered-By: PHP/5\r\nX-Frame-Options: ALLOW-FROM https://x.example\r\nSet-Cookie: id=1; SameSite=None\r\n",
    );
    let (code, report) = report(&format!("http://{address}"));
    assert_eq!(code, Some(1));
    for rule in [
        "framing/not-a-value",
        "csp/none",
        "cookie/samesite",
        "cookie/httponly",
        "version/server",
        "version/software",
    ] {
        assert!(!entries(&report, rule).is_empty(), "{rule}: {report:#}");
    }
    assert!(entries(&report, "gate/open").is_empty(), "only this program must have a gate: {report:#}");
}

#[test]
fn an_unusable_argument_exits_with_code_two_and_prints_no_secret() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    for (arguments, word) in [
        (vec!["--url", "not a url"], "write it as"),
        (vec!["--url", "ftp://example.com"], "write it as"),
        (vec!["--url", "http://user:secret@localhost/"], "contains a user name or password"),
        (vec!["--url", "http://user:secret@localhost:99999/"], "--url …@localhost:99999/: write it as"),
        (vec!["--url", &format!("http://{closed}/")], "cannot be reached"),
        (vec!["--uri", "http://localhost"], "--uri"),
    ] {
        let output = verify(&arguments);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), text.contains(word)), (Some(2), true), "{arguments:?}: {text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn a_check_that_cannot_start_or_print_exits_with_code_two() {
    let folder = private_folder("dotenv");
    std::fs::write(folder.join(".env"), "no equals sign here").expect("a file");
    let mut broken = Command::new(env!("CARGO_BIN_EXE_unframed"));
    broken.args(["verify", "--url", "http://localhost:1/"]).current_dir(&folder);
    let output = broken.output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.contains(".env: ")), (Some(2), true), "{errors}");

    let address = server(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    let mut full = Command::new(env!("CARGO_BIN_EXE_unframed"));
    full.args(["verify", "--url", &format!("http://{address}/")]).current_dir("/");
    // Writing to a closed pipe fails as writing to a full disk does.
    let mut child = full.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output();
    let output = output.expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("the report cannot be written"), "{errors}");
}

#[test]
fn only_the_current_folder_is_searched_for_an_env_file() {
    let folder = private_folder("dotenv-above");
    std::fs::write(folder.join(".env"), "DATABASE_URL=postgresql://u@127.0.0.1:1/from_the_file\n")
        .expect("a file");
    let below = folder.join("below");
    std::fs::create_dir(&below).expect("a folder");
    for (current, loaded) in [(&folder, true), (&below, false)] {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_unframed"));
        let output = doctor.arg("doctor").env_remove("DATABASE_URL").current_dir(current).output();
        let output = output.expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert_eq!(text.contains("from_the_file"), loaded, "{}: {text}", current.display());
        assert_eq!(text.contains("DATABASE_URL is not set"), !loaded, "{}: {text}", current.display());
    }
}

#[test]
fn help_explains_the_exit_codes_and_the_fields() {
    let output = verify(&["--help"]);
    let text = String::from_utf8_lossy(&output.stdout);
    for word in ["Exit code 0", "1: findings", "2: no findings, but", "incomplete", "places"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
