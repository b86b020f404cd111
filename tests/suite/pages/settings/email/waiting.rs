//! `/settings/email/send-again` and `/settings/email/cancel`.

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

#[tokio::test]
async fn a_change_that_waits_can_be_seen_and_cancelled() {
    let app = TestApp::spawn().await;
    let (ada, new) = (app.member("Ada").await, fresh_email("countess"));
    assert!(!ada.get("/settings").await.body.contains("Waiting for you"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    for path in ["/settings", "/settings/email"] {
        let page = ada.get(path).await;
        assert!(
            page.body.contains("Waiting for you to confirm") && page.body.contains(&new),
            "{}",
            page.body
        );
    }
    let done = ada.submit("/settings/email/cancel", &[]).await;
    assert_eq!(done.location(), "/settings/email?done=email-change-cancelled");
    let page = ada.get(done.location()).await;
    assert!(page.body.contains("The change is cancelled.") && !page.body.contains(&new), "{}", page.body);
    assert_eq!(app.guest().post(&link, &[]).await.status, StatusCode::GONE);
    let again = ada.submit("/settings/email/cancel", &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "a second press does no harm");
}

#[tokio::test]
async fn the_link_can_be_sent_again_after_an_hour_and_the_former_one_ends() {
    let app = TestApp::spawn().await;
    let (ada, new) = (app.member("Ada").await, fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let first = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let early = ada.submit("/settings/email/send-again", &[]).await;
    assert_eq!(early.location(), "/settings/email?done=email-sent-again");
    assert_eq!(app.all_mails_to(&new).await.len(), 1, "one an hour");
    assert_eq!(app.guest().get(&first).await.status, StatusCode::OK, "its link goes on working");
    app.wait(TimeDelta::hours(1));
    ada.sign_in(&ada.email()).await;
    ada.submit("/settings/email/send-again", &[]).await;
    let mails = app.all_mails_to(&new).await;
    assert_eq!(mails.len(), 2);
    assert_eq!(app.guest().get(&first).await.status, StatusCode::GONE);
    let second = regex::Regex::new("/email-change/[A-Za-z0-9_-]{43}").unwrap();
    let second =
        mails.iter().filter_map(|mail| second.find(mail)).find(|link| link.as_str() != first).unwrap();
    assert_eq!(app.guest().post(second.as_str(), &[]).await.status, StatusCode::SEE_OTHER);
    let nothing = ada.submit("/settings/email/send-again", &[]).await;
    assert_eq!(nothing.location(), "/settings/email", "nothing waits any more");
    assert_eq!(app.all_mails_to(&new).await.iter().filter(|mail| mail.contains("/email-change/")).count(), 2);
}
