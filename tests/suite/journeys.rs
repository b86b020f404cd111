//! The whole life of an account, page by page.

use reqwest::StatusCode;

use crate::harness::{Browser, PASSWORD, TestApp};

/// Follows the redirects that a browser would follow and returns the last page.
async fn follow(browser: &Browser, from: crate::harness::Answer) -> (String, String) {
    let (mut answer, mut path) = (from, String::new());
    for _ in 0..5 {
        if !answer.status.is_redirection() {
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
            return (path, answer.body);
        }
        path = answer.location().to_owned();
        answer = browser.get(&path).await;
    }
    panic!("too many redirects, at {path}");
}

#[tokio::test]
async fn a_user_can_sign_up_change_the_name_end_a_session_and_sign_in_again() {
    let app = TestApp::spawn().await;
    let laptop = app.guest();

    // A link from another site leads to the start page, and from there to an account.
    let start = laptop.send(reqwest::Method::GET, "/", None, &[("sec-fetch-site", "cross-site")]).await;
    assert!(start.body.contains("href=\"/sign-up\""));
    let email = format!("grace-{}@example.com", uuid::Uuid::new_v4());
    let (path, page) = follow(&laptop, laptop.post("/sign-up", &[("email", &email)]).await).await;
    assert_eq!(path, "/sign-up/sent");
    assert!(page.contains("<h1>Check your email</h1>"));
    let link = laptop.ask_for_sign_up(&email).await;
    assert!(laptop.get(&link).await.body.contains("<h1>Create your account</h1>"));
    let form = [("display_name", "Grace"), ("password", PASSWORD)];
    let (path, page) = follow(&laptop, laptop.post(&link, &form).await).await;
    assert_eq!(path, "/settings");
    assert!(page.contains("Grace"));

    // A new name is visible on each signed-in device.
    let phone = app.guest();
    phone.sign_in(&email).await;
    let (path, page) =
        follow(&laptop, laptop.submit("/settings/profile", &[("display_name", "Rear Admiral")]).await).await;
    assert_eq!(path, "/settings/profile?done=saved");
    assert!(page.contains("Your changes are saved.") && page.contains("Rear Admiral"));
    assert!(phone.get("/settings").await.body.contains("Rear Admiral"));

    // The laptop signs the lost phone out.
    let list = laptop.get("/settings/sessions").await;
    let revoke = list.find("action=\"(/settings/sessions/[0-9a-f-]{36}/revoke)\"").expect("the phone");
    let (_, page) = follow(&laptop, laptop.post(&revoke, &[("csrf_token", &list.csrf_token())]).await).await;
    assert!(
        page.contains("Signed out of 1 other place.") && page.contains("You’re not signed in anywhere else.")
    );
    assert_eq!(phone.get("/settings").await.location(), "/sign-in?next=%2Fsettings");

    // After signing out, signing in leads to the page that was asked for.
    let (path, _) = follow(&laptop, laptop.submit("/sign-out", &[]).await).await;
    assert_eq!(path, "/?done=signed-out");
    let (path, page) = follow(&laptop, laptop.get("/settings/sessions").await).await;
    assert_eq!(path, "/sign-in?next=%2Fsettings%2Fsessions");
    assert!(page.contains("Sign in to continue."));
    let next =
        regex::Regex::new("name=\"next\" value=\"([^\"]+)\"").unwrap().captures(&page).unwrap()[1].to_owned();
    let form = [("email", email.as_str()), ("password", PASSWORD), ("next", next.as_str())];
    let (path, page) = follow(&laptop, laptop.post("/sign-in", &form).await).await;
    assert_eq!(path, "/settings/sessions");
    assert!(page.contains("Rear Admiral"));
}
