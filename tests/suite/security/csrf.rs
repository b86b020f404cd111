//! A member's form does nothing without the token of its own session, even from our own origin.

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

const WRITES: [&str; 7] = [
    "/settings/profile",
    "/settings/email",
    "/settings/delete",
    "/settings/delete/keep",
    "/settings/sessions/revoke-others",
    "/settings/sessions/ID/revoke",
    "/sign-out",
];

/// Sends each write with a token, and finds each refused.
async fn refused_everywhere(browser: &Browser, other_session: &str, token: Option<&str>) {
    for path in WRITES {
        let mut fields = vec![("display_name", "Mallory")];
        fields.extend(token.map(|token| ("csrf_token", token)));
        let answer = browser.post(&path.replace("ID", other_session), &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {token:?}");
        assert!(answer.body.contains("had expired"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn no_write_is_done_without_the_token_of_its_session() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.member("Mallory").await);
    let phone = app.guest();
    phone.sign_in(&ada.email()).await;
    let list = ada.get("/settings/sessions").await;
    let phone_session = list.find("/settings/sessions/([0-9a-f-]{36})/revoke").expect("the phone is listed");
    let (own, foreign) = (list.csrf_token(), mallory.get("/settings").await.csrf_token());
    let phones = phone.get("/settings").await.csrf_token();
    assert!(own != phones && own != foreign);
    for token in [None, Some(""), Some("x"), Some(foreign.as_str()), Some(phones.as_str()), Some(&own[1..])] {
        refused_everywhere(&ada, &phone_session, token).await;
    }
    assert_eq!(phone.get("/settings").await.status, 200, "no session was ended");
    assert!(!ada.get("/settings").await.body.contains("Mallory"), "no name was changed");
    let done = ada.post("/settings/profile", &[("csrf_token", &own), ("display_name", "Countess")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "with the token it is done");
}

#[tokio::test]
async fn a_token_ends_with_its_session() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let former = ada.get("/settings").await.csrf_token();
    ada.sign_in(&ada.email()).await;
    let answer = ada.post("/settings/profile", &[("csrf_token", &former), ("display_name", "Late")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let fresh = answer.csrf_token();
    assert_ne!(fresh, former);
    let again = ada.post("/settings/profile", &[("csrf_token", &fresh), ("display_name", "Late")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the page that refused it has a fresh one");
}
