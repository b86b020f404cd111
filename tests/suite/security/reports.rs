//! `/reports` needs no session: the requests that the gate accepts, and their rate limit.

use reqwest::{Method, StatusCode};
use serde_json::json;
use unframed::db;
use unframed::models::violation_report;
use unframed::tallies;

use crate::harness::TestApp;

const SINGLE: &str = "application/csp-report";

async fn counted(app: &TestApp, directive: &str, page: &str) -> i64 {
    tallies::write(&app.state).await;
    let list = db::statement(&app.state.pool, "list", async |conn| {
        violation_report::list(conn, app.state.clock.now()).await
    });
    let rows = list.await.unwrap();
    rows.iter().find(|row| row.directive == directive && row.page == page).map_or(0, |row| row.reports)
}

#[tokio::test]
async fn a_browser_of_each_engine_gets_its_report_through() {
    let app = TestApp::spawn().await;
    let body = json!({ "csp-report": { "document-uri": app.origin, "effective-directive": "media-src" } });
    // Chromium, Firefox, WebKit, and a browser without Fetch Metadata.
    for (dest, mode, site, origin) in [
        ("report", "no-cors", "cross-site", "null"),
        ("report", "no-cors", "same-origin", app.origin.as_str()),
        ("empty", "no-cors", "cross-site", "null"),
        ("", "", "", ""),
    ] {
        let changes = [
            ("content-type", SINGLE),
            ("sec-fetch-dest", dest),
            ("sec-fetch-mode", mode),
            ("sec-fetch-site", site),
            ("origin", origin),
        ];
        let answer = app.guest().send(Method::POST, "/reports", Some(body.to_string()), &changes).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{dest} {site}");
    }
    assert_eq!(counted(&app, "media-src", "/").await, 4);
    // A form of another site does not count as a report.
    let form =
        [("content-type", SINGLE), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let answer = app.guest().send(Method::POST, "/reports", Some(body.to_string()), &form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_flood_of_reports_is_refused_and_hides_no_other_networks_reports() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    let (mut taken, mut refused) = (0, 0);
    let framed = [
        ("content-type", "application/reports+json"),
        ("origin", "null"),
        ("sec-fetch-dest", "report"),
        ("sec-fetch-mode", "no-cors"),
    ];
    for _ in 0..400 {
        let answer = guest.send(Method::POST, "/reports", Some("[]".to_owned()), &framed).await;
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        match answer.status {
            StatusCode::NO_CONTENT => taken += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                assert_eq!(answer.header("retry-after"), Some("1"));
                refused += 1;
            }
            other => panic!("{other}"),
        }
        if refused > 0 {
            break;
        }
    }
    assert!(taken >= 60 && refused == 1, "{taken} taken, {refused} refused");
    let elsewhere = app.guest().send(Method::POST, "/reports", Some("[]".to_owned()), &framed).await;
    assert_eq!(elsewhere.status, StatusCode::NO_CONTENT);
}
