//! Changing the password.

use reqwest::StatusCode;

use crate::harness::{Browser, NEW_PASSWORD, PASSWORD, TestApp};

/// Whether the password opens the account of an email address.
async fn opens(app: &TestApp, email: &str, password: &str) -> bool {
    let answer = app.guest().post("/sign-in", &[("email", email), ("password", password)]).await;
    answer.status == StatusCode::SEE_OTHER
}

async fn with_phone(app: &TestApp) -> (Browser, Browser) {
    let (ada, phone) = (app.member("Ada").await, app.guest());
    phone.sign_in(&ada.email()).await;
    (ada, phone)
}

#[tokio::test]
async fn a_new_password_replaces_the_former_one_and_ends_all_other_sessions() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let done = ada.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    assert_eq!(done.location(), "/settings?done=own-password-changed");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "this session goes on");
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER, "the other one has ended");
    assert!(opens(&app, &ada.email(), NEW_PASSWORD).await && !opens(&app, &ada.email(), PASSWORD).await);
}

#[tokio::test]
async fn the_owner_may_leave_other_devices_signed_in() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let page = ada.begin("/settings/password", &[("password", NEW_PASSWORD), ("end_others", "no")]).await;
    let shown = ada.get(&page.path).await;
    assert!(shown.body.contains("You stay signed in on your other devices."), "{}", shown.body);
    assert!(!shown.body.contains("argon2"), "the page does not show the hash");
    let done = ada.confirm(&page).await;
    assert_eq!(done.location(), "/settings?done=password-kept-others");
    assert_eq!(phone.get("/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_former_password_proves_the_change_and_the_new_one_does_not() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin("/settings/password", &[("password", NEW_PASSWORD)]).await;
    ada.let_human_time_pass();
    let wrong =
        ada.post_all(&page.path, &page.with(&[("understood", "yes"), ("password", NEW_PASSWORD)])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(opens(&app, &ada.email(), PASSWORD).await);
}

#[tokio::test]
async fn a_change_of_address_that_waits_is_cancelled_with_the_other_sessions() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let thief = crate::harness::confirmation::fresh_email("thief");
    ada.carry_out("/settings/email", &[("email", &thief)]).await;
    let link = app.mailed_link(&thief, 1, "/email-change/", "Confirm your new").await;
    ada.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::GONE);
}
