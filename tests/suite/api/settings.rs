//! `/api/v1/user/settings`.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::TestApp;
use crate::harness::api_client::ALL_SCOPES;

const PATH: &str = "/api/v1/user/settings";

#[tokio::test]
async fn the_settings_are_what_the_pages_show() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Ada \"Countess\" <L>")]).await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    for answer in [ada.get(PATH).await, program.get(PATH).await] {
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, Some("application/json"))
        );
        let expected = json!({
            "id": ada.user_id().await, "display_name": "Ada \"Countess\" <L>", "email": ada.email(), "language": null,
            "time_zone": "UTC", "public_card": false, "two_factor": false,
        });
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn without_a_session_the_api_answers_401() {
    let app = TestApp::spawn().await;
    let answer = app.guest().get(PATH).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!((answer.header("location"), answer.header("www-authenticate")), (None, Some("Bearer")));
    assert_eq!(answer.problem(), "no-credentials");
    let kind = answer.json()["type"].clone();
    assert_eq!(kind, format!("{}/developers/api#problem-no-credentials", app.origin));
}

#[tokio::test]
async fn an_account_that_vanished_while_its_session_lives_is_404() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    assert_eq!(app.execute(format!("DELETE FROM users WHERE email = '{}'", ada.email())).await, 1);
    let answer = ada.get(PATH).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    insta::assert_snapshot!(answer.body, @r#"{"type":"about:blank","title":"This account no longer exists","status":404,"detail":"The account and its data were deleted."}"#);
}

#[tokio::test]
async fn a_change_is_made_to_the_version_that_was_read_and_listed_in_the_activity() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&ALL_SCOPES).await);
    let first = program.get(PATH).await.header("etag").expect("a version").to_owned();
    let body = r#"{"display_name":" Grace ","language":"de","time_zone":"Europe/Berlin"}"#;
    let changed = program.send(Method::PATCH, PATH, Some(body), &[("if-match", &first)]).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let settings = changed.json();
    assert_eq!(
        (&settings["display_name"], &settings["language"], &settings["time_zone"]),
        (&json!("Grace"), &json!("de"), &json!("Europe/Berlin"))
    );
    let second = changed.header("etag").expect("a version").to_owned();
    assert_ne!(first, second);
    assert_eq!(program.get(PATH).await.header("etag"), Some(second.as_str()));
    let stale = program.send(Method::PATCH, PATH, Some(body), &[("if-match", &first)]).await;
    assert_eq!((stale.status.as_u16(), stale.problem().as_str()), (412, "precondition-failed"));
    let blind = program.send(Method::PATCH, PATH, Some(body), &[]).await;
    assert_eq!((blind.status.as_u16(), blind.problem().as_str()), (428, "precondition-required"));
    // Only what the body names changes, and null is the language of the browser.
    let reset = program.patch(PATH, r#"{"language":null,"time_zone":"UTC"}"#).await.json();
    assert_eq!((&reset["display_name"], &reset["language"]), (&json!("Grace"), &json!(null)));
    let none = program.patch(PATH, "{}").await;
    assert_eq!((none.status, none.json()), (StatusCode::OK, reset));
    let names =
        format!("security_events WHERE user_id = '{}' AND kind = 'name-changed'", ada.user_id().await);
    assert_eq!(app.count(&names).await, 1);
}

#[tokio::test]
async fn of_many_changes_to_one_version_one_is_made() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&ALL_SCOPES).await);
    let version = program.get(PATH).await.header("etag").expect("a version").to_owned();
    let bodies: Vec<String> = (0..8).map(|name| format!(r#"{{"display_name":"Racer {name}"}}"#)).collect();
    let headers = [("if-match", version.as_str())];
    let changes = bodies.iter().map(|body| program.send(Method::PATCH, PATH, Some(body), &headers));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(changes).await.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

#[tokio::test]
async fn a_sensitive_change_does_not_act_but_names_the_page_where_the_user_goes_on() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&ALL_SCOPES).await);
    for (body, page) in [
        (r#"{"email":"countess@example.com"}"#, "/settings/email"),
        (r#"{"password":"whatever"}"#, "/settings/password"),
    ] {
        let mails = app.all_mails_to(&ada.email()).await.len();
        let answer = program.patch(PATH, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        assert_eq!(answer.json(), json!({ "confirm_url": format!("{}{page}", app.origin) }));
        let begun = format!("pending_actions WHERE user_id = '{}' AND used_at IS NULL", ada.user_id().await);
        assert_eq!(app.count(&begun).await, 0, "nothing waits");
        assert_eq!(app.all_mails_to(&ada.email()).await.len(), mails, "nothing is mailed");
    }
    assert_eq!(program.get(PATH).await.json()["email"], ada.email());
    for (body, field) in [
        (r#"{"email":"x"}"#.to_owned(), "email"),
        (format!(r#"{{"email":"{}"}}"#, ada.email().to_uppercase()), "email"),
        (r#"{"email":"a@example.com","display_name":"Eve"}"#.to_owned(), "email"),
        (r#"{"email":"a@example.com","password":"x"}"#.to_owned(), "email"),
        (r#"{"password":"x","time_zone":"UTC"}"#.to_owned(), "password"),
    ] {
        let refused = program.patch(PATH, &body).await;
        assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "invalid-fields"), "{body}");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{body}");
    }
    assert_eq!(program.get(PATH).await.json()["display_name"], "Ada");
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_by_field() {
    let app = TestApp::spawn().await;
    let program = app.program(&app.member("Ada").await.make_token(&ALL_SCOPES).await);
    let body = r#"{"display_name":"a\u202eb","language":"tlh","time_zone":"Mars/Base"}"#;
    let refused = program.patch(PATH, body).await;
    assert_eq!(refused.problem(), "invalid-fields");
    let fields: Vec<_> =
        refused.json()["errors"].as_array().unwrap().iter().map(|fault| fault["field"].clone()).collect();
    assert_eq!(fields, ["display_name", "language", "time_zone"]);
}
