//! Making recovery codes.

use reqwest::StatusCode;

use crate::harness::{PASSWORD, TestApp};

const START: &str = "/settings/two-factor/recovery-codes";

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once_and_its_use_is_told() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let code = ada.recovery_code();
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let shouted = code.to_uppercase().replace('-', " ");
    let done = guest.post("/sign-in/second-factor", &[("code", &shouted)]).await;
    assert_eq!(done.location(), "/settings", "{}", done.body);
    let mails = app.all_mails_to(&ada.email()).await;
    let told: Vec<&String> = mails.iter().filter(|mail| mail.contains("Recovery code used")).collect();
    assert!(told.len() == 1 && told[0].contains("/undo/"), "{mails:#?}");
    assert!(ada.get("/settings/two-factor").await.body.contains("You have 9 recovery codes left."));
    let again = app.guest();
    again.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let refused = again.post("/sign-in/second-factor", &[("code", &code)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[tokio::test]
async fn new_codes_replace_the_former_ones() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let former = ada.recovery_code();
    ada.carry_out(START, &[]).await;
    let (new, guest) = (ada.recovery_code(), app.guest());
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let refused = guest.post("/sign-in/second-factor", &[("code", &former)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert_eq!(guest.post("/sign-in/second-factor", &[("code", &new)]).await.location(), "/settings");
}

#[tokio::test]
async fn an_account_without_a_second_factor_gets_no_codes() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let begun = ada.submit(START, &[]).await;
    let page = ada.get(begun.location()).await;
    let confirming = ada.confirming(begun.location(), &page);
    let refused = ada.confirm(&confirming).await;
    assert_eq!(refused.status, StatusCode::GONE, "{}", refused.body);
}
