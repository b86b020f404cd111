//! Adding an authenticator app.

use reqwest::StatusCode;

use crate::harness::second_factor::offered_secret;
use crate::harness::{PASSWORD, TestApp};

const START: &str = "/settings/two-factor/authenticator";

#[tokio::test]
async fn an_app_is_added_by_its_code_and_the_owner_is_told() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    assert!(ada.get("/settings/two-factor").await.body.contains("You have no second factor yet."));
    ada.add_authenticator().await;
    let page = ada.get("/settings/two-factor").await;
    assert!(page.body.contains("<h3>Phone</h3>"), "{}", page.body);
    assert!(page.body.contains("You have 10 recovery codes left."), "{}", page.body);
    let mails = app.all_mails_to(&ada.email()).await;
    let told: Vec<&String> = mails.iter().filter(|mail| mail.contains("Authenticator app added")).collect();
    assert!(told.len() == 1 && told[0].contains("/undo/"), "{mails:#?}");
    let activity = ada.get("/settings/activity").await;
    assert!(activity.body.contains("Authenticator app added"), "{}", activity.body);
}

#[tokio::test]
async fn no_secret_is_stored_in_clear_and_a_copy_of_the_row_opens_no_other_account() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    let page = ada.get(START).await;
    let secret = offered_secret(&page);
    ada.add_authenticator().await;
    let (of_ada, of_bob) = (ada.user_id().await, bob.user_id().await);
    let sealed = "authenticators WHERE user_id = '{}' AND length(sealed_secret) = 48";
    assert_eq!(app.count(&sealed.replace("{}", &of_ada.to_string())).await, 1, "20 bytes, nonce and tag");
    let payload = format!("pending_actions WHERE user_id = '{of_ada}' AND payload LIKE '%sealed%'");
    assert_eq!(app.count(&payload).await, 0, "an action that ran keeps no secret");
    let sealed = page.find(r#"name="secret" value="([^"]+)""#).unwrap();
    let code = secret.code(app.state.clock.now());
    let typed = [("name", "x"), ("code", code.as_str()), ("secret", sealed.as_str())];
    assert_eq!(bob.submit(START, &typed).await.status, StatusCode::UNPROCESSABLE_ENTITY, "Ada's secret");
    bob.add_authenticator().await;
    app.execute(format!(
        "UPDATE authenticators SET sealed_secret = \
         (SELECT sealed_secret FROM authenticators WHERE user_id = '{of_ada}') WHERE user_id = '{of_bob}'"
    ))
    .await;
    let begun = bob.post("/sign-in", &[("email", &bob.email()), ("password", PASSWORD)]).await;
    assert_eq!(begun.location(), "/sign-in/second-factor");
    let refused = bob.post("/sign-in/second-factor", &[("code", &ada.code())]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[tokio::test]
async fn the_code_that_proved_the_app_opens_nothing_later() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let confirming = ada.begin(START, &[]).await;
    let now = app.state.clock.now();
    ada.confirm(&confirming).await;
    let spent = ada.held_secret().code(now);
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let refused = guest.post("/sign-in/second-factor", &[("code", &spent)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[tokio::test]
async fn an_account_holds_ten_apps_at_most() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let late = ada.begin(START, &[]).await;
    let id = ada.user_id().await;
    app.execute(format!(
        "INSERT INTO authenticators (id, user_id, name, sealed_secret, last_step, added_number) \
         SELECT gen_random_uuid(), '{id}', 'App', '\\x00', 0, 1 FROM generate_series(1, 9)"
    ))
    .await;
    let refused = ada.try_to_begin(START).await;
    assert!(refused.body.contains("You have 10 authenticator apps."), "{}", refused.body);
    assert!(!ada.get("/settings/two-factor").await.body.contains("Add an app"));
    app.execute(format!(
        "DELETE FROM authenticators WHERE user_id = '{id}' AND name = 'App' AND id NOT IN \
        (SELECT id FROM authenticators WHERE user_id = '{id}' LIMIT 10)"
    ))
    .await;
    let over =
        ada.post_all(&late.path, &late.with(&[("understood", "yes"), ("code", &ada.recovery_code())])).await;
    assert_ne!(over.status, StatusCode::SEE_OTHER, "an eleventh one was added: {}", over.body);
}
