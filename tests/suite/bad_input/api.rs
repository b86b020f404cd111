//! Ill-formed requests to the API: each is answered with a problem document and all our headers, and changes nothing.

use reqwest::Method;
use serde_json::Value;

use crate::harness::TestApp;
use crate::harness::api_client::ALL_SCOPES;
use crate::harness::wire::{exchange, request};
use crate::security::wire::{Keep, faults_at};

const SETTINGS: &str = "/api/v1/user/settings";

/// Bodies of a change, each with the status of its answer.
fn bodies() -> Vec<(String, u16)> {
    let deep = |levels: usize| format!("{{\"display_name\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let mut bodies = vec![
        (String::new(), 400),
        ("null".to_owned(), 422),
        ("[]".to_owned(), 422),
        ("[\"Mallory\"]".to_owned(), 422),
        ("\"Mallory\"".to_owned(), 422),
        ("{\"display_name\":\"Mallory\"".to_owned(), 400),
        ("{\"display_name\":\"Mallory\"}{}".to_owned(), 400),
        ("{\"display_name\":\"Mallory\",\"display_name\":\"Mallory\"}".to_owned(), 422),
        ("{\"display_name\":\"Mallory\",\"id\":\"6ff1bd7a-4a5c-4d4a-9d2a-0d6ad4c1c3b1\"}".to_owned(), 422),
        ("{\"display_name\":\"Mallory\",\"__proto__\":{}}".to_owned(), 422),
        ("{\"display_name\":\"Mallory\",\"public_card\":true}".to_owned(), 422),
        ("{\"display_name\":\"\\ud800\"}".to_owned(), 400),
        ("{\"display_name\":1e999}".to_owned(), 400),
        (deep(3), 422),
        (deep(100), 400),
        (deep(20_000), 400),
        (format!("{{\"display_name\":\"{}\"}}", "x".repeat(81)), 422),
        (format!("{{\"{}\":1}}", "x".repeat(60_000)), 422),
        (format!("{{\"display_name\":\"{}\"}}", "x".repeat(66_000)), 413),
    ];
    for value in [
        "null",
        "5",
        "true",
        "[]",
        "{}",
        "[\"Mallory\"]",
        "\"\"",
        "\" \"",
        "\"a\\u0000b\"",
        "\"a\\nb\"",
        "\"a\\u202eb\"",
        "\"\\u200b\"",
    ] {
        for field in ["display_name", "time_zone", "email"] {
            bodies.push((format!("{{\"{field}\":{value}}}"), 422));
        }
    }
    for value in ["5", "true", "[]", "{}", "\"\"", "\"xx\"", "\"EN\""] {
        bodies.push((format!("{{\"language\":{value}}}"), 422));
    }
    for value in ["null", "5", "{}"] {
        bodies.push((format!("{{\"password\":{value}}}"), 422));
    }
    bodies
}

#[tokio::test]
async fn an_ill_formed_body_of_the_api_changes_nothing() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.make_token(&ALL_SCOPES).await;
    let program = app.program(&token);
    let before = program.get(SETTINGS).await.json();
    let authorization = format!("Bearer {token}");
    let (mut wrong, bodies) = (Vec::new(), bodies());
    for (body, expected) in &bodies {
        let fields = [
            ("Authorization", authorization.as_str()),
            ("If-Match", "*"),
            ("Content-Type", "application/json"),
        ];
        let answer =
            exchange(app.address, request("PATCH", SETTINGS, &fields, Some(body))).await.expect("an answer");
        let shown: String = body.chars().take(80).collect();
        let mut faults = faults_at(SETTINGS, &answer, Keep::Never);
        if answer.status != *expected {
            faults.push(format!("{} instead of {expected}: {}", answer.status, answer.body));
        }
        if answer.lines("content-type") != ["application/problem+json"] {
            faults.push(format!("no problem document: {:?}", answer.lines("content-type")));
        }
        if answer.body.len() > 2000 {
            faults.push(format!("an answer of {} bytes", answer.body.len()));
        }
        let problem: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if *expected == 422 && !problem["errors"][0]["field"].is_string() {
            faults.push(format!("it names no field: {}", answer.body));
        }
        wrong.extend(faults.into_iter().map(|fault| format!("{shown}: {fault}")));
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(program.get(SETTINGS).await.json(), before, "nothing has changed");
    println!("{} ill-formed bodies", bodies.len());
}

/// A method, a path, header lines, and the status of the answer.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

#[tokio::test]
async fn ill_formed_headers_and_urls_of_the_api_are_refused() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let bearer = format!("Bearer {}", ada.make_token(&ALL_SCOPES).await);
    let (long, wrong_token) = ("x".repeat(4000), format!("{bearer}x"));
    let ok = ("Authorization", bearer.as_str());
    let json = ("Content-Type", "application/json");
    let any = ("If-Match", "*");
    let id = "/api/v1/user/sessions/6ff1bd7a-4a5c-4d4a-9d2a-0d6ad4c1c3b1";
    let cases: &[Case<'_>] = &[
        ("GET", SETTINGS, &[ok, ok], 400),
        ("GET", SETTINGS, &[ok, ("Authorization", "Basic x")], 400),
        ("GET", SETTINGS, &[("Authorization", "")], 401),
        ("GET", SETTINGS, &[("Authorization", "Bearer")], 401),
        ("GET", SETTINGS, &[("Authorization", &wrong_token)], 401),
        ("GET", SETTINGS, &[("Authorization", &long)], 401),
        ("GET", SETTINGS, &[("Authorization", "Bearer \u{e9}")], 401),
        ("PATCH", SETTINGS, &[ok, json], 428),
        ("PATCH", SETTINGS, &[ok, json, any, any], 400),
        ("PATCH", SETTINGS, &[ok, json, ("If-Match", "x")], 400),
        ("PATCH", SETTINGS, &[ok, json, ("If-Match", "\"x\"")], 412),
        ("PATCH", SETTINGS, &[ok, any], 415),
        ("PATCH", SETTINGS, &[ok, any, json, json], 415),
        ("PATCH", SETTINGS, &[ok, any, ("Content-Type", "text/plain")], 415),
        ("PATCH", SETTINGS, &[ok, any, ("Content-Type", "application/x-www-form-urlencoded")], 415),
        ("PATCH", SETTINGS, &[ok, any, json, ("Content-Encoding", "gzip")], 415),
        ("PATCH", SETTINGS, &[ok, any, json, ("Origin", "https://evil.example")], 403),
        ("PATCH", SETTINGS, &[ok, any, json, ("Origin", "null")], 403),
        ("PATCH", SETTINGS, &[ok, any, json, ("Sec-Fetch-Dest", "iframe")], 403),
        ("POST", SETTINGS, &[ok, json], 405),
        ("PUT", SETTINGS, &[ok, json], 405),
        ("DELETE", SETTINGS, &[ok], 405),
        ("DELETE", id, &[ok], 404),
        ("DELETE", "/api/v1/user/sessions/x", &[ok], 404),
        ("DELETE", "/api/v1/user/sessions/%00", &[ok], 404),
        ("DELETE", "/api/v1/user/sessions/..%2f..", &[ok], 404),
        (
            "GET",
            "/api/v1/user/activity?after=99999999999999999999.6ff1bd7a-4a5c-4d4a-9d2a-0d6ad4c1c3b1",
            &[ok],
            400,
        ),
        ("GET", "/api/v1/user/activity?limit=99999999999999999999", &[ok], 400),
        ("GET", "/api/v1/user/activity?limit=%ff", &[ok], 400),
        ("GET", "/api/v1/nope", &[ok], 404),
        ("GET", "/api/v1/user/settings/", &[ok], 404),
    ];
    let mut wrong = Vec::new();
    for (method, path, fields, expected) in cases {
        let body = ["POST", "PUT", "PATCH"].contains(method).then_some("{}");
        let answer = exchange(app.address, request(method, path, fields, body)).await.expect("an answer");
        let mut faults = faults_at(path, &answer, Keep::Never);
        if answer.status != *expected {
            faults.push(format!("{} instead of {expected}: {}", answer.status, answer.body));
        }
        if answer.lines("content-type") != ["application/problem+json"] {
            faults.push(format!("no problem document: {:?} {}", answer.lines("content-type"), answer.body));
        }
        let shown: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value:.30}")).collect();
        wrong.extend(faults.into_iter().map(|fault| format!("{method} {path} {shown:?}: {fault}")));
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_body_is_not_read_before_its_caller_is_known() {
    let app = TestApp::spawn().await;
    let program = app.program("");
    let large = " ".repeat(70_000);
    let answer = program.send(Method::PATCH, SETTINGS, Some(&large), &[("if-match", "*")]).await;
    assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "no-credentials"));
}
