//! The frame gate, row by row, and the proof that a refused request is not read.

use crate::harness::wire::{exchange, request};
use crate::harness::{Relay, TestApp};

const OWN: &str = "OWN";

/// A request and the expected status.
struct Row {
    number: u8,
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    status: u16,
}

const fn row(
    number: u8,
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    status: u16,
) -> Row {
    Row { number, method, path, fields, status }
}

const D: &str = "Sec-Fetch-Dest";
const M: &str = "Sec-Fetch-Mode";
const S: &str = "Sec-Fetch-Site";

/// The decision table; a write that passes shows the form again (422).
const TABLE: &[Row] = &[
    // 1: requests that no browser sends.
    row(1, "GET", "/", &[(D, "document"), (D, "document")], 403),
    row(1, "GET", "/", &[(D, "document"), (S, "none"), (S, "same-origin")], 403),
    row(1, "GET", "/", &[(D, "document"), (M, "navigate"), (M, "navigate")], 403),
    row(1, "GET", "/", &[(D, "document, iframe")], 403),
    row(1, "GET", "/", &[(D, "")], 403),
    row(1, "GET", "/", &[(D, "document"), (S, "")], 403),
    row(1, "GET", "/", &[(D, "Document")], 403),
    row(1, "GET", "/", &[(D, "documént")], 403),
    // 2: prefetch.
    row(2, "GET", "/", &[("Sec-Purpose", "prefetch;prerender"), (D, "document"), (S, "none")], 503),
    row(2, "GET", "/", &[("Purpose", "prefetch")], 503),
    row(2, "GET", "/static/CSS", &[("Sec-Purpose", "prefetch"), (D, "style"), (S, "same-origin")], 503),
    // 3: everything except top-level documents.
    row(3, "GET", "/", &[(D, "iframe"), (M, "navigate"), (S, "cross-site")], 403),
    row(3, "GET", "/", &[(D, "iframe"), (M, "navigate"), (S, "same-origin")], 403),
    row(3, "GET", "/settings", &[(D, "frame"), (S, "same-site")], 403),
    row(3, "GET", "/", &[(D, "object"), (S, "cross-site")], 403),
    row(3, "GET", "/", &[(D, "embed"), (S, "cross-site")], 403),
    row(3, "GET", "/", &[(D, "fencedframe"), (S, "cross-site")], 403),
    row(3, "GET", "/", &[(D, "empty"), (M, "navigate"), (S, "same-site")], 403),
    row(3, "GET", "/", &[(D, "empty"), (M, "cors"), (S, "same-origin")], 403),
    row(3, "GET", "/", &[(D, "unheard-of")], 403),
    row(3, "GET", "/nope", &[(D, "iframe")], 403),
    row(3, "HEAD", "/", &[(D, "iframe")], 403),
    row(3, "GET", "/", &[(M, "navigate")], 403),
    row(3, "GET", "/", &[(S, "same-origin")], 403),
    row(3, "GET", "/healthz", &[(D, "iframe")], 403),
    row(3, "GET", "/api/v1/user/settings", &[(D, "iframe"), (S, "same-origin")], 403),
    // 4: files for our own pages.
    row(4, "GET", "/static/CSS", &[(D, "style"), (M, "no-cors"), (S, "same-origin")], 200),
    row(4, "GET", "/static/CSS", &[(D, "image"), (S, "none")], 200),
    row(4, "GET", "/static/CSS", &[(D, "style"), (S, "cross-site")], 403),
    row(4, "GET", "/static/CSS", &[(D, "style"), (S, "same-site")], 403),
    row(4, "GET", "/static/CSS", &[(D, "iframe"), (S, "same-origin")], 403),
    row(4, "GET", "/static/CSS", &[(D, "style")], 403),
    // 5: a form of our own page.
    row(5, "POST", "/sign-in", &[(D, "document"), (M, "navigate"), (S, "same-origin"), ("Origin", OWN)], 422),
    // 6: a script of our own origin.
    row(6, "POST", "/sign-in", &[(D, "empty"), (M, "cors"), (S, "same-origin"), ("Origin", OWN)], 422),
    row(6, "GET", "/api/v1/user/settings", &[(D, "empty"), (M, "cors"), (S, "same-origin")], 401),
    row(6, "GET", "/api/v1/user/settings", &[(D, "empty"), (M, "cors"), (S, "cross-site")], 403),
    // 6a: the API, by a program and by a script.
    row(6, "PATCH", "/api/v1/user/settings", &[], 401),
    row(6, "PATCH", "/api/v1/user/settings", &[("Referer", "https://evil.example/")], 401),
    row(6, "PATCH", "/api/v1/user/settings", &[("Origin", OWN)], 401),
    row(6, "PATCH", "/api/v1/user/settings", &[("Origin", "https://evil.example")], 403),
    row(6, "PATCH", "/api/v1/user/settings", &[("Origin", "null")], 403),
    row(6, "PATCH", "/api/v1/user/settings", &[("Origin", OWN), ("Origin", OWN)], 403),
    row(
        6,
        "PATCH",
        "/api/v1/user/settings",
        &[(D, "empty"), (M, "cors"), (S, "same-origin"), ("Origin", OWN)],
        401,
    ),
    row(
        6,
        "PATCH",
        "/api/v1/user/settings",
        &[(D, "empty"), (M, "cors"), (S, "cross-site"), ("Origin", "https://evil.example")],
        403,
    ),
    row(
        6,
        "POST",
        "/api/v1/user/settings",
        &[(D, "document"), (M, "navigate"), (S, "same-origin"), ("Origin", OWN)],
        403,
    ),
    row(6, "OPTIONS", "/api/v1/user/settings", &[(D, "empty"), (M, "cors"), (S, "cross-site")], 403),
    // 6b: a proxy that passes on what a browser said to another page.
    row(6, "GET", "/api/v1/forward-auth", &[(D, "iframe"), (M, "navigate"), (S, "cross-site")], 401),
    row(6, "GET", "/api/v1/forward-auth", &[(D, "image"), ("Origin", "https://evil.example")], 401),
    row(6, "GET", "/api/v1/forward-auth", &[("Sec-Purpose", "prefetch")], 401),
    row(6, "POST", "/api/v1/forward-auth", &[("Origin", OWN)], 403),
    row(6, "GET", "/api/v1/forward%2Dauth", &[(D, "iframe"), (S, "cross-site")], 403),
    // 7: any other write.
    row(7, "POST", "/sign-in", &[(D, "iframe"), (M, "navigate"), (S, "same-origin"), ("Origin", OWN)], 403),
    row(7, "POST", "/sign-in", &[(D, "document"), (S, "same-site"), ("Origin", OWN)], 403),
    row(
        7,
        "POST",
        "/sign-in",
        &[(D, "document"), (S, "cross-site"), ("Origin", "https://evil.example")],
        403,
    ),
    row(7, "POST", "/sign-in", &[(D, "document"), (S, "none"), ("Origin", OWN)], 403),
    row(7, "POST", "/sign-in", &[(D, "document"), (S, "same-origin")], 403),
    row(7, "POST", "/sign-in", &[(D, "document"), (S, "same-origin"), ("Origin", "null")], 403),
    row(7, "POST", "/sign-in", &[(D, "document"), (S, "same-origin"), ("Origin", OWN), ("Origin", OWN)], 403),
    row(7, "POST", "/sign-in", &[(D, "empty"), (M, "navigate"), (S, "same-origin"), ("Origin", OWN)], 403),
    row(7, "POST", "/sign-in", &[(S, "same-origin"), ("Origin", OWN)], 403),
    // 8: an old browser's form.
    row(8, "POST", "/sign-in", &[("Origin", OWN)], 422),
    row(8, "POST", "/sign-in", &[("Referer", "OWN/sign-in")], 422),
    row(8, "POST", "/sign-in", &[("Origin", "null"), ("Referer", "OWN/sign-in")], 403),
    row(8, "POST", "/sign-in", &[("Origin", "https://evil.example"), ("Referer", "OWN/sign-in")], 403),
    row(8, "POST", "/sign-in", &[("Referer", "https://evil.example/OWN")], 403),
    row(8, "POST", "/sign-in", &[("Referer", "OWN.evil.example/")], 403),
    row(8, "POST", "/sign-in", &[], 403),
    row(8, "DELETE", "/sign-in", &[], 403),
    // 10: a link from anywhere, at the top level.
    row(10, "GET", "/", &[(D, "document"), (M, "navigate"), (S, "cross-site")], 200),
    row(10, "GET", "/", &[(D, "document"), (M, "navigate"), (S, "same-site")], 200),
    row(10, "GET", "/", &[(D, "document"), (M, "navigate"), (S, "none")], 200),
    // 11: no Fetch Metadata.
    row(11, "GET", "/", &[], 200),
    row(11, "GET", "/static/CSS", &[], 200),
    row(11, "GET", "/healthz", &[], 200),
];

#[tokio::test]
async fn each_row_of_the_decision_table_holds() {
    let app = TestApp::spawn().await;
    let mut wrong = Vec::new();
    for row in TABLE {
        let path = row.path.replace("/static/CSS", &app.state.view.asset_url("app.css"));
        let values: Vec<String> =
            row.fields.iter().map(|(_, value)| value.replace(OWN, &app.origin)).collect();
        let mut fields: Vec<(&str, &str)> =
            row.fields.iter().zip(&values).map(|((name, _), value)| (*name, value.as_str())).collect();
        fields.push(("Content-Type", "application/x-www-form-urlencoded"));
        let body = (row.method == "POST").then_some("");
        let answer = exchange(app.address, request(row.method, &path, &fields, body)).await;
        let status = answer.map_or(0, |answer| answer.status);
        if status != row.status {
            wrong.push(format!(
                "row {}: {} {path} {:?}: {status} instead of {}",
                row.number, row.method, row.fields, row.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_framed_request_leaves_the_session_as_it_is() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let ago = "UPDATE sessions SET last_used_at = now() - INTERVAL '5 minutes' WHERE user_id IN \
               (SELECT id FROM users WHERE email = '";
    assert_eq!(app.execute(format!("{ago}{}')", ada.email())).await, 1);
    let untouched = format!(
        "sessions JOIN users ON users.id = sessions.user_id WHERE users.email = '{}' \
         AND sessions.last_used_at < now() - INTERVAL '4 minutes'",
        ada.email()
    );
    for dest in ["iframe", "frame", "object", "embed", "empty"] {
        let framed = ada.send(reqwest::Method::GET, "/settings", None, &[("sec-fetch-dest", dest)]).await;
        assert_eq!(framed.status, 403);
        assert!(framed.header("set-cookie").is_none() && !framed.body.contains("Ada"));
    }
    assert_eq!(app.count(&untouched).await, 1, "the session was not used");
    assert_eq!(ada.get("/settings").await.status, 200);
    assert_eq!(app.count(&untouched).await, 0, "a served page counts as use");
}

#[tokio::test]
async fn a_framed_request_is_refused_even_while_the_database_is_down() {
    let relay = Relay::start().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &relay.url)]).await;
    let ada = app.member("Ada").await;
    relay.cut();
    let framed = ada.send(reqwest::Method::GET, "/settings", None, &[("sec-fetch-dest", "iframe")]).await;
    assert_eq!(framed.status, 403);
    let post = ada
        .send(
            reqwest::Method::POST,
            "/settings/profile",
            Some(String::new()),
            &[("sec-fetch-dest", "iframe")],
        )
        .await;
    assert_eq!(post.status, 403);
    assert_eq!(ada.get("/settings").await.status, 503, "the control: the database is down");
}
