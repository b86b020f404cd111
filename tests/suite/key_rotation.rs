//! Replacing `SECRET_KEY`, step by step.

use reqwest::StatusCode;
use unframed::key_rotation;

use crate::harness::database::RUNTIME;
use crate::harness::{Browser, PASSWORD, TestApp};

const OLD: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
const NEW: &str = "q80BI0VniavN7/4SNFZ4mrze8AECAwQFBgcICQoLDA0=";

/// Encrypts secrets again, as a server with these keys does at its start; returns how many.
async fn start(keys: &str) -> usize {
    let app = TestApp::spawn_configured(&[("SECRET_KEY", keys)]).await;
    RUNTIME.spawn(async move { key_rotation::run(&app.state).await }).await.unwrap().unwrap()
}

/// Signs in at another server with the code of an app; returns whether it was accepted.
async fn signs_in(member: &Browser, keys: &str) -> bool {
    let app = TestApp::spawn_configured(&[("SECRET_KEY", keys)]).await;
    app.wait(chrono::TimeDelta::minutes(2));
    let guest = app.guest();
    let begun = guest.post("/sign-in", &[("email", &member.email()), ("password", PASSWORD)]).await;
    assert_eq!(begun.location(), "/sign-in/second-factor");
    let code = member.held_secret().code(app.state.clock.now());
    let answer = guest.post("/sign-in/second-factor", &[("code", &code)]).await;
    answer.status == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn an_app_works_when_the_key_is_gone_under_which_it_was_added() {
    let app = TestApp::spawn_configured(&[("SECRET_KEY", OLD)]).await;
    let (ada, eve) = (app.member("Ada").await, app.member("Eve").await);
    ada.add_authenticator().await;
    assert_eq!(start(OLD).await, 0, "one key");
    assert_eq!(start(&format!("{OLD},{NEW}")).await, 0, "it is under the first key");
    assert_eq!(start(&format!("{NEW},{OLD}")).await, 1);
    assert_eq!(start(&format!("{NEW},{OLD}")).await, 0, "it is under the new one");
    assert!(signs_in(&ada, NEW).await);
    eve.add_authenticator().await;
    assert!(!signs_in(&eve, NEW).await, "no server has encrypted it again");
}

#[tokio::test]
async fn receipts_are_signed_when_the_secret_is_gone_under_which_the_signing_key_was_stored() {
    let url = crate::harness::database::alone().await;
    let spawn =
        async |keys: &str| TestApp::spawn_configured(&[("SECRET_KEY", keys), ("DATABASE_URL", &url)]).await;
    let decline = async |app: &TestApp| {
        let (ada, application) = (app.member("Ada").await, app.application().await);
        let id = application.asked(&ada).await;
        let answer = ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
        (answer.status, application.read(id).await)
    };
    let app = spawn(OLD).await;
    assert_eq!(decline(&app).await.0, StatusCode::SEE_OTHER);
    // Without the former secret, no receipt can be signed, and nothing is decided.
    let (status, read) = decline(&spawn(NEW).await).await;
    assert_eq!((status, read.text("state")), (StatusCode::INTERNAL_SERVER_ERROR, "open"));
    let both = spawn(&format!("{NEW},{OLD}")).await;
    let state = both.state.clone();
    let renewed = RUNTIME.spawn(async move { key_rotation::run(&state).await }).await.unwrap().unwrap();
    assert_eq!(renewed, 1);
    let app = spawn(NEW).await;
    let (status, read) = decline(&app).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(app.verified(read.text("receipt")).await["outcome"], "declined");
}
