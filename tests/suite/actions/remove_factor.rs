//! Removing a second factor.

use reqwest::StatusCode;
use unframed::actions::{AddAuthenticator, AddPasskey, RemoveFactor, SensitiveAction as _};

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn the_last_factor_goes_with_a_recovery_code_and_never_with_its_own_code() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let page = ada.begin(RemoveFactor::START, &[]).await;
    assert!(ada.get(&page.path).await.body.contains("This is your only second factor."));
    app.let_human_time_pass();
    for wrong in [ada.code(), PASSWORD.to_owned()] {
        let typed = page.with(&[("understood", "yes"), ("code", &wrong), ("password", PASSWORD)]);
        let refused = ada.post_all(&page.path, &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    }
    let page = ada.begin(RemoveFactor::START, &[]).await;
    let done = ada.confirm(&page).await;
    assert_eq!(done.location(), "/settings/two-factor?done=factor-removed", "{}", done.body);
    let guest = app.guest();
    guest.sign_in(&ada.email()).await;
    let id = ada.user_id().await;
    let unused = format!("recovery_codes WHERE user_id = '{id}' AND removed_number IS NULL");
    assert_eq!(app.count(&unused).await, 0, "recovery codes stand in for nothing now");
}

#[tokio::test]
async fn one_of_two_factors_goes_with_a_code_of_the_other_one() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let first = ada.held_secret();
    ada.carry_out(AddAuthenticator::START, &[("name", "Tablet")]).await;
    let page = ada.begin(RemoveFactor::START, &[]).await;
    let shown = ada.get(&page.path).await;
    assert!(shown.body.contains("Tablet") && shown.body.contains("Code from your authenticator app"));
    app.let_human_time_pass();
    let of_removed = ada.code();
    let refused = ada.post_all(&page.path, &page.with(&[("understood", "yes"), ("code", &of_removed)])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let again = ada.get(&page.path).await;
    let again = ada.confirming(&page.path, &again);
    app.let_human_time_pass();
    let of_other = first.code(app.state.clock.now());
    let done = ada.post_all(&page.path, &again.with(&[("understood", "yes"), ("code", &of_other)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let left = ada.get("/settings/two-factor").await;
    assert!(left.body.contains("<h3>Phone</h3>") && !left.body.contains("Tablet"), "{}", left.body);
}

#[tokio::test]
async fn the_link_in_the_mail_restores_the_factor_and_the_recovery_codes() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    ada.add_authenticator().await;
    let code = ada.recovery_code();
    ada.share_factors_with(&thief);
    thief.sign_in(&ada.email()).await;
    thief.carry_out(RemoveFactor::START, &[]).await;
    // The thief adds a factor of his own, and later recovery codes.
    thief.add_authenticator().await;
    let link = app.mailed_link(&ada.email(), 2, "/undo/", "Second factor removed").await;
    app.undo(&link).await;
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    for of_thief in [thief.code(), thief.recovery_code()] {
        let refused = guest.post("/sign-in/second-factor", &[("code", &of_thief)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    }
    assert_eq!(guest.post("/sign-in/second-factor", &[("code", &code)]).await.location(), "/settings");
    let other = app.guest();
    ada.share_factors_with(&other);
    other.sign_in(&ada.email()).await;
}

#[tokio::test]
async fn a_link_of_an_earlier_change_undoes_later_factors_too() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    ada.add_authenticator().await;
    ada.share_factors_with(&thief);
    // The mail about the new device comes first, and its link is the only one that the owner finds.
    thief.sign_in(&ada.email()).await;
    thief.carry_out(RemoveFactor::START, &[]).await;
    thief.add_authenticator().await;
    let mails = app.all_mails_to(&ada.email()).await;
    let mail = mails.iter().find(|mail| mail.contains("Signed in on a new device")).expect("a mail");
    let link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap().find(mail).unwrap().as_str().to_owned();
    app.undo(&link).await;
    let guest = app.guest();
    ada.share_factors_with(&guest);
    guest.sign_in(&ada.email()).await;
    assert!(guest.get("/settings/two-factor").await.body.matches("<h3>").count() == 1);
}

/// The undo link of the mail about a recovery code.
async fn link_of_used_code(app: &TestApp, email: &str) -> String {
    let mails = app.all_mails_to(email).await;
    let mail = mails.iter().find(|mail| mail.contains("Recovery code used")).expect("a mail");
    regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap().find(mail).unwrap().as_str().to_owned()
}

#[tokio::test]
async fn the_link_about_a_recovery_code_undoes_what_the_code_confirmed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let (code, phone) = (ada.recovery_code(), app.guest());
    ada.share_factors_with(&phone);
    let begun = ada.begin(RemoveFactor::START, &[]).await;
    app.let_human_time_pass();
    let done = ada.post_all(&begun.path, &begun.with(&[("understood", "yes"), ("code", &code)])).await;
    assert_eq!(done.location(), "/settings/two-factor?done=factor-removed", "{}", done.body);
    app.undo(&link_of_used_code(&app, &ada.email()).await).await;
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let again = guest.post("/sign-in/second-factor", &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the code stays used: {}", again.body);
    assert_eq!(
        guest.post("/sign-in/second-factor", &[("code", &phone.code())]).await.location(),
        "/settings"
    );
}

#[tokio::test]
async fn the_link_about_a_recovery_code_removes_a_passkey_that_the_code_confirmed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let begun = ada.begin(AddPasskey::START, &[]).await;
    app.let_human_time_pass();
    let code = ada.recovery_code();
    let done = ada.post_all(&begun.path, &begun.with(&[("understood", "yes"), ("code", &code)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let id = ada.user_id().await;
    assert_eq!(app.count(&format!("passkeys WHERE user_id = '{id}'")).await, 1);
    app.undo(&link_of_used_code(&app, &ada.email()).await).await;
    assert_eq!(app.count(&format!("passkeys WHERE user_id = '{id}'")).await, 0);
    assert_eq!(
        app.count(&format!("authenticators WHERE user_id = '{id}' AND removed_number IS NULL")).await,
        1
    );
}

#[tokio::test]
async fn a_removal_of_a_factor_that_is_no_longer_the_last_one_spends_no_code() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let begun = ada.begin(RemoveFactor::START, &[]).await;
    ada.carry_out(AddAuthenticator::START, &[("name", "Tablet")]).await;
    let mails = app.all_mails_to(&ada.email()).await.len();
    let shown = ada.get(&begun.path).await;
    let begun = ada.confirming(&begun.path, &shown);
    app.let_human_time_pass();
    let code = ada.recovery_code();
    let over = ada.post_all(&begun.path, &begun.with(&[("understood", "yes"), ("code", &code)])).await;
    assert_eq!(over.status, StatusCode::GONE, "{}", over.body);
    assert_eq!(app.all_mails_to(&ada.email()).await.len(), mails);
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    assert_eq!(guest.post("/sign-in/second-factor", &[("code", &code)]).await.location(), "/settings");
}
