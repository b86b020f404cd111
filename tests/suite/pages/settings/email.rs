//! `/settings/email`.

mod waiting;

use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::harness::confirmation::{fresh_email, in_mail};

#[tokio::test]
async fn an_unchanged_or_malformed_address_is_refused_and_shown_again() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let own = ada.email().to_uppercase();
    for (typed, problem) in
        [(own.as_str(), "This is already your email address."), ("nobody@", "name@example.com")]
    {
        let answer = ada.submit("/settings/email", &[("email", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(problem) && answer.body.contains(typed), "{}", answer.body);
    }
    let stale = ada.post("/settings/email", &[("email", "new@example.com"), ("csrf_token", "x")]).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    assert!(stale.body.contains("new@example.com"), "{}", stale.body);
}

#[tokio::test]
async fn the_old_address_stays_valid_until_the_new_address_is_confirmed_and_is_emailed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (old, new) = (ada.email(), fresh_email("countess"));
    let done = ada.carry_out("/settings/email", &[("email", &new)]).await;
    assert_eq!(done.location(), "/settings?done=email-sent");
    let page = ada.get(done.location()).await;
    assert!(page.body.contains("sent an email to your new address"), "{}", page.body);
    assert!(page.body.contains(&new) && page.body.contains(&old), "{}", page.body);
    let asked = app.mails_to(&old, 2).await;
    let told =
        asked.iter().find(|mail| mail.contains("Request to change your unframed email address")).unwrap();
    assert!(
        told.contains(&in_mail(&new)) && told.contains("/undo/") && !told.contains("/email-change/"),
        "{told}"
    );
    let proof = app.mails_to(&new, 1).await;
    assert!(proof[0].contains("/email-change/") && !proof[0].contains("/undo/"), "{}", proof[0]);
    app.guest().sign_in(&old).await;
    let early =
        app.guest().post("/sign-in", &[("email", &new), ("password", crate::harness::PASSWORD)]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "not before it is confirmed");
}

#[tokio::test]
async fn a_text_chosen_by_a_stranger_is_no_link_in_a_mail_to_the_owner() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "www.evil.example/name")]).await;
    let (old, new) = (ada.email(), format!("www.evil.example/{}@mail.evil.example", uuid::Uuid::new_v4()));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&link, &[]).await.status, reqwest::StatusCode::SEE_OTHER);
    let mails = app.mails_to(&old, 3).await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("www[.]evil[.]example/")).count(), 2, "{mails:#?}");
    for mail in &mails {
        assert!(!mail.contains("evil.example") && !mail.contains("/name"), "{mail}");
    }
}

#[tokio::test]
async fn the_page_does_not_reveal_that_an_address_has_an_account() {
    let app = TestApp::spawn().await;
    let (ada, grace) = (app.member("Ada").await, app.member("Grace").await);
    let free = fresh_email("free");
    let mut pages = Vec::new();
    for new in [grace.email(), free.clone()] {
        let done = ada.carry_out("/settings/email", &[("email", &new)]).await;
        pages.push((done.location().to_owned(), ada.get(done.location()).await.body.replace(&new, "NEW")));
    }
    let dateless =
        |page: &str| regex::Regex::new(r"<time.*?</time>").unwrap().replace_all(page, "").into_owned();
    assert_eq!(pages[0].0, pages[1].0);
    assert_eq!(dateless(&pages[0].1), dateless(&pages[1].1), "the page does not reveal the account");
    let mails = app.mails_to(&grace.email(), 2).await;
    let mail = mails.iter().find(|mail| mail.contains("Request to use your email address")).unwrap();
    assert!(!mail.contains("/email-change/") && !mail.contains("/undo/"), "{mail}");
    assert!(app.mails_to(&free, 1).await[0].contains("/email-change/"));
}

#[tokio::test]
async fn an_account_can_begin_ten_changes_an_hour() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for _ in 0..10 {
        let answer = ada.submit("/settings/email", &[("email", "x@example.com")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let answer = ada.submit("/settings/email", &[("email", "x@example.com")]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn an_account_that_waits_for_its_deletion_cannot_change_its_address() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let email = ada.email();
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&email).await;
    let settings = ada.get("/settings").await;
    assert!(settings.body.contains("Will be deleted on"), "{}", settings.body);
    let typed = [("email", "new@example.com")];
    let token = settings.csrf_token();
    for (answer, status) in [
        (ada.get("/settings/email").await, StatusCode::OK),
        (ada.arrive("/settings/email", "cross-site").await, StatusCode::OK),
        (ada.post("/settings/email", &[("csrf_token", &token), typed[0]]).await, StatusCode::CONFLICT),
        (ada.post("/settings/email", &typed).await, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains("You can’t change your email address now"), "{}", answer.body);
        let main = answer.find(r"(?s)<main(.*)</main>").unwrap();
        assert!(!main.contains("<form") && main.contains(r#"href="/settings/delete""#), "{main}");
    }
    let begun =
        format!("pending_actions WHERE user_id = '{}' AND kind = 'change_email'", ada.user_id().await);
    assert_eq!(app.count(&begun).await, 0);
    ada.submit("/settings/delete/keep", &[]).await;
    assert_eq!(ada.submit("/settings/email", &typed).await.status, StatusCode::SEE_OTHER);
}
