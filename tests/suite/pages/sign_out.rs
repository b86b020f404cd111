//! `/sign-out`.

use reqwest::StatusCode;

use crate::harness::{Answer, TestApp};

fn assert_signed_out(answer: &Answer) {
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/?done=signed-out"));
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let cookie = answer.set_cookie("session").expect("a cookie that removes the session cookie");
    assert!(cookie.starts_with("session=;") && cookie.contains("Max-Age=0"), "{cookie}");
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_database_and_in_the_browser() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.cookie("session").unwrap();
    let sessions =
        format!("sessions JOIN users ON users.id = sessions.user_id WHERE email = '{}'", ada.email());
    assert_eq!(app.count(&sessions).await, 1);
    assert_signed_out(&ada.submit("/sign-out", &[]).await);
    assert_eq!((app.count(&sessions).await, ada.cookie("session")), (0, None));
    let thief = app.guest();
    thief.set_cookie("session", &token);
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "a kept token opens nothing");
}

#[tokio::test]
async fn signing_out_succeeds_even_if_the_session_has_already_ended() {
    let app = TestApp::spawn().await;
    assert_signed_out(&app.guest().post("/sign-out", &[]).await);
    let ada = app.member("Ada").await;
    let token = ada.get("/settings").await.csrf_token();
    assert_eq!(app.execute(format!("DELETE FROM users WHERE email = '{}'", ada.email())).await, 1);
    assert_signed_out(&ada.post("/sign-out", &[("csrf_token", &token)]).await);
}
