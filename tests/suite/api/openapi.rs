//! `/api/v1/openapi.json` is true: it has each operation of the route table and no other, each answer that can be provoked
//! occurs, and each body is what its schema says.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use unframed::api::openapi::document;
use unframed::route_map::RouteKind;
use unframed::routes;

use crate::harness::api_client::{ALL_SCOPES, ApiClient};
use crate::harness::{Answer, TestApp};

const PATH: &str = "/api/v1/openapi.json";

/// Answers that no request provokes at will: they need a slow network, a lost database or a flood.
const NOT_PROVOKED: [&str; 2] = ["408", "503"];

fn operations() -> BTreeMap<(String, String), Value> {
    let paths = document()["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods
            .iter()
            .map(move |(method, operation)| ((method.to_uppercase(), path.clone()), operation.clone()))
    });
    operations.collect()
}

#[tokio::test]
async fn the_document_is_public_and_may_be_kept_for_a_short_time() {
    let app = TestApp::spawn().await;
    for answer in [app.program("").get(PATH).await, app.guest().get(PATH).await] {
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (StatusCode::OK, Some("public, max-age=300"))
        );
        assert_eq!(answer.json(), *document());
        assert!(answer.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}

#[test]
fn the_document_has_each_operation_of_the_route_table_and_no_other() {
    let table = routes::patterns().into_iter();
    let table = table.filter(|route| matches!(route.kind, RouteKind::Api | RouteKind::ForwardAuth));
    let served: BTreeSet<(String, String)> = table
        .flat_map(|route| {
            route.methods.into_iter().map(move |method| (method.to_string(), route.path.to_owned()))
        })
        // HEAD goes with GET.
        .filter(|(method, _)| method != "HEAD")
        .collect();
    let told: BTreeSet<(String, String)> = operations().into_keys().collect();
    assert_eq!(served, told, "left: the route table, right: the document");
    let ids: BTreeSet<String> = operations().values().map(|found| found["operationId"].to_string()).collect();
    assert_eq!(ids.len(), told.len(), "each has a name of its own");
}

/// All that is wrong with a value, by a schema of the document. It knows the words that the document uses.
fn mismatches(value: &Value, schema: &Value, place: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document().pointer(reference.trim_start_matches('#')).expect("a schema");
        return mismatches(value, schema, place);
    }
    let mut faults = Vec::new();
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => panic!("{place}: a schema without a type: {schema}"),
    };
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{place}: {other}"),
    };
    if !kinds.into_iter().any(is) {
        return vec![format!("{place} is {value}, not {schema}")];
    }
    if let Some(text) = value.as_str() {
        let fits = match schema["format"].as_str() {
            Some("uuid") => uuid::Uuid::parse_str(text).is_ok(),
            Some("date-time") => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
            _ => true,
        };
        if !fits {
            faults.push(format!("{place} is {text:?}, which is no {}", schema["format"]));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        faults.extend(mismatches(item, &schema["items"], &format!("{place}[]")));
    }
    // The document describes itself as any object.
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, field) in fields {
            match known.get(name) {
                Some(schema) => faults.extend(mismatches(field, schema, &format!("{place}.{name}"))),
                None => faults.push(format!("{place}.{name} is not in the document")),
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        faults.extend(
            required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{place} has no {name}")),
        );
    }
    faults
}

#[test]
fn the_check_of_a_body_finds_what_is_wrong() {
    let schema = json!({ "$ref": "#/components/schemas/Session" });
    let good = json!({
        "id": uuid::Uuid::nil(), "user_agent": "x", "ip_address": "x", "signed_in_at": "2026-11-27T00:00:00Z",
        "last_used_at": "2026-11-27T00:00:00Z", "expires_at": "2026-11-27T00:00:00Z",
    });
    assert_eq!(mismatches(&good, &schema, "session"), Vec::<String>::new());
    for (name, value) in
        [("id", json!("x")), ("user_agent", json!(null)), ("expires_at", json!("soon")), ("more", json!(1))]
    {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(mismatches(&bad, &schema, "session").len(), 1, "{name}");
    }
    assert_eq!(
        mismatches(
            &json!({ "events": [{}], "next": null }),
            &json!({ "$ref": "#/components/schemas/Activity" }),
            ""
        )
        .len(),
        5
    );
}

/// The answers so far, by operation.
#[derive(Default)]
struct Walk {
    seen: BTreeMap<(String, String), BTreeSet<String>>,
    answers: usize,
    wrong: Vec<String>,
}

impl Walk {
    /// Compares an answer with the document.
    fn judge(&mut self, method: &Method, pattern: &str, answer: &Answer) {
        let key = (method.to_string(), pattern.to_owned());
        let status = answer.status.as_u16().to_string();
        let operations = operations();
        let responses = &operations[&key]["responses"];
        self.answers += 1;
        let what = format!("{method} {pattern}: {status}");
        let Some(response) = responses.get(&status) else {
            self.wrong.push(format!("{what} is not in the document: {}", answer.body));
            return;
        };
        let media_type = answer.header("content-type").unwrap_or_default();
        match response["content"].as_object() {
            None if answer.body.is_empty() => {}
            None => self.wrong.push(format!("{what} has a body: {}", answer.body)),
            Some(content) => match content.get(media_type) {
                Some(body) => self.wrong.extend(mismatches(&answer.json(), &body["schema"], &what)),
                None => self.wrong.push(format!("{what} is {media_type:?}")),
            },
        }
        for name in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
            // Only a page with another one after it has a Link.
            if answer.header(&name.to_lowercase()).is_none() && name != "Link" {
                self.wrong.push(format!("{what} has no {name}"));
            }
        }
        self.seen.entry(key).or_default().insert(status);
    }

    async fn ask(
        &mut self,
        program: &ApiClient,
        method: &Method,
        pattern: &str,
        path: &str,
        body: Option<&str>,
        headers: &[(&str, &str)],
    ) {
        let answer = program.send(method.clone(), path, body, headers).await;
        self.judge(method, pattern, &answer);
    }
}

#[tokio::test]
async fn each_operation_answers_as_the_document_says() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    phone.sign_in(&ada.email()).await;
    let program = app.program(&ada.make_token(&ALL_SCOPES).await);
    let none = app.program("");
    let spent = app.program(&ada.make_token(&ALL_SCOPES).await);
    spent.get("/api/v1/user/settings").await;
    let sessions = program.get("/api/v1/user/sessions").await.json();
    let sessions = sessions["sessions"].as_array().unwrap().clone();
    let other =
        sessions.iter().find(|session| session["ip_address"] == phone.address()).unwrap()["id"].clone();
    let mut walk = Walk::default();
    for ((method, pattern), operation) in operations() {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let path = pattern.replace("{id}", other.as_str().unwrap());
        let has_body = !operation["requestBody"].is_null();
        let any = [("if-match", "*")];
        let body = has_body.then_some("{}");
        // Without credentials, with others, without the scope, and with as many requests as it may send.
        walk.ask(&none, &method, &pattern, &path, body, &any).await;
        let scopes = operation["security"][0]["accessToken"].as_array().cloned().unwrap_or_default();
        if let Some(scope) = scopes.first().and_then(Value::as_str) {
            let lacks: Vec<&str> =
                ALL_SCOPES.into_iter().filter(|known| known.replace('_', ":") != scope).collect();
            let weak = app.program(&ada.make_token(&lacks).await);
            walk.ask(&weak, &method, &pattern, &path, body, &any).await;
            app.spend_requests_of(&spent).await;
            let unknown = pattern.replace("{id}", &uuid::Uuid::new_v4().to_string());
            let limited = spent.send_beyond_limit(method.clone(), &unknown, body, &any).await;
            walk.judge(&method, &pattern, &limited);
            let twice = program.send(method.clone(), &path, body, &any);
            let good = twice.await;
            walk.judge(&method, &pattern, &good);
        }
        if path != pattern {
            let unknown = pattern.replace("{id}", &uuid::Uuid::new_v4().to_string());
            walk.ask(&program, &method, &pattern, &unknown, body, &any).await;
        }
        if has_body {
            for (bad, headers) in [
                ("x", &any[..]),
                ("{}", &[]),
                ("{}", &[("if-match", "\"x\"")]),
                (r#"{"nonsense":1}"#, &any),
                ("{}", &[("if-match", "*"), ("content-type", "text/plain")]),
                (&" ".repeat(70_000), &any),
                (r#"{"password":"x"}"#, &any),
            ] {
                walk.ask(&program, &method, &pattern, &path, Some(bad), headers).await;
            }
        }
    }
    let activity = "/api/v1/user/activity";
    walk.ask(&program, &Method::GET, activity, &format!("{activity}?limit=0"), None, &[]).await;
    let twice = [("authorization", "Bearer x"), ("x-unused", "1")];
    for pattern in ["/api/v1/user/sessions", "/api/v1/user/settings"] {
        walk.ask(&program, &Method::GET, pattern, pattern, None, &twice).await;
    }
    let forward = "/api/v1/forward-auth";
    walk.judge(&Method::GET, forward, &ada.get(forward).await);
    assert!(walk.wrong.is_empty(), "{}", walk.wrong.join("\n"));
    let mut missing = Vec::new();
    let mut documented = 0;
    for (key, operation) in operations() {
        for status in operation["responses"].as_object().unwrap().keys() {
            documented += 1;
            let seen = walk.seen.get(&key).is_some_and(|seen| seen.contains(status));
            // A repeated Authorization is sent on the wire: `bad_input/api.rs`.
            if !seen && !NOT_PROVOKED.contains(&status.as_str()) && status != "400" {
                missing.push(format!("{} {}: {status}", key.0, key.1));
            }
        }
    }
    assert!(missing.is_empty(), "the document has answers that did not occur:\n{}", missing.join("\n"));
    let seen: usize = walk.seen.values().map(BTreeSet::len).sum();
    println!(
        "{} operations, {documented} documented answers, {seen} of them seen in {} answers",
        operations().len(),
        walk.answers
    );
}
