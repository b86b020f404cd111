//! `/reports`: both formats of reports, and malformed reports.

use reqwest::{Method, StatusCode};
use serde_json::json;
use unframed::db;
use unframed::models::violation_report;
use unframed::tallies;

use crate::harness::browser::Answer;
use crate::harness::{Browser, TestApp};

const SINGLE: &str = "application/csp-report";
const LIST: &str = "application/reports+json";

async fn report(browser: &Browser, media_type: &str, body: &str) -> Answer {
    let framed = [
        ("content-type", media_type),
        ("origin", "null"),
        ("sec-fetch-dest", "report"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = browser.send(Method::POST, "/reports", Some(body.to_owned()), &framed).await;
    let csp = answer.header("content-security-policy").expect("a policy");
    assert!(csp.contains("frame-ancestors 'none'") && csp.contains("report-uri /reports"), "{csp}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("set-cookie"), None);
    assert!(!answer.body.contains("hunter2"), "{}", answer.body);
    answer
}

async fn counted(app: &TestApp, directive: &str, page: &str) -> i64 {
    tallies::write(&app.state).await;
    let list = db::statement(&app.state.pool, "list", async |conn| {
        violation_report::list(conn, app.state.clock.now()).await
    });
    let rows = list.await.unwrap();
    assert!(!serde_json::to_string(&rows).unwrap().contains("hunter2"));
    rows.iter().find(|row| row.directive == directive && row.page == page).map_or(0, |row| row.reports)
}

#[tokio::test]
async fn both_formats_are_counted_by_directive_and_route() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let document = format!("{}/settings/sessions/hunter2/revoke?token=hunter2", app.origin);
    let single = json!({ "csp-report": {
        "document-uri": document, "violated-directive": "worker-src 'none'", "blocked-uri": "https://hunter2.example",
    } });
    let answer = report(&guest, SINGLE, &single.to_string()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    let one = json!({ "type": "csp-violation", "url": document, "body": {
        "documentURL": document, "effectiveDirective": "worker-src", "sample": "hunter2",
    } });
    let answer = report(&guest, LIST, &json!([one, one]).to_string()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(counted(&app, "worker-src", "/settings/sessions/{id}/revoke").await, 3);
}

#[tokio::test]
async fn a_malformed_entry_does_not_affect_the_other_entries() {
    let app = TestApp::spawn().await;
    let document = format!("{}/settings/delete", app.origin);
    let good = json!({ "type": "csp-violation", "body": {
        "documentURL": document, "effectiveDirective": "manifest-src",
    } });
    let list = json!([good, { "type": "csp-violation", "url": "hunter2" }, good]);
    let answer = report(&app.guest(), LIST, &list.to_string()).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(counted(&app, "manifest-src", "/settings/delete").await, 2);
}

#[tokio::test]
async fn a_malformed_report_is_refused() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    for (media_type, body, status) in [
        (SINGLE, "hunter2".to_owned(), StatusCode::BAD_REQUEST),
        (SINGLE, r#"{"csp-report":{"blocked-uri":"hunter2"}}"#.to_owned(), StatusCode::BAD_REQUEST),
        (LIST, r#"{"hunter2":1}"#.to_owned(), StatusCode::BAD_REQUEST),
        (LIST, r#"[{"type":"csp-violation"},"hunter2"]"#.to_owned(), StatusCode::BAD_REQUEST),
        (SINGLE, "[".repeat(10_000), StatusCode::BAD_REQUEST),
        (LIST, format!("[{}]", " ".repeat(17_000)), StatusCode::PAYLOAD_TOO_LARGE),
        (SINGLE, "hunter2".repeat(20_000), StatusCode::PAYLOAD_TOO_LARGE),
        ("application/json", "{}".to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("text/plain", "{}".to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        assert_eq!(report(&guest, media_type, &body).await.status, status, "{media_type}");
    }
    assert_eq!(app.guest().get("/reports").await.status, StatusCode::METHOD_NOT_ALLOWED);
}
