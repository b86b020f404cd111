//! The name and the attributes of the session cookie, and the headers that https adds to each answer.

use reqwest::StatusCode;

use crate::harness::{Browser, PASSWORD, TestApp};

/// The names and attributes of the cookies that a sign-in sets.
async fn cookies_of_sign_in(app: &TestApp, browser: &Browser, remember: &str) -> Vec<String> {
    let fields =
        [("email", browser.email()), ("password", PASSWORD.to_owned()), ("remember", remember.to_owned())];
    let answer =
        app.guest().post_all("/sign-in", &fields.map(|(name, value)| (name.to_owned(), value))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
    let described = lines.map(|line| {
        let (pair, attributes) = line.split_once("; ").expect("attributes");
        let (name, value) = pair.split_once('=').expect("a pair");
        let length = if name.ends_with("session") { 43 } else { 75 };
        assert_eq!(value.len(), length, "256 bits in base64url; for the device 448");
        let mut attributes: Vec<&str> = attributes.split("; ").collect();
        attributes.sort_unstable();
        format!("{name}: {}", attributes.join(", "))
    });
    described.collect()
}

#[tokio::test]
async fn on_http_the_cookie_is_plain_but_closed_to_scripts() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let device = "device: HttpOnly, Max-Age=34560000, Path=/, SameSite=Lax";
    assert_eq!(
        cookies_of_sign_in(&app, &ada, "").await,
        ["session: HttpOnly, Path=/, SameSite=Lax", device],
        "the session ends with the browser's"
    );
    assert_eq!(
        cookies_of_sign_in(&app, &ada, "yes").await,
        ["session: HttpOnly, Max-Age=2592000, Path=/, SameSite=Lax", device],
        "the session of a user who stays signed in does not"
    );
    assert!(ada.get("/").await.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host_and_the_site_to_https() {
    let app = TestApp::spawn_configured(&[("PUBLIC_URL", "https://account.example.com")]).await;
    let ada = app.member("Ada").await;
    assert_eq!(
        cookies_of_sign_in(&app, &ada, "").await,
        [
            "__Host-session: HttpOnly, Path=/, SameSite=Lax, Secure",
            "__Host-device: HttpOnly, Max-Age=34560000, Path=/, SameSite=Lax, Secure",
        ]
    );
    for path in ["/", "/nope", "/settings", "/healthz"] {
        let answer = ada.get(path).await;
        assert_eq!(
            answer.header("strict-transport-security"),
            Some("max-age=63072000; includeSubDomains"),
            "{path}"
        );
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.split("; ").any(|directive| directive == "upgrade-insecure-requests"), "{policy}");
    }
    let token = ada.cookie("__Host-session").expect("the cookie");
    let sibling = app.guest();
    sibling.set_cookie("session", &token);
    assert_eq!(
        sibling.get("/settings").await.status,
        StatusCode::SEE_OTHER,
        "the plain name counts for nothing"
    );
}

#[tokio::test]
async fn a_malformed_token_counts_as_no_cookie() {
    let app = TestApp::spawn().await;
    for value in ["x", &"A".repeat(43), &"A".repeat(4000), "%00", "\"\"", "A=B"] {
        let guest = app.guest();
        guest.set_cookie("session", value);
        let answer = guest.get("/settings").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fsettings"));
        assert_eq!(guest.get("/").await.status, 200);
    }
}
