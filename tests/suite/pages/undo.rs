//! `/undo/{token}`: the owner can reverse a takeover.

use reqwest::StatusCode;
use unframed::domain::SecretToken;

use crate::harness::confirmation::{fresh_email, in_mail};
use crate::harness::{Browser, PASSWORD, TestApp};

const ASKED: &str = "Request to change your unframed email address";
const CHANGED: &str = "Your unframed email address was changed";

/// Changes the email address and confirms the new one.
async fn change(app: &TestApp, member: &Browser, new: &str) {
    member.carry_out("/settings/email", &[("email", new)]).await;
    let link = app.mailed_link(new, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::SEE_OTHER);
}

async fn can_sign_in(app: &TestApp, email: &str) -> bool {
    let answer = app.guest().post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    answer.status == StatusCode::SEE_OTHER
}

#[tokio::test]
async fn an_undo_link_restores_the_old_address_and_ends_all_sessions() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("thief"));
    change(&app, &ada, &new).await;
    let undo = app.mailed_link(&old, 3, "/undo/", CHANGED).await;
    for _ in 0..2 {
        let page = app.guest().arrive(&undo, "cross-site").await;
        assert!(page.status == StatusCode::OK && page.body.contains(&old), "{}", page.body);
    }
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "opening the link changes nothing");
    app.undo(&undo).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "every session has ended");
    assert!(can_sign_in(&app, &old).await && !can_sign_in(&app, &new).await);
    assert_eq!(app.guest().post(&undo, &[]).await.status, StatusCode::GONE, "a link works once");
}

#[tokio::test]
async fn the_undo_link_of_a_request_stops_the_pending_change() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("thief"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let prove = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let stop = app.mailed_link(&old, 2, "/undo/", ASKED).await;
    app.undo(&stop).await;
    assert_eq!(app.guest().post(&prove, &[]).await.status, StatusCode::GONE, "the change was stopped");
    assert!(can_sign_in(&app, &old).await && !can_sign_in(&app, &new).await);
}

#[tokio::test]
async fn a_hijacker_cannot_give_the_owners_address_to_another_account() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (owner, one, two) = (ada.email(), fresh_email("one"), fresh_email("two"));
    change(&app, &ada, &one).await;
    change(&app, &ada, &two).await;
    ada.carry_out("/settings/delete", &[]).await;
    // Neither a new account nor a change of another account can take the owner's email address.
    let squatter = app.guest();
    assert_eq!(squatter.post("/sign-up", &[("email", &owner)]).await.status, StatusCode::SEE_OTHER);
    let other = app.member("Other").await;
    other.carry_out("/settings/email", &[("email", &owner)]).await;
    let mails = app.mails_to(&owner, 8).await;
    let refused = mails.iter().find(|mail| mail.contains("Subject: You already have an account at unframed"));
    assert!(refused.is_some_and(|mail| !mail.contains("/sign-up/")), "{mails:#?}");
    let wanted = mails.iter().find(|mail| mail.contains("Request to use your email address"));
    assert!(wanted.is_some_and(|mail| !mail.contains("/email-change/")), "{mails:#?}");
}

#[tokio::test]
async fn an_undo_link_works_after_later_changes_and_a_deletion_request() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (owner, one, two) = (ada.email(), fresh_email("one"), fresh_email("two"));
    change(&app, &ada, &one).await;
    change(&app, &ada, &two).await;
    ada.carry_out("/settings/delete", &[]).await;
    // Each former address also learns what happened after it: both changes, and the deletion request.
    let theirs = app.mailed_link(&one, 4, "/undo/", CHANGED).await;
    let keeps = app.mailed_link(&two, 2, "/undo/", "will be deleted after").await;
    let ours = app.mailed_link(&owner, 6, "/undo/", CHANGED).await;
    app.undo(&ours).await;
    ada.sign_in(&owner).await;
    let settings = ada.get("/settings").await;
    assert!(settings.body.contains(&owner) && !settings.body.contains("will be deleted on"));
    for later in [&theirs, &keeps] {
        assert_eq!(app.guest().post(later, &[]).await.status, StatusCode::GONE, "the link is void");
    }
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}

/// The clock of the second instance is behind, so a later change has an earlier time.
#[tokio::test]
async fn an_undo_link_voids_later_links_though_the_clocks_of_the_instances_differ() {
    let (ahead, behind) = (TestApp::spawn().await, TestApp::spawn().await);
    ahead.wait(chrono::TimeDelta::minutes(20));
    let ada = ahead.member("Ada").await;
    let (owner, one, two) = (ada.email(), fresh_email("one"), fresh_email("two"));
    change(&ahead, &ada, &one).await;
    let elsewhere = behind.guest();
    elsewhere.sign_in(&one).await;
    change(&behind, &elsewhere, &two).await;
    let theirs = behind.mailed_link(&one, 3, "/undo/", CHANGED).await;
    let ours = ahead.mailed_link(&owner, 5, "/undo/", CHANGED).await;
    ahead.undo(&ours).await;
    assert_eq!(behind.guest().post(&theirs, &[]).await.status, StatusCode::GONE, "the link is void");
    assert!(can_sign_in(&behind, &owner).await && !can_sign_in(&behind, &one).await);
}

#[tokio::test]
async fn the_undo_link_of_a_deletion_request_keeps_the_account() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&ada.email()).await;
    let undo = app.mailed_link(&ada.email(), 2, "/undo/", "will be deleted after").await;
    assert!(app.guest().get(&undo).await.body.contains("Keep your account"));
    assert!(ada.get("/settings").await.body.contains("Your account will be deleted on"));
    app.undo(&undo).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "every session has ended");
    ada.sign_in(&ada.email()).await;
    assert!(!ada.get("/settings").await.body.contains("will be deleted on"));
    assert_eq!(app.guest().post(&undo, &[]).await.status, StatusCode::GONE, "a link works once");
}

#[tokio::test]
async fn an_unknown_link_is_404() {
    let app = TestApp::spawn().await;
    for token in [SecretToken::generate().unwrap().encode(), "nonsense".to_owned()] {
        let path = format!("/undo/{token}");
        assert_eq!(app.guest().get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.guest().post(&path, &[]).await.status, StatusCode::NOT_FOUND);
    }
}

const LOST: &str = "unframed email address was changed back";

#[tokio::test]
async fn only_the_address_that_loses_the_account_is_emailed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (owner, one, two) = (ada.email(), fresh_email("one"), fresh_email("two"));
    change(&app, &ada, &one).await;
    let ours = app.mailed_link(&owner, 3, "/undo/", CHANGED).await;
    change(&app, &ada, &two).await;
    app.undo(&ours).await;
    assert_eq!(app.guest().post(&ours, &[]).await.status, StatusCode::GONE);
    // The link that confirmed it, and the notice.
    let lost = app.mails_to(&two, 2).await;
    let told = lost.iter().find(|mail| mail.contains(LOST)).unwrap_or_else(|| panic!("{lost:#?}"));
    assert!(told.contains(&in_mail(&owner)) && !told.contains("/undo/"), "{told}");
    // The owner also learned of the second change, twice, and then of the new password.
    for (address, mails) in [(&owner, 6), (&one, 3), (&two, 2)] {
        assert_eq!(app.mails_to(address, mails).await.len(), mails, "{address}");
    }
}

#[tokio::test]
async fn stopping_a_pending_change_tells_only_of_the_new_password() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("thief"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let stop = app.mailed_link(&old, 2, "/undo/", ASKED).await;
    app.undo(&stop).await;
    assert_eq!((app.mails_to(&old, 3).await.len(), app.mails_to(&new, 1).await.len()), (3, 1));
}

#[tokio::test]
async fn keeping_an_account_leaves_the_undo_link_of_its_email_address() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (owner, thief) = (ada.email(), fresh_email("thief"));
    change(&app, &ada, &thief).await;
    ada.carry_out("/settings/delete", &[]).await;
    let keeps = app.mailed_link(&thief, 2, "/undo/", "will be deleted after").await;
    app.undo(&keeps).await;
    let back = app.mailed_link(&owner, 5, "/undo/", CHANGED).await;
    app.undo(&back).await;
    assert!(can_sign_in(&app, &owner).await && !can_sign_in(&app, &thief).await);
}
