//! `/settings/activity`.

use chrono::TimeDelta;
use regex::Regex;
use reqwest::StatusCode;
use unframed::domain::EventKind;
use unframed::models::security_event;

use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, NEW_PASSWORD, TestApp};

/// The texts of the events on a page, newest first.
async fn events(browser: &Browser, path: &str) -> Vec<String> {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let text = Regex::new(r#"<p class="event-what">([^<]+)</p>"#).unwrap();
    text.captures_iter(&page.body).map(|found| found[1].to_owned()).collect()
}

#[tokio::test]
async fn what_happens_with_an_account_is_listed_newest_first_with_device_and_address() {
    let app = TestApp::spawn().await;
    let (ada, stranger, phone) = (app.member("Ada").await, app.guest(), app.guest());
    stranger.post("/sign-in", &[("email", &ada.email()), ("password", "wrong")]).await;
    phone.sign_in(&ada.email()).await;
    phone.submit("/sign-out", &[]).await;
    phone.sign_in(&ada.email()).await;
    ada.submit("/settings/profile", &[("display_name", "Ada L.")]).await;
    ada.submit("/settings/card", &[("card", "on")]).await;
    ada.submit("/settings/card", &[("card", "off")]).await;
    ada.carry_out("/settings/email", &[("email", &fresh_email("countess"))]).await;
    ada.submit("/settings/email/cancel", &[]).await;
    ada.carry_out("/settings/export", &[]).await;
    ada.carry_out("/settings/sessions/revoke-others", &[]).await;
    ada.carry_out("/settings/password", &[("password", crate::harness::PASSWORD), ("end_others", "no")])
        .await;
    ada.carry_out("/settings/delete", &[]).await;
    ada.sign_in(&ada.email()).await;
    ada.submit("/settings/delete/keep", &[]).await;
    let listed = events(&ada, "/settings/activity").await;
    assert_eq!(
        listed,
        [
            "Deletion of the account cancelled",
            "Signed in",
            "Deletion of the account requested",
            "Password changed",
            "Signed out everywhere else",
            "Data exported",
            "Change of email address cancelled",
            "Change of email address requested",
            "Public card switched off",
            "Public card switched on",
            "Name changed",
            "Signed in",
            "Signed out",
            "Signed in on a new device",
            "Someone tried to sign in with a wrong password",
            "Account created",
        ]
    );
    let page = ada.get("/settings/activity").await;
    assert!(page.body.contains(&format!("IP address {}", stranger.address())), "{}", page.body);
    assert!(page.body.contains("Firefox on Linux"), "{}", page.body);
}

#[tokio::test]
async fn a_reset_and_an_undo_are_listed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let link = crate::pages::forgot_password::ask(&app, &app.guest(), &ada.email()).await;
    app.guest().post(&link, &[("password", NEW_PASSWORD)]).await;
    ada.post("/sign-in", &[("email", &ada.email()), ("password", NEW_PASSWORD)]).await;
    let listed = events(&ada, "/settings/activity").await;
    assert_eq!(
        listed,
        [
            // The new password made all devices new.
            "Signed in on a new device",
            "New password chosen with a link from an email",
            "Link for a new password requested",
            "Account created",
        ]
    );
}

#[tokio::test]
async fn pages_of_events_follow_each_other_without_gap_or_repetition() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    // Many at one time: the id decides between them.
    app.execute(format!(
        "INSERT INTO security_events (user_id, kind, created_at, expires_at) \
         SELECT '{id}', 'signed-out', now() - INTERVAL '1 hour', now() + INTERVAL '1 day' \
         FROM generate_series(1, 119)"
    ))
    .await;
    let (mut path, mut seen) = ("/settings/activity".to_owned(), Vec::new());
    loop {
        let page = ada.get(&path).await;
        seen.push(page.body.matches("class=\"event-what\"").count());
        match page.find(r#"href="(/settings/activity\?after=[^"]+)""#) {
            Some(older) => path = older,
            None => break,
        }
    }
    assert_eq!(seen, [50, 50, 20]);
    assert_eq!(events(&ada, &path).await.last().unwrap(), "Signed out");
    let (early, late) = (format!("after=-1.{id}"), format!("after={}.{id}", i64::MAX));
    for malformed in [early.as_str(), &late, "after=", "after=x", "after=1.x", "after=%00", "after=1&after=2"]
    {
        assert_eq!(events(&ada, &format!("/settings/activity?{malformed}")).await.len(), 50, "{malformed}");
    }
}

#[tokio::test]
async fn events_are_kept_for_400_days_and_belong_to_their_account() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    assert_eq!(security_event::KEPT, TimeDelta::days(400));
    bob.submit("/settings/profile", &[("display_name", "Robert")]).await;
    assert_eq!(events(&ada, "/settings/activity").await, ["Account created"]);
    let id = ada.user_id().await;
    app.execute(format!("UPDATE security_events SET expires_at = now() WHERE user_id = '{id}'")).await;
    let page = ada.get("/settings/activity").await;
    assert!(page.body.contains("Nothing happened in the last 400 days."), "{}", page.body);
}

#[tokio::test]
async fn an_event_of_another_version_is_listed_as_another_event() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    app.execute(format!("UPDATE security_events SET kind = 'not-yet-invented' WHERE user_id = '{id}'")).await;
    assert_eq!(events(&ada, "/settings/activity").await, ["Another event"]);
    assert!(EventKind::parse("not-yet-invented").is_none());
}

#[tokio::test]
async fn a_change_to_the_same_value_is_no_event_and_changes_are_limited() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/card", &[("card", "off")]).await;
    ada.submit("/settings/profile", &[("display_name", "Ada")]).await;
    assert_eq!(events(&ada, "/settings/activity").await, ["Account created"]);
    let mut changes = 0;
    let limited = loop {
        let card = if changes % 2 == 0 { "on" } else { "off" };
        let answer = ada.submit("/settings/card", &[("card", card)]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        changes += 1;
        // One attempt comes back each minute, so a slow run may make a few more.
        assert!(changes < 70, "changes are not limited");
    };
    assert!(changes >= 60, "{changes}");
    assert!(limited.header("retry-after").is_some() && limited.body.contains(" seconds"), "{}", limited.body);
}

#[tokio::test]
async fn strangers_cannot_fill_the_list_with_failures() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for _ in 0..30 {
        let answer = app.guest().post("/sign-in", &[("email", &ada.email()), ("password", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let listed = events(&ada, "/settings/activity").await;
    assert_eq!(listed.iter().filter(|event| event.starts_with("Someone tried")).count(), 20);
}
