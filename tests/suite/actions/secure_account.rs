//! The undo link of what no former state can answer: a sign-in, a new password, an export.

use reqwest::StatusCode;

use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, NEW_PASSWORD, PASSWORD, TestApp};

async fn opens(app: &TestApp, email: &str, password: &str) -> bool {
    let answer = app.guest().post("/sign-in", &[("email", email), ("password", password)]).await;
    answer.status == StatusCode::SEE_OTHER
}

/// The path of the undo link in the last mail that an email address got about an event.
async fn link_about(app: &TestApp, email: &str, event: &str) -> String {
    let mails = app.all_mails_to(email).await;
    let subject = format!("Subject: unframed: {event}");
    let mail = mails.iter().rev().find(|mail| mail.contains(&subject));
    let mail = mail.unwrap_or_else(|| panic!("no mail about {event}: {mails:#?}"));
    let link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap();
    link.find(mail).unwrap_or_else(|| panic!("no link: {mail}")).as_str().to_owned()
}

/// Presses the button of an undo link and chooses a password on the page that follows.
async fn undo(app: &TestApp, link: &str, password: &str) -> Browser {
    let owner = app.guest();
    let undone = owner.post(link, &[]).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
    let form = owner.get(undone.location()).await;
    assert!(form.body.contains("the former password no longer works"), "{}", form.body);
    let path = undone.location().split('?').next().unwrap();
    let chosen = owner.post(path, &[("password", password)]).await;
    assert_eq!(chosen.location(), "/sign-in?done=password-changed", "{}", chosen.body);
    owner
}

#[tokio::test]
async fn the_owner_takes_back_an_account_whose_password_a_thief_has_changed() {
    let app = TestApp::spawn().await;
    let (ada, thief) = (app.member("Ada").await, app.guest());
    thief.sign_in(&ada.email()).await;
    thief.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let link = link_about(&app, &ada.email(), "Password changed").await;
    let page = app.guest().get(&link).await;
    assert!(page.body.contains("Secure your account"), "{}", page.body);
    assert_eq!(thief.get("/settings").await.status, StatusCode::OK, "opening the link changes nothing");
    let third = "copper window gentle 63";
    undo(&app, &link, third).await;
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "every session has ended");
    assert!(opens(&app, &ada.email(), third).await);
    for useless in [PASSWORD, NEW_PASSWORD] {
        assert!(!opens(&app, &ada.email(), useless).await);
    }
}

#[tokio::test]
async fn the_first_link_is_enough_if_the_thief_then_changed_the_address_and_asked_for_the_deletion() {
    let app = TestApp::spawn().await;
    let (ada, thief, address) = (app.member("Ada").await, app.guest(), fresh_email("thief"));
    let owner = ada.email();
    thief.sign_in(&owner).await;
    let link = link_about(&app, &owner, "Signed in on a new device").await;
    thief.carry_out("/settings/email", &[("email", &address)]).await;
    let change = app.mailed_link(&address, 1, "/email-change/", "Confirm your new").await;
    thief.post(&change, &[]).await;
    thief.carry_out("/settings/delete", &[]).await;
    assert!(app.guest().get(&link).await.body.contains(&owner), "the page names the address");
    undo(&app, &link, NEW_PASSWORD).await;
    assert!(opens(&app, &owner, NEW_PASSWORD).await && !opens(&app, &address, NEW_PASSWORD).await);
    let lost = app.all_mails_to(&address).await;
    assert!(lost.iter().any(|mail| mail.contains("email address was changed back")), "{lost:#?}");
    let theirs = link_about_deletion(&lost);
    assert_eq!(app.guest().post(&theirs, &[]).await.status, StatusCode::GONE, "the thief's links are void");
}

/// The undo link of a deletion request.
fn link_about_deletion(mails: &[String]) -> String {
    let mail = mails.iter().find(|mail| mail.contains("will be deleted after")).expect("a mail");
    let link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap();
    link.find(mail).expect("a link").as_str().to_owned()
}

#[tokio::test]
async fn nobody_can_sign_in_between_the_undo_and_the_new_password() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    app.guest().sign_in(&ada.email()).await;
    let link = link_about(&app, &ada.email(), "Signed in on a new device").await;
    let undone = app.guest().post(&link, &[]).await;
    assert!(!opens(&app, &ada.email(), PASSWORD).await);
    // A double click sends the form twice; its second answer is what the browser shows.
    let again = app.guest().post(&link, &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert_eq!(Some(again.location()), undone.location().split('?').next());
    app.wait(chrono::TimeDelta::minutes(10));
    let late = app.guest().post(again.location(), &[("password", NEW_PASSWORD)]).await;
    assert_eq!(late.status, StatusCode::GONE, "the reset works for 10 minutes");
    assert!(!opens(&app, &ada.email(), NEW_PASSWORD).await);
}

#[tokio::test]
async fn a_used_link_is_over_once_the_account_has_a_password_again() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    app.guest().sign_in(&ada.email()).await;
    let link = link_about(&app, &ada.email(), "Signed in on a new device").await;
    undo(&app, &link, NEW_PASSWORD).await;
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(app.guest().get(&link).await.status, StatusCode::GONE);
    assert!(opens(&app, &ada.email(), NEW_PASSWORD).await);
}

#[tokio::test]
async fn a_thief_who_changed_the_address_cannot_hide_later_events_from_its_owner() {
    let app = TestApp::spawn().await;
    let (ada, thief, address) = (app.member("Ada").await, app.guest(), fresh_email("thief"));
    let owner = ada.email();
    thief.sign_in(&owner).await;
    thief.carry_out("/settings/email", &[("email", &address)]).await;
    let link = app.mailed_link(&address, 1, "/email-change/", "Confirm your new").await;
    thief.post(&link, &[]).await;
    thief.carry_out("/settings/password", &[("password", NEW_PASSWORD)]).await;
    let told = app.all_mails_to(&owner).await;
    let notice = told.last().expect("a mail");
    assert!(notice.contains("Subject: unframed: Password changed"), "{told:#?}");
    assert!(notice.contains("This was the email address of an account at unframed"), "{notice}");
    assert!(!notice.contains("/undo/"), "the link is in the earlier mail: {notice}");
    let changed = told.iter().find(|mail| mail.contains("Subject: Your unframed email address was changed"));
    let undo_link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap();
    let link = undo_link.find(changed.expect("the mail with the link")).expect("a link").as_str().to_owned();
    undo(&app, &link, "copper window gentle 63").await;
    assert!(opens(&app, &owner, "copper window gentle 63").await);
    assert!(!opens(&app, &address, NEW_PASSWORD).await && !opens(&app, &owner, NEW_PASSWORD).await);
}
