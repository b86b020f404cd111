//! `/api/v1/user/settings`.

use reqwest::StatusCode;

use crate::harness::TestApp;

const PATH: &str = "/api/v1/user/settings";

#[tokio::test]
async fn the_api_returns_the_id_and_the_name_only() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Ada \"Countess\" <L>")]).await;
    let answer = ada.get(PATH).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, Some("application/json")));
    let id = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    insta::assert_snapshot!(id.replace(&answer.body, "UUID"), @r#"{"id":"UUID","display_name":"Ada \"Countess\" <L>"}"#);
}

#[tokio::test]
async fn without_a_session_the_api_answers_401() {
    let app = TestApp::spawn().await;
    let answer = app.guest().get(PATH).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        (answer.header("location"), answer.header("content-type")),
        (None, Some("application/problem+json"))
    );
    insta::assert_snapshot!(answer.body, @r#"{"type":"about:blank","title":"You’re not signed in","status":401,"detail":"Sign in to continue."}"#);
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
