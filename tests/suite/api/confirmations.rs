//! `/api/v1/confirmations`: what an application may ask for, and what it gets.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use unframed::domain::{ApiSecret, ApiSecretKind};
use unframed::models::confirmation::MOST_OPEN;
use uuid::Uuid;

use crate::harness::{Application, TestApp};

const PATH: &str = "/api/v1/confirmations";

#[tokio::test]
async fn a_user_is_named_by_id_or_address_and_the_answer_says_where_to_send_the_browser() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = ada.user_id().await.to_string();
    for user in [&id, &ada.email(), &ada.email().to_uppercase()] {
        let asked = application.ask(user, json!({})).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{asked:#?}");
        assert_eq!((asked.text("state"), asked.text("user")), ("open", id.as_str()));
        let own = format!("{PATH}/{}", asked.text("id"));
        assert_eq!(asked.headers["location"], own);
        assert_eq!(asked.text("url"), format!("{}/confirmations/{}", app.origin, asked.text("id")));
        assert_eq!(asked.body["receipt"], Value::Null);
        let read = application.call(Method::GET, &own, None).await;
        assert_eq!((read.status, read.body), (StatusCode::OK, asked.body));
    }
}

#[tokio::test]
async fn each_wrong_field_is_named_and_nothing_is_stored() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let email = ada.email();
    let detail = |label: &str, value: &str| json!([{"label": label, "value": value}]);
    for (changes, fields) in [
        (json!({"title": ""}), vec!["title"]),
        (json!({"title": "Pay\nSigned in"}), vec!["title"]),
        (json!({"title": "\u{202e}yaP"}), vec!["title"]),
        (json!({"title": "Pay\u{200b}"}), vec!["title"]),
        (json!({"title": "x".repeat(121)}), vec!["title"]),
        (json!({"title": 7}), vec!["title"]),
        (json!({"title": null}), vec!["title"]),
        (json!({"details": detail("To\n", "Bob")}), vec!["details[0].label"]),
        (json!({"details": detail("To", "")}), vec!["details[0].value"]),
        (
            json!({"details": detail(&"x".repeat(41), &"x".repeat(301))}),
            vec!["details[0].label", "details[0].value"],
        ),
        (json!({"details": vec![json!({"label": "a", "value": "b"}); 13]}), vec!["details"]),
        (json!({"details": [{"label": "a", "value": "b", "href": "x"}]}), vec!["details[0].href"]),
        (json!({"details": [["a", "b"]]}), vec!["details[0]"]),
        (json!({"danger": "extreme"}), vec!["danger"]),
        (json!({"expires_in": 59}), vec!["expires_in"]),
        (json!({"expires_in": 3601}), vec!["expires_in"]),
        (json!({"expires_in": -1}), vec!["expires_in"]),
        (json!({"expires_in": 60.5}), vec!["expires_in"]),
        (json!({"user": ""}), vec!["user"]),
        (json!({"user": Uuid::new_v4().to_string()}), vec!["user"]),
        (json!({"user": "nobody@example.com"}), vec!["user"]),
        (json!({"return_url": "https://payroll.example@evil.example/"}), vec!["return_url"]),
        (json!({"return_url": "https://payroll.example:8443/"}), vec!["return_url"]),
        (json!({"return_url": "https://payroll.example\\@evil.example/"}), vec!["return_url"]),
        (json!({"return_url": "https://p\u{430}yroll.example/"}), vec!["return_url"]),
        (json!({"return_url": "javascript:alert(1)"}), vec!["return_url"]),
        (json!({"return_url": "http://payroll.example/"}), vec!["return_url"]),
        (json!({"return_url": "//payroll.example/"}), vec!["return_url"]),
        (json!({"return_url": "https://payroll.example/#x"}), vec!["return_url"]),
        (json!({"return_url": "https://payroll.example/?receipt=x"}), vec!["return_url"]),
        (json!({"title": "", "danger": "", "expires_in": 0}), vec!["title", "danger", "expires_in"]),
        (json!({"outcome": "approved"}), vec!["outcome"]),
    ] {
        let answer = application.ask(&email, changes.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes}: {answer:#?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.fields(), fields, "{changes}: {answer:#?}");
    }
    let missing = json!({"user": email, "title": "Pay", "expires_in": 60});
    let answer = application.call(Method::POST, PATH, Some(&missing)).await;
    assert_eq!(answer.fields(), ["return_url"]);
    for body in [json!([]), json!("x"), json!(7)] {
        let answer = application.call(Method::POST, PATH, Some(&body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:#?}");
    }
    let long = application.ask(&email, json!({"title": "x".repeat(70_000)})).await;
    assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.count(&format!("confirmations WHERE application_id = '{}'", application.id)).await, 0);
}

#[tokio::test]
async fn only_a_secret_of_an_application_opens_the_api() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let request = Application::request(&ada.email());
    let unknown = ApiSecret::generate(ApiSecretKind::Application).unwrap().text();
    let token = ApiSecret::generate(ApiSecretKind::AccessToken).unwrap().text();
    let mistyped = format!("{}x", &application.secret[..application.secret.len() - 1]);
    for secret in ["", "x", &unknown, &token, &mistyped] {
        let answer = application.call_as(secret, Method::POST, PATH, Some(&request)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{secret}: {answer:#?}");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    }
    // A session is no credential of an application.
    let answer = ada.send(
        Method::POST,
        PATH,
        Some(request.to_string()),
        &[("content-type", "application/json"), ("sec-fetch-dest", "empty"), ("sec-fetch-mode", "cors")],
    );
    assert_eq!(answer.await.status, StatusCode::UNAUTHORIZED);
    app.disable(&application).await;
    let answer = application.call(Method::POST, PATH, Some(&request)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.count(&format!("confirmations WHERE application_id = '{}'", application.id)).await, 0);
}

#[tokio::test]
async fn the_confirmation_of_another_application_looks_like_one_that_never_existed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (mine, theirs) = (app.application().await, app.application().await);
    let id = theirs.asked(&ada).await;
    let unknown = mine.read(Uuid::new_v4()).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for answer in [
        mine.read(id).await,
        mine.withdraw(id).await,
        mine.call(Method::GET, &format!("{PATH}/{id}?wait=1"), None).await,
        mine.call(Method::GET, &format!("{PATH}/nonsense"), None).await,
    ] {
        assert_eq!((answer.status, answer.body), (StatusCode::NOT_FOUND, unknown.body.clone()));
    }
    assert_eq!(theirs.read(id).await.text("state"), "open");
}

#[tokio::test]
async fn few_confirmations_of_one_application_wait_for_one_user() {
    let app = TestApp::spawn().await;
    let (ada, bob, application) = (app.member("Ada").await, app.member("Bob").await, app.application().await);
    let mut ids = Vec::new();
    for _ in 0..MOST_OPEN {
        ids.push(application.asked(&ada).await);
    }
    let refused = application.ask(&ada.email(), json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:#?}");
    assert!(refused.text("type").ends_with("#problem-too-many-open"), "{refused:#?}");
    application.asked(&bob).await;
    application.withdraw(ids[0]).await;
    application.asked(&ada).await;
    app.wait(TimeDelta::minutes(10));
    application.asked(&ada).await;
}

#[tokio::test]
async fn an_application_cannot_ask_which_addresses_have_an_account() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    for _ in 0..60 {
        let answer = application.ask(&format!("{}@example.com", Uuid::new_v4()), json!({})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let limited = application.ask("one-more@example.com", json!({})).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(limited.headers.contains_key("retry-after"));
    assert_eq!(app.application().await.ask(&ada.email(), json!({})).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_long_poll_ends_with_the_outcome_with_its_time_and_with_the_process() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = application.asked(&ada).await;
    let wait = async |seconds: u32| {
        let begun = Instant::now();
        let answer = application.call(Method::GET, &format!("{PATH}/{id}?wait={seconds}"), None).await;
        (answer, begun.elapsed())
    };
    let (answer, time) = wait(1).await;
    assert_eq!(answer.text("state"), "open");
    assert!(time >= Duration::from_secs(1), "{time:?}");
    let path = format!("/confirmations/{id}/decline");
    let ((answer, time), declined) = tokio::join!(wait(25), ada.submit(&path, &[]));
    assert_eq!((answer.text("state"), declined.status), ("declined", StatusCode::SEE_OTHER));
    assert!(answer.body["receipt"].is_string() && time < Duration::from_secs(20), "{time:?}");
    let (answer, time) = wait(25).await;
    assert_eq!(answer.text("state"), "declined");
    assert!(time < Duration::from_secs(20), "an outcome is not waited for: {time:?}");
    for query in ["wait=26", "wait=-1", "wait=x", "wait=", "wait=1&wait=1", "wait=1&x=2", "x"] {
        let answer = application.call(Method::GET, &format!("{PATH}/{id}?{query}"), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {answer:#?}");
    }
    let other = application.asked(&ada).await;
    let path = format!("{PATH}/{other}?wait=25");
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(application.call(Method::GET, &path, None), async { app.state.drain() });
    assert_eq!(answer.text("state"), "open");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_request_that_is_sent_again_with_its_key_asks_once() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let send = async |key: &str, changes: Value| {
        let mut request = Application::request(&ada.email());
        for (name, value) in changes.as_object().unwrap() {
            request[name] = value.clone();
        }
        application.call_with(Method::POST, PATH, Some(&request), &[("idempotency-key", key)]).await
    };
    let first = send("one", json!({})).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = send("one", json!({})).await;
    assert_eq!((again.status, &again.body), (StatusCode::CREATED, &first.body));
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_eq!(send("one", json!({"title": "Pay more"})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_ne!(send("two", json!({})).await.text("id"), first.text("id"));
    let stored = format!("confirmations WHERE application_id = '{}'", application.id);
    assert_eq!(app.count(&stored).await, 2);
    let race = futures_util::future::join_all((0..8).map(|_| send("three", json!({})))).await;
    assert!(race.iter().all(|answer| answer.status == StatusCode::CREATED), "{race:#?}");
    assert!(race.iter().all(|answer| answer.body == race[0].body));
    assert_eq!(app.count(&stored).await, 3);
}
