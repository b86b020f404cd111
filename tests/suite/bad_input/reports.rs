//! `/reports` takes JSON from any client: an ill-formed report is answered with a page, and none is believed.

use crate::harness::TestApp;
use crate::harness::wire::{exchange, request};
use crate::security::wire::{Keep, faults};

/// Sends a body as browsers send reports: without Fetch Metadata, from a network that has sent nothing yet.
async fn send(app: &TestApp, media_type: &str, body: &[u8]) -> u16 {
    let (guest, length) = (app.guest(), body.len().to_string());
    let fields = [
        ("Content-Type", media_type),
        ("Content-Length", length.as_str()),
        ("X-Forwarded-For", guest.address()),
    ];
    let mut bytes = request("POST", "/reports", &fields, None).into_bytes();
    bytes.extend(body);
    let what = format!("{media_type}: {:.60}", String::from_utf8_lossy(body));
    let answer = exchange(app.address, bytes).await.unwrap_or_else(|| panic!("{what}: no answer"));
    assert_eq!(faults(&answer, Keep::Never), [""; 0], "{what}");
    let page = answer.body.contains("<h1>");
    assert_eq!(page, answer.status != 204, "{what}: {}", answer.body);
    answer.status
}

#[tokio::test]
async fn an_ill_formed_report_is_refused() {
    let app = TestApp::spawn().await;
    let deep = "[".repeat(10_000);
    let large = format!("[\"{}\"]", "x".repeat(10_000_000));
    for (body, status) in [
        (b"".as_slice(), 400),
        (b"{", 400),
        (b"null", 400),
        (b"-1e999", 400),
        (b"\0\0\0", 400),
        (b"\xff\xfe", 400),
        (b"[{\"type\":\"csp-violation\",\"body\":\"\xff\"}]", 400),
        (b"{\"csp-report\":{}}", 400),
        (b"{\"csp-report\":{\"document-uri\":7,\"effective-directive\":[]}}", 400),
        (deep.as_bytes(), 400),
        (large.as_bytes(), 413),
    ] {
        for media_type in ["application/csp-report", "application/reports+json"] {
            assert_eq!(send(&app, media_type, body).await, status, "{:.60}", String::from_utf8_lossy(body));
        }
    }
    for media_type in
        ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "nonsense", ""]
    {
        assert_eq!(send(&app, media_type, b"[]").await, 415, "{media_type}");
    }
}

/// Each is counted as another directive or another page, under names that we know.
#[tokio::test]
async fn a_report_with_odd_values_is_counted_without_them() {
    let app = TestApp::spawn().await;
    let long = "x".repeat(10_000);
    for odd in [
        "\\u0000",
        "\\u202e",
        "\\r\\nX-Injected: yes",
        "\\ud83d\\ude00",
        "/../..",
        "'; DROP TABLE users; --",
        &long,
    ] {
        let single =
            format!(r#"{{"csp-report":{{"document-uri":"{odd}","effective-directive":"{odd}","{odd}":1}}}}"#);
        assert_eq!(
            send(&app, "application/csp-report", single.as_bytes()).await,
            if odd == long { 413 } else { 204 }
        );
        let list = format!(
            r#"[{{"type":"csp-violation","body":{{"documentURL":"{odd}","effectiveDirective":"x"}}}}]"#
        );
        assert_eq!(send(&app, "application/reports+json", list.as_bytes()).await, 204, "{odd:.60}");
    }
    unframed::tallies::write(&app.state).await;
    let injected = "violation_reports WHERE page NOT LIKE '/%' AND page NOT LIKE '(%'";
    assert_eq!(app.count(injected).await, 0);
}
