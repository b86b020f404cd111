//! A body that does not arrive in time does not keep the connection. If a handler reads the body, the
//! answer has all headers.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use unframed::security::request_body::TimeLimit;

use super::wire::{Keep, faults, faults_at};
use crate::harness::TestApp;
use crate::harness::wire::exchange;

const FORM: &str = "application/x-www-form-urlencoded";
/// The two ways to announce a body, each with the first bytes of the body.
const BEGUN: [&str; 2] = ["Content-Length: 100\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"];

async fn impatient() -> TestApp {
    let limit = TimeLimit(Duration::from_millis(300));
    TestApp::spawn_with(&[], move |config| {
        config.app_data(limit);
    })
    .await
}

/// The head of a request that leaves it to the server to close the connection.
fn head(app: &TestApp, path: &str, media_type: &str, dest: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Sec-Fetch-Dest: {dest}\r\nContent-Type: {media_type}\r\n",
        app.origin
    )
}

#[test]
fn a_body_has_fifteen_seconds() {
    assert_eq!(TimeLimit::default().0, Duration::from_secs(15));
}

#[tokio::test]
async fn a_late_body_is_answered_408_with_all_headers_and_the_connection_ends() {
    let app = impatient().await;
    for (path, media_type, dest) in [
        ("/sign-in", FORM, "document"),
        ("/sign-up", FORM, "document"),
        ("/settings/profile", FORM, "document"),
        ("/confirm/x", FORM, "document"),
        ("/reports", "application/csp-report", "report"),
        ("/reports", "application/reports+json", "empty"),
    ] {
        for begun in BEGUN {
            let bytes = head(&app, path, media_type, dest) + begun;
            let answer = exchange(app.address, &bytes).await.unwrap_or_else(|| panic!("{bytes}"));
            assert_eq!(answer.status, 408, "{bytes}: {answer:#?}");
            assert!(answer.body.contains("<h1>The request took too long</h1>"), "{}", answer.body);
            assert_eq!(faults_at(path, &answer, Keep::Never), [""; 0], "{bytes}");
        }
    }
}

#[tokio::test]
async fn an_unread_body_does_not_keep_the_connection() {
    let app = impatient().await;
    for (path, dest, status) in [
        ("/nope", "document", 404),
        ("/undo/x", "document", 404),
        ("/settings", "document", 405),
        ("/settings/profile", "iframe", 403),
    ] {
        for begun in BEGUN {
            let bytes = head(&app, path, FORM, dest) + begun;
            let answer = exchange(app.address, &bytes).await.unwrap_or_else(|| panic!("{bytes}"));
            assert_eq!((answer.status, faults(&answer, Keep::Never)), (status, vec![]), "{bytes}");
        }
    }
}

#[tokio::test]
async fn trickled_bytes_do_not_extend_the_time_limit() {
    let app = impatient().await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all((head(&app, "/sign-in", FORM, "document") + BEGUN[0]).as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let trickle = tokio::spawn(async move {
        while writing.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(4), reading.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "100 bytes at this pace take five seconds");
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    trickle.abort();
}

#[tokio::test]
async fn a_body_in_pieces_is_read_and_the_connection_stays_open() {
    let app = TestApp::spawn().await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    for (length, pieces) in [
        ("Content-Length: 18", ["email=a&pa", "ssword=b"]),
        ("Transfer-Encoding: chunked", ["a\r\nemail=a&pa\r\n", "8\r\nssword=b\r\n0\r\n\r\n"]),
    ] {
        let head = head(&app, "/sign-in", FORM, "document");
        stream.write_all(format!("{head}{length}\r\n\r\n{}", pieces[0]).as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        stream.write_all(pieces[1].as_bytes()).await.unwrap();
        let mut answer = String::new();
        while !answer.contains("</html>") {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "closed after {answer}");
            answer += &String::from_utf8_lossy(&bytes[..count]);
        }
        assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    }
}
