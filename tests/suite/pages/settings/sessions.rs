//! `/settings/sessions`.

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

/// The ids of the sessions that have a button: all but the current one.
async fn others(browser: &Browser) -> Vec<String> {
    let page = browser.get("/settings/sessions").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.body.matches("This device</span>").count(), 1, "one session is marked: {}", page.body);
    let button = regex::Regex::new("/settings/sessions/([0-9a-f-]{36})/revoke").unwrap();
    button.captures_iter(&page.body).map(|found| found[1].to_owned()).collect()
}

/// A member with one more signed-in device.
async fn with_phone(app: &TestApp) -> (Browser, Browser) {
    let (ada, phone) = (app.member("Ada").await, app.guest());
    phone.sign_in(&ada.email()).await;
    (ada, phone)
}

fn sessions_of(browser: &Browser) -> String {
    format!("user_id IN (SELECT id FROM users WHERE email = '{}')", browser.email())
}

#[tokio::test]
async fn each_session_is_listed_with_its_device_and_its_ip_address() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let page = ada.get("/settings/sessions").await;
    assert!(page.body.contains(ada.address()) && page.body.contains(phone.address()), "{}", page.body);
    assert_eq!(page.body.matches("Firefox on Linux").count(), 3, "two headings and a button: {}", page.body);
    assert!(page.body.contains("You’re signed in at 1 other place."));
    assert_eq!((others(&ada).await.len(), others(&phone).await.len()), (1, 1));
    assert_ne!(others(&ada).await, others(&phone).await);
}

#[tokio::test]
async fn a_hostile_user_agent_is_shown_as_an_unknown_device() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let attack = ("user-agent", "<script>alert(1)</script>");
    let form = format!("email={}&password={}", ada.email(), crate::harness::PASSWORD.replace(' ', "+"));
    let answer = app.guest().send(reqwest::Method::POST, "/sign-in", Some(form), &[attack]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = ada.get("/settings/sessions").await;
    assert!(page.body.contains("Unknown device") && !page.body.contains("<script"), "{}", page.body);
}

#[tokio::test]
async fn ending_a_session_signs_it_out_at_once() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let [id] = others(&ada).await.try_into().expect("one other session");
    let path = format!("/settings/sessions/{id}/revoke");
    let answer = ada.submit(&path, &[]).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/settings/sessions?done=session-ended&count=1")
    );
    assert!(
        ada.get("/settings/sessions?done=session-ended&count=1")
            .await
            .body
            .contains("Signed out of 1 other place.")
    );
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER, "the ended session is refused");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "the current session is still valid");
    let again = ada.submit(&path, &[]).await;
    assert_eq!(
        again.location(),
        "/settings/sessions?done=session-ended-before",
        "the second time the session has already ended"
    );
    assert!(ada.get(again.location()).await.body.contains("You were already signed out there."));
}

#[tokio::test]
async fn a_user_can_neither_end_nor_detect_the_session_of_another_user() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let mallory = app.member("Mallory").await;
    let [id] = others(&ada).await.try_into().expect("one other session");
    let theirs = mallory.submit(&format!("/settings/sessions/{id}/revoke"), &[]).await;
    let none = mallory.submit(&format!("/settings/sessions/{}/revoke", uuid::Uuid::new_v4()), &[]).await;
    for answer in [theirs, none] {
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/settings/sessions?done=session-ended-before")
        );
    }
    assert_eq!(
        mallory.submit("/settings/sessions/not-an-id/revoke", &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(phone.get("/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_expired_session_is_refused_and_not_listed_while_its_row_exists() {
    let app = TestApp::spawn().await;
    let (ada, phone) = with_phone(&app).await;
    let [id] = others(&ada).await.try_into().expect("one other session");
    let expire = format!("UPDATE sessions SET expires_at = now() - INTERVAL '1 second' WHERE id = '{id}'");
    assert_eq!(app.execute(expire).await, 1);
    assert_eq!(phone.get("/settings").await.status, StatusCode::SEE_OTHER);
    assert!(others(&ada).await.is_empty());
    assert_eq!(app.count(&format!("sessions WHERE id = '{id}'")).await, 1);
}

#[tokio::test]
async fn use_extends_a_session_up_to_its_absolute_limit() {
    let limits = [("SESSION_IDLE_MINUTES", "5"), ("SESSION_ABSOLUTE_HOURS", "1")];
    let app = TestApp::spawn_configured(&limits).await;
    let ada = app.member("Ada").await;
    let own = sessions_of(&ada);
    let as_configured = format!(
        "sessions WHERE {own} AND expires_at = created_at + INTERVAL '5 minutes' \
         AND absolute_expires_at = created_at + INTERVAL '1 hour'"
    );
    assert_eq!(app.count(&as_configured).await, 1);
    // Used within the last minute: nothing is written.
    ada.get("/settings").await;
    assert_eq!(app.count(&as_configured).await, 1);
    // Used two minutes ago: use moves the idle limit.
    let two_minutes_ago =
        "last_used_at = now() - INTERVAL '2 minutes', expires_at = now() + INTERVAL '3 minutes'";
    app.execute(format!("UPDATE sessions SET {two_minutes_ago} WHERE {own}")).await;
    ada.get("/settings").await;
    let moved = format!("sessions WHERE {own} AND expires_at > now() + INTERVAL '4 minutes'");
    assert_eq!(app.count(&moved).await, 1);
    // Half a minute before the absolute limit: use moves it up to that and no further.
    let near_the_end = "absolute_expires_at = now() + INTERVAL '30 seconds'";
    app.execute(format!("UPDATE sessions SET {two_minutes_ago}, {near_the_end} WHERE {own}")).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
    let capped = format!("sessions WHERE {own} AND expires_at = absolute_expires_at");
    assert_eq!(app.count(&capped).await, 1);
}
