//! `/api/v1/user/sessions`.

use reqwest::{Method, StatusCode};

use crate::harness::TestApp;

const PATH: &str = "/api/v1/user/sessions";

#[tokio::test]
async fn the_sessions_are_listed_and_each_can_be_ended() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    phone.sign_in(&ada.email()).await;
    let program = app.program(&ada.make_token(&["settings_read", "settings_write"]).await);
    let listed = program.get(PATH).await.json();
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let theirs = sessions.iter().find(|session| session["ip_address"] == phone.address()).expect("the phone");
    assert!(theirs["user_agent"].as_str().unwrap().contains("Firefox"));
    let one = format!("{PATH}/{}", theirs["id"].as_str().unwrap());
    let ended = program.send(Method::DELETE, &one, None, &[]).await;
    assert_eq!((ended.status, ended.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER);
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
    let again = program.send(Method::DELETE, &one, None, &[]).await;
    assert_eq!((again.status, again.problem().as_str()), (StatusCode::NOT_FOUND, "not-found"));
    let told =
        format!("security_events WHERE user_id = '{}' AND kind = 'session-ended'", ada.user_id().await);
    assert_eq!(app.count(&told).await, 1);
}

#[tokio::test]
async fn a_program_can_neither_end_nor_detect_the_session_of_another_user() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.member("Mallory").await);
    let read = app.program(&ada.make_token(&["settings_read"]).await);
    let id = read.get(PATH).await.json()["sessions"][0]["id"].as_str().unwrap().to_owned();
    let program = app.program(&mallory.make_token(&["settings_write"]).await);
    let theirs = program.send(Method::DELETE, &format!("{PATH}/{id}"), None, &[]).await;
    let none = program.send(Method::DELETE, &format!("{PATH}/{}", uuid::Uuid::new_v4()), None, &[]).await;
    assert_eq!((theirs.status, &theirs.body), (StatusCode::NOT_FOUND, &none.body));
    assert_eq!(
        program.send(Method::DELETE, &format!("{PATH}/x"), None, &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}
