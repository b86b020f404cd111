//! `/forgot-password/{token}`.

use chrono::TimeDelta;
use reqwest::StatusCode;

use super::ask;
use crate::harness::confirmation::fresh_email;
use crate::harness::{PASSWORD, TestApp};

/// Another password that every rule accepts.
const OTHER: &str = "gravel otter lantern 93";

#[tokio::test]
async fn a_link_gives_a_new_password_once_and_ends_every_session() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let email = ada.email();
    let pending = ada.begin_any("/settings/sessions/revoke-others").await;
    let (link, second) = (ask(&app, &guest, &email).await, ask(&app, &guest, &email).await);
    let page = guest.get(&link).await;
    assert!(page.body.contains(&format!("value=\"{email}\"")), "{}", page.body);
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "opening the link changes nothing");
    let changed = guest.post(&link, &[("password", OTHER)]).await;
    assert_eq!(changed.location(), "/sign-in?done=password-changed", "{}", changed.body);
    let page = guest.get(changed.location()).await;
    assert!(page.body.contains("Your password is changed."), "{}", page.body);
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out");
    assert!(!ada.still_waits(&pending).await);
    for used in [&link, &second] {
        let again = guest.post(used, &[("password", PASSWORD)]).await;
        assert_eq!(again.status, StatusCode::GONE, "{}", again.body);
    }
    let old = guest.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let new = guest.post("/sign-in", &[("email", &email), ("password", OTHER)]).await;
    assert_eq!(new.location(), "/settings");
    let told = app.mails_to(&email, 4).await;
    assert!(told[3].contains("Subject: unframed: New password chosen with a link"), "{told:#?}");
}

#[tokio::test]
async fn a_password_that_the_rules_refuse_leaves_the_link_open() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let link = ask(&app, &guest, &ada.email()).await;
    for (typed, error) in [
        ("", "Enter a password."),
        ("short", "15 characters or more"),
        (ada.email().as_str(), "easy to guess from your name or email address"),
    ] {
        let page = guest.post(&link, &[("password", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.body.contains(error), "{error}: {}", page.body);
    }
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
    assert_eq!(guest.post(&link, &[("password", OTHER)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_works_for_ten_minutes_and_only_for_the_address_that_it_went_to() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let (old, new) = (ada.email(), fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let confirm = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let link = ask(&app, &guest, &old).await;
    assert_eq!(guest.post(&confirm, &[]).await.status, StatusCode::SEE_OTHER);
    let page = guest.post(&link, &[("password", OTHER)]).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("email address has changed since"), "{}", page.body);
    let late = ask(&app, &guest, &new).await;
    app.wait(TimeDelta::minutes(10));
    assert_eq!(guest.post(&late, &[("password", OTHER)]).await.status, StatusCode::GONE);
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "nothing has changed");
    assert_eq!(guest.get("/forgot-password/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sixteen_uses_of_one_link_at_once_change_the_password_once() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let link = ask(&app, &guest, &ada.email()).await;
    let uses = (0..16).map(|_| guest.post(&link, &[("password", OTHER)]));
    let answers = futures_util::future::join_all(uses).await;
    let changed = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    let over = answers.iter().filter(|answer| answer.status == StatusCode::GONE).count();
    assert_eq!((changed, over), (1, 15), "{answers:?}");
    app.mails_to(&ada.email(), 3).await;
}

#[tokio::test]
async fn the_owner_can_undo_a_change_after_a_thief_has_chosen_a_password() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let (old, thief) = (ada.email(), fresh_email("thief"));
    ada.carry_out("/settings/email", &[("email", &thief)]).await;
    let confirm = app.mailed_link(&thief, 1, "/email-change/", "Confirm your new").await;
    guest.post(&confirm, &[]).await;
    let (link, unused) = (ask(&app, &guest, &thief).await, ask(&app, &guest, &thief).await);
    guest.post(&link, &[("password", OTHER)]).await;
    let undo = app.mailed_link(&old, 4, "/undo/", "was changed").await;
    app.undo(&undo).await;
    assert_eq!(guest.post(&unused, &[("password", PASSWORD)]).await.status, StatusCode::GONE);
    ada.sign_in(&old).await;
}

#[tokio::test]
async fn a_deletion_that_waits_goes_on_after_a_new_password() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let email = ada.email();
    ada.carry_out("/settings/delete", &[]).await;
    let link = ask(&app, &guest, &email).await;
    guest.post(&link, &[("password", OTHER)]).await;
    assert_eq!(app.count(&format!("users WHERE email = '{email}' AND delete_after IS NOT NULL")).await, 1);
    let undo = app.mailed_link(&email, 4, "/undo/", "will be deleted after").await;
    assert_eq!(guest.post(&undo, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_password_stops_a_change_of_email_address_that_waits() {
    let app = TestApp::spawn().await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    let new = fresh_email("thief");
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let confirm = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let link = ask(&app, &guest, &ada.email()).await;
    guest.post(&link, &[("password", OTHER)]).await;
    assert_eq!(guest.post(&confirm, &[]).await.status, StatusCode::GONE);
}
