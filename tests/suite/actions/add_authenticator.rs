//! Adding an authenticator app.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use unframed::db;
use unframed::models::authenticator;
use uuid::Uuid;

use crate::harness::database::RUNTIME;
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
    // A code of the step in which the app was proved, or of the one before.
    let now = app.state.clock.now();
    let confirming = ada.begin(START, &[]).await;
    ada.confirm(&confirming).await;
    let spent = ada.held_secret().code(now);
    let guest = app.guest();
    guest.post("/sign-in", &[("email", &ada.email()), ("password", PASSWORD)]).await;
    let refused = guest.post("/sign-in/second-factor", &[("code", &spent)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[tokio::test]
async fn an_account_holds_five_apps_at_most() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let late = ada.begin(START, &[]).await;
    let id = ada.user_id().await;
    app.execute(format!(
        "INSERT INTO authenticators (id, user_id, name, sealed_secret, last_step, added_number) \
         SELECT gen_random_uuid(), '{id}', 'App', '\\x00', 0, 1 FROM generate_series(1, 4)"
    ))
    .await;
    let refused = ada.try_to_begin(START).await;
    assert!(refused.body.contains("You have 5 authenticator apps."), "{}", refused.body);
    assert!(!ada.get("/settings/two-factor").await.body.contains("Add an app"));
    app.execute(format!(
        "DELETE FROM authenticators WHERE user_id = '{id}' AND name = 'App' AND id NOT IN \
        (SELECT id FROM authenticators WHERE user_id = '{id}' LIMIT 5)"
    ))
    .await;
    let over =
        ada.post_all(&late.path, &late.with(&[("understood", "yes"), ("code", &ada.recovery_code())])).await;
    assert_ne!(over.status, StatusCode::SEE_OTHER, "a sixth one was added: {}", over.body);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_one_app() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get(START).await;
    let token = page.csrf_token();
    let secret = page.find(r#"name="secret" value="([^"]+)""#).expect("a sealed secret");
    let code = ada.scan(&page);
    let form = [("csrf_token", &*token), ("secret", &secret), ("name", "Phone"), ("code", &code)];
    let begin = async || {
        let begun = ada.post(START, &form).await;
        ada.confirming(begun.location(), &ada.get(begun.location()).await)
    };
    assert_eq!(ada.confirm(&begin().await).await.status, StatusCode::SEE_OTHER);
    let mails = app.all_mails_to(&ada.email()).await.len();
    let second = begin().await;
    let code = ada.recovery_code();
    app.let_human_time_pass();
    let over = ada.post_all(&second.path, &second.with(&[("understood", "yes"), ("code", &code)])).await;
    assert_eq!(over.status, StatusCode::GONE, "{}", over.body);
    let id = ada.user_id().await;
    assert_eq!(app.count(&format!("authenticators WHERE user_id = '{id}'")).await, 1);
    let used = format!("recovery_codes WHERE user_id = '{id}' AND used_at IS NOT NULL");
    assert_eq!(app.count(&used).await, 0, "the code that would have confirmed it is not spent");
    assert_eq!(app.all_mails_to(&ada.email()).await.len(), mails, "and nothing is mailed");
}

#[tokio::test]
async fn the_first_factor_ends_the_sessions_that_began_without_one() {
    let app = TestApp::spawn().await;
    let (ada, other) = (app.member("Ada").await, app.guest());
    other.sign_in(&ada.email()).await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    let page = ada.begin(START, &[]).await;
    assert!(ada.get(&page.path).await.body.contains("Your other devices are signed out"));
    ada.confirm(&page).await;
    assert_eq!(other.get("/settings").await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/api/v1/user/settings").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
    // A session that began with a second factor stays when another one is added.
    ada.share_factors_with(&other);
    other.sign_in(&ada.email()).await;
    let page = ada.begin(START, &[("name", "Tablet")]).await;
    assert!(!ada.get(&page.path).await.body.contains("Your other devices are signed out"));
    ada.confirm(&page).await;
    assert_eq!(other.get("/settings").await.status, StatusCode::OK);
}

/// The sealed secret of the one app of a user, as a form would carry it.
async fn stored_secret(app: &TestApp, user_id: Uuid) -> String {
    let pool = app.state.pool.clone();
    let run = async move {
        db::statement(&pool, "test", async |conn| authenticator::list(conn, user_id).await).await
    };
    let found = RUNTIME.spawn(run).await.expect("no panic").expect("a query");
    let [found] = found.try_into().expect("one app");
    URL_SAFE_NO_PAD.encode(found.sealed_secret)
}

#[tokio::test]
async fn a_form_shows_no_secret_but_the_one_that_it_offered_to_this_session() {
    let app = TestApp::spawn().await;
    let (ada, other) = (app.member("Ada").await, app.guest());
    ada.add_authenticator().await;
    ada.share_factors_with(&other);
    other.sign_in(&ada.email()).await;
    let (id, key) = (ada.user_id().await, ada.held_secret().key());
    let stored = stored_secret(&app, id).await;
    let offered = ada.get(START).await;
    let sealed = offered.find(r#"name="secret" value="([^"]+)""#).expect("a sealed secret");
    let shown = offered.find("<code>([A-Z2-7 ]+)</code>").expect("a key");
    for (browser, secret, keeps) in [(&ada, &stored, false), (&other, &sealed, false), (&ada, &sealed, true)]
    {
        let again = browser.submit(START, &[("secret", secret), ("name", "Phone"), ("code", "1")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
        let key_again = again.find("<code>([A-Z2-7 ]+)</code>").expect("a key");
        assert_ne!(key_again, key, "the secret of the app in use is not shown");
        assert_eq!(key_again == shown, keeps);
    }
}
