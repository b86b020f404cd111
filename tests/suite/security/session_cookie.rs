//! The name and the attributes of the session cookie, and the headers that https adds to each answer.

use reqwest::StatusCode;

use crate::harness::{Browser, PASSWORD, TestApp};

async fn set_cookie_of_sign_in(app: &TestApp, browser: &Browser) -> String {
    let answer = app.guest().post("/sign-in", &[("email", &browser.email()), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let line = answer.header("set-cookie").expect("a cookie").to_owned();
    let (pair, attributes) = line.split_once("; ").expect("attributes");
    let (name, token) = pair.split_once('=').expect("a pair");
    assert_eq!(token.len(), 43, "256 bits in base64url");
    let mut attributes: Vec<&str> = attributes.split("; ").collect();
    attributes.sort_unstable();
    format!("{name}: {}", attributes.join(", "))
}

#[tokio::test]
async fn on_http_the_cookie_is_plain_but_closed_to_scripts() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    assert_eq!(set_cookie_of_sign_in(&app, &ada).await, "session: HttpOnly, Path=/, SameSite=Lax");
    assert!(ada.get("/").await.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_the_host_and_the_site_to_https() {
    let app = TestApp::spawn_configured(&[("PUBLIC_URL", "https://account.example.com")]).await;
    let ada = app.member("Ada").await;
    assert_eq!(
        set_cookie_of_sign_in(&app, &ada).await,
        "__Host-session: HttpOnly, Path=/, SameSite=Lax, Secure"
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
