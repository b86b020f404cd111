//! The id of a request: in the response, on the error page and in the log.

use regex::Regex;

use crate::harness::TestApp;
use crate::harness::database;
use crate::harness::serving::Serving;
use crate::harness::wire::{WireAnswer, exchange, request};

async fn id_of(app: &TestApp, method: &str, path: &str, given: &[&str]) -> (String, WireAnswer) {
    let fields: Vec<(&str, &str)> = given.iter().map(|id| ("X-Request-Id", *id)).collect();
    let answer = exchange(app.address, request(method, path, &fields, None)).await.expect("an answer");
    let ids = answer.lines("x-request-id");
    assert_eq!(ids.len(), 1, "{answer:?}");
    (ids[0].to_owned(), answer.clone())
}

#[tokio::test]
async fn every_response_has_an_id_of_its_own_and_error_pages_show_it() {
    let app = TestApp::spawn_with(&[("TRUSTED_PROXIES", "none")], |config| {
        async fn fails() -> &'static str {
            panic!("on purpose")
        }
        config.default_service(actix_web::web::to(fails));
    })
    .await;
    let ours = Regex::new("^[0-9a-hjkmnp-tv-z]{16}$").unwrap();
    let mut ids = Vec::new();
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("POST", "/settings/profile", 403),
        ("GET", "/sign-up/x", 404),
        ("GET", "/sign-out", 405),
        ("GET", "/panics", 500),
        ("CONNECT", "/", 403),
        ("GET", "/static/x/app.css", 200),
    ] {
        let (id, answer) = id_of(&app, method, path, &["chosen-by-a-client"]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(ours.is_match(&id), "{method} {path}: {id}");
        if answer.lines("content-type") == ["text/html; charset=utf-8"] && status >= 400 {
            let shown = format!("give this id: <code>{id}</code>");
            assert!(answer.body.contains(&shown), "{method} {path}: {}", answer.body);
            ids.push(id.clone());
        }
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8, "{ids:?}");
}

#[tokio::test]
async fn a_trusted_proxy_chooses_a_well_formed_id() {
    let app = TestApp::spawn().await;
    let longest = "a".repeat(64);
    for good in ["7c1f-22", longest.as_str()] {
        assert_eq!(id_of(&app, "GET", "/nope", &[good]).await.0, good);
    }
    let longer = "a".repeat(65);
    for bad in [&["a b"][..], &["<b>"], &["a\"b"], &["ä"], &[longer.as_str()], &[""], &["one", "two"]] {
        let id = id_of(&app, "GET", "/nope", bad).await.0;
        assert!(!bad.contains(&id.as_str()) && id.len() == 16, "{bad:?}: {id}");
    }
}

#[tokio::test]
async fn each_line_of_a_request_carries_its_id_as_json_and_as_text() {
    for format in ["json", "text"] {
        let mut serving = Serving::start(&database::alone().await, &[("LOG_FORMAT", format)]).await;
        let form = serving.form("/sign-in", "203.0.113.9", "email=a%40example.com&password=not+that+one");
        let answer = exchange(serving.address, form).await.expect("an answer");
        let id = answer.lines("x-request-id")[0].to_owned();
        // One line is logged by the page, deep inside a task of its own, the other by the outer layer.
        for wanted in ["sign-in failed: ", "POST /sign-in 422"] {
            let line = serving.line(wanted).await;
            if format == "json" {
                let line: serde_json::Value = serde_json::from_str(&line).expect("one object");
                assert_eq!(line["request_id"], id.as_str(), "{line}");
                let names: Vec<&String> = line.as_object().unwrap().keys().collect();
                assert_eq!(names.len(), 5, "{line}");
                for name in ["time", "level", "target", "message"] {
                    assert!(line[name].is_string(), "{line}");
                }
            } else {
                assert!(line.contains(&format!(" {id}] ")), "{line}");
            }
        }
    }
}
