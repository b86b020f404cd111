//! `/forgot-password`.

mod new_password;
mod timing;

use chrono::TimeDelta;
use regex::Regex;
use reqwest::StatusCode;

use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, TestApp};

/// Asks for a link and returns its path.
pub(super) async fn ask(app: &TestApp, browser: &Browser, email: &str) -> String {
    let answer = browser.post("/forgot-password", &[("email", email)]).await;
    assert_eq!(answer.location(), "/forgot-password/sent", "{}", answer.body);
    let mails = app.all_mails_to(email).await;
    let link = Regex::new("/forgot-password/[A-Za-z0-9_-]{43}").unwrap();
    let found = mails.iter().rev().find_map(|mail| link.find(mail));
    found.unwrap_or_else(|| panic!("no link: {mails:#?}")).as_str().to_owned()
}

#[tokio::test]
async fn the_answer_does_not_tell_who_has_an_account_and_the_mail_does() {
    let app = TestApp::spawn().await;
    let (ada, guest, unknown) = (app.member("Ada").await, app.guest(), fresh_email("nobody"));
    assert!(guest.get("/sign-in").await.body.contains("href=\"/forgot-password\""));
    let known = guest.post("/forgot-password", &[("email", &ada.email())]).await;
    let other = guest.post("/forgot-password", &[("email", &unknown)]).await;
    assert_eq!((known.status, known.location()), (other.status, other.location()));
    assert_eq!(known.headers.keys().collect::<Vec<_>>(), other.headers.keys().collect::<Vec<_>>());
    let sent = guest.get(known.location()).await;
    assert!(sent.body.contains("It works for 10 minutes."), "{}", sent.body);
    let told = app.mails_to(&ada.email(), 2).await;
    assert!(told[1].contains("Subject: Choose a new unframed password"), "{told:#?}");
    assert!(told[1].contains(&format!("(IP address {})", guest.address())), "{told:#?}");
    let told = app.mails_to(&unknown, 1).await;
    assert!(told[0].contains("No account has this email address") && !told[0].contains("http"), "{told:#?}");
}

#[tokio::test]
async fn a_stranger_cannot_use_up_the_links_of_an_owner_by_asking_for_other_addresses_of_the_mailbox() {
    let app = TestApp::spawn().await;
    let email = app.member("Ada").await.email();
    for tag in 0..4 {
        let other = email.replace('@', &format!("+{tag}@"));
        app.guest().post("/forgot-password", &[("email", &other)]).await;
        assert!(app.all_mails_to(&other).await.len() <= usize::from(tag == 0), "one an hour to the mailbox");
    }
    ask(&app, &app.guest(), &email).await;
}

#[tokio::test]
async fn a_link_is_in_the_language_of_the_account() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/language", &[("language", "de"), ("time_zone", "UTC")]).await;
    ask(&app, &app.guest(), &ada.email()).await;
    let told = app.all_mails_to(&ada.email()).await;
    assert!(
        told.last().unwrap().contains("Subject: Wählen Sie ein neues Passwort bei unframed"),
        "{told:#?}"
    );
}

#[tokio::test]
async fn a_malformed_address_is_refused_and_shown_again() {
    let app = TestApp::spawn().await;
    for typed in ["", "ada", "ada@", "a\u{202e}@example.com"] {
        let page = app.guest().post("/forgot-password", &[("email", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.body.contains("aria-invalid") && page.body.contains(&format!("value=\"{typed}\"")));
    }
}

#[tokio::test]
async fn a_mailbox_gets_at_most_two_links_an_hour_and_its_owner_can_renew_an_expired_one() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (email, guest) = (ada.email(), app.guest());
    let link = ask(&app, &guest, &email).await;
    for _ in 0..3 {
        app.guest().post("/forgot-password", &[("email", &email)]).await;
    }
    app.mails_to(&email, 3).await;
    app.wait(TimeDelta::minutes(11));
    let page = guest.get(&link).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.body.contains("has expired") && page.body.contains("Send a new link"), "{}", page.body);
    for _ in 0..2 {
        guest.post(&link, &[("renew", "yes")]).await;
    }
    let told = app.mails_to(&email, 4).await;
    assert!(told[3].contains("/forgot-password/") && !told[3].contains(&link), "{told:#?}");
}
