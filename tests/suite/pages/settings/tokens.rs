//! `/settings/tokens`.

mod made;
mod new;

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

const PATH: &str = "/settings/tokens";
const SETTINGS: &str = "/api/v1/user/settings";

/// The path of the button that revokes the only token.
async fn revoke_button(browser: &Browser) -> String {
    let list = browser.get(PATH).await;
    list.find(r#"action="(/settings/tokens/[0-9a-f-]{36}/revoke)""#).expect("a token")
}

#[tokio::test]
async fn each_token_is_listed_with_what_it_may_do_and_its_use_and_never_itself() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    assert!(ada.get(PATH).await.body.contains("You have no access tokens."));
    let token = ada.make_token(&["settings_read", "activity_read"]).await;
    let list = ada.get(PATH).await.body;
    for told in ["Phone", "See your settings and where you’re signed in", "See your activity", "Not yet"] {
        assert!(list.contains(told), "{told}: {list}");
    }
    assert!(!list.contains(&token[13..]) && !list.contains("Change your settings"), "{list}");
    app.program(&token).get(SETTINGS).await;
    assert!(!ada.get(PATH).await.body.contains("Not yet"));
}

#[tokio::test]
async fn a_revoked_token_stops_at_once_and_the_owner_is_told() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK);
    let path = revoke_button(&ada).await;
    let revoked = ada.submit(&path, &[]).await;
    assert_eq!(
        (revoked.status, revoked.location()),
        (StatusCode::SEE_OTHER, "/settings/tokens?done=token-revoked")
    );
    assert_eq!(program.get(SETTINGS).await.problem(), "invalid-credentials");
    assert!(ada.get(revoked.location()).await.body.contains("The access token is revoked."));
    let again = ada.submit(&path, &[]).await;
    assert_eq!(again.location(), "/settings/tokens?done=token-revoked-before");
    let mails = app.all_mails_to(&ada.email()).await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("Access token revoked")).count(), 1, "{mails:#?}");
    assert!(ada.get("/settings/activity").await.body.contains("Access token revoked"));
}

#[tokio::test]
async fn a_user_can_neither_revoke_nor_detect_the_token_of_another_user() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.member("Mallory").await);
    let program = app.program(&ada.make_token(&["settings_read"]).await);
    let theirs = mallory.submit(&revoke_button(&ada).await, &[]).await;
    let none = mallory.submit(&format!("{PATH}/{}/revoke", uuid::Uuid::new_v4()), &[]).await;
    assert_eq!((theirs.status, theirs.location()), (none.status, none.location()));
    assert_eq!(mallory.submit(&format!("{PATH}/x/revoke"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(program.get(SETTINGS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_deletion_waits_the_page_says_that_no_token_works() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&ada.email()).await;
    assert!(ada.get(PATH).await.body.contains("Access tokens don’t work while"));
}
