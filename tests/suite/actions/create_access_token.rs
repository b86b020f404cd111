//! Making an access token.

use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::harness::api_client::ALL_SCOPES;

const START: &str = "/settings/tokens/new";

#[tokio::test]
async fn the_confirm_page_says_what_the_token_may_do() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.begin(START, &[("name", "Backup <b>"), ("settings_write", "")]).await;
    let shown = ada.get(&page.path).await.body;
    for told in [
        "Backup &lt;b&gt;",
        "30 days",
        "See your settings and where you’re signed in",
        "See your activity",
        "Anyone who has this token can do that, without your password.",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    assert!(!shown.contains("Change your settings"), "{shown}");
    assert_eq!(app.count(&format!("access_tokens WHERE user_id = '{}'", ada.user_id().await)).await, 0);
}

#[tokio::test]
async fn a_token_that_is_made_is_told_by_mail_and_in_the_activity() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.make_token(&ALL_SCOPES).await;
    let mails = app.all_mails_to(&ada.email()).await;
    let told: Vec<&String> = mails.iter().filter(|mail| mail.contains("Access token made")).collect();
    assert!(told.len() == 1 && told[0].contains("/undo/"), "{mails:#?}");
    assert!(ada.get("/settings/activity").await.body.contains("Access token made"));
}

#[tokio::test]
async fn an_account_has_twenty_tokens_at_most() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let waiting = ada.begin_any(START).await;
    let id = ada.user_id().await;
    app.execute(format!(
        "INSERT INTO access_tokens (token_digest, id, user_id, name, scopes, expires_at)
         SELECT sha256((n || '{id}')::BYTEA), gen_random_uuid(), '{id}', 'Token ' || n, 'settings:read', now() + INTERVAL '1 day'
         FROM generate_series(1, 20) AS n"
    ))
    .await;
    let refused = ada.try_to_begin(START).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("You have 20 access tokens."), "{}", refused.body);
    // An action that was begun before cannot make one more either.
    assert_eq!(ada.confirm(&waiting).await.status, StatusCode::GONE);
    assert_eq!(app.count(&format!("access_tokens WHERE user_id = '{id}'")).await, 20);
    let list = ada.get("/settings/tokens").await.body;
    assert!(list.contains("Revoke one to make another.") && !list.contains("Make a token"), "{list}");
}
