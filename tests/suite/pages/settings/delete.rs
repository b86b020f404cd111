//! `/settings/delete`: the deletion request, its grace period, and how to keep the account.

use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::deletion;
use unframed::models::user::{self, UserUpdate};

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn a_confirmed_deletion_ends_all_sessions_and_emails_the_owner() {
    let app = TestApp::spawn().await;
    let (ada, phone) = (app.member("Ada").await, app.guest());
    phone.sign_in(&ada.email()).await;
    let done = ada.carry_out("/settings/delete", &[]).await;
    assert_eq!(done.location(), "/deletion-scheduled");
    assert_eq!(ada.cookie("session"), None, "the cookie is removed");
    assert!(ada.get("/deletion-scheduled").await.body.contains("Deletion requested"));
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER, "the session has ended");
    assert_eq!(phone.get("/api/v1/user/settings").await.status, StatusCode::UNAUTHORIZED);
    let mails = app.mails_to(&ada.email(), 2).await;
    assert!(mails.iter().any(|mail| mail.contains("will be deleted after") && mail.contains("/undo/")));
}

#[tokio::test]
async fn signing_in_during_the_grace_period_offers_to_keep_the_account() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&ada.email()).await;
    let settings = ada.get("/settings").await;
    assert!(settings.body.contains("Your account will be deleted on"), "{}", settings.body);
    let page = ada.get("/settings/delete").await;
    assert!(page.body.contains("/settings/delete/keep"), "{}", page.body);
    assert_eq!(
        ada.submit("/settings/delete", &[]).await.status,
        StatusCode::SEE_OTHER,
        "no second deletion begins"
    );
    let kept = ada.submit("/settings/delete/keep", &[]).await;
    assert_eq!(kept.location(), "/settings?done=kept");
    let settings = ada.get("/settings?done=kept").await;
    assert!(
        settings.body.contains("Your account will not be deleted.")
            && !settings.body.contains("will be deleted on")
    );
    let mails = app.mails_to(&ada.email(), 3).await;
    let told = mails.iter().find(|mail| mail.contains("will not be deleted")).expect("a notice");
    assert!(
        told.contains(&format!("(IP address {})", ada.address())) && told.contains(" UTC, from "),
        "{told}"
    );
    let undo = app.mailed_link(&ada.email(), 3, "/undo/", "will be deleted after").await;
    assert_eq!(app.guest().get(&undo).await.status, StatusCode::GONE, "the link has ended with it");
}

#[tokio::test]
async fn a_stale_form_to_delete_or_keep_never_shows_the_form_of_the_other() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (deletes, keeps) = ("/settings/delete", "/settings/delete/keep");
    let stale = async |path: &str, shown: bool| {
        let answer = ada.post(path, &[("csrf_token", "x")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.body.contains("This form had expired"), "{path}: {}", answer.body);
        for action in [deletes, keeps] {
            let form = answer.body.contains(&format!(r#"action="{action}""#));
            assert_eq!(form, shown && action == path, "{path}: the form of {action}");
        }
    };
    stale(deletes, true).await;
    stale(keeps, false).await;
    ada.carry_out(deletes, &[]).await;
    ada.sign_in(&ada.email()).await;
    stale(deletes, false).await;
    stale(keeps, true).await;
}

#[tokio::test]
async fn an_account_is_deleted_after_its_grace_period_and_not_before() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await, ada.email());
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&email).await;
    app.wait(TimeDelta::days(7) - TimeDelta::minutes(2));
    let account = app.account(id).await;
    let early = deletion::delete(&app.state, &account).await.unwrap();
    ada.sign_in(&email).await;
    assert_eq!((early, ada.get("/settings").await.status), (UserUpdate::Gone, StatusCode::OK));

    app.wait(TimeDelta::minutes(3));
    let now = app.state.clock.now();
    let due = unframed::db::statement(&app.state.pool, "test", async |conn| {
        user::find_due(conn, now, 10_000).await
    });
    assert!(due.await.unwrap().iter().any(|user| user.id == id), "the sweep finds the account");
    assert_eq!(deletion::delete(&app.state, &account).await.unwrap(), UserUpdate::Stored);
    assert_eq!(
        deletion::delete(&app.state, &account).await.unwrap(),
        UserUpdate::Gone,
        "a second deletion finds no account"
    );
    assert_eq!(
        ada.get("/api/v1/user/settings").await.status,
        StatusCode::UNAUTHORIZED,
        "its sessions are gone"
    );
    let answer = app.guest().post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "no sign-in works");
    let mails = app.mails_to(&email, 3).await;
    assert!(mails.iter().any(|mail| mail.contains("Your unframed account was deleted")), "{mails:#?}");
    let undo = app.mailed_link(&email, 3, "/undo/", "will be deleted after").await;
    assert_eq!(app.guest().get(&undo).await.status, StatusCode::NOT_FOUND, "the account no longer exists");
}
