//! `/api/v1/forward-auth`, asked as proxies ask it.

mod proxies;

use reqwest::{Method, StatusCode};

use crate::harness::TestApp;

const PATH: &str = "/api/v1/forward-auth";

#[tokio::test]
async fn a_member_is_named_whatever_the_browser_does_with_the_page_behind_the_proxy() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Zoë, Ünsal 1%")]).await;
    for (dest, mode, site) in [
        ("document", "navigate", "cross-site"),
        ("iframe", "navigate", "same-origin"),
        ("empty", "cors", "same-origin"),
        ("image", "no-cors", "cross-site"),
        ("", "", ""),
    ] {
        let headers = [("sec-fetch-dest", dest), ("sec-fetch-mode", mode), ("sec-fetch-site", site)];
        let answer = ada.send(Method::GET, PATH, None, &headers).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{dest}");
        assert_eq!(answer.header("x-unframed-user-id"), Some(ada.user_id().await.to_string().as_str()));
        assert_eq!(answer.header("x-unframed-email"), Some(ada.email().as_str()));
        assert_eq!(answer.header("x-unframed-display-name"), Some("Zo%C3%AB%2C%20%C3%9Cnsal%201%25"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    }
}

#[tokio::test]
async fn everyone_else_is_led_to_the_sign_in_and_back() {
    let app = TestApp::spawn().await;
    let guest = app.guest();
    for (uri, next) in [
        ("", ""),
        ("/team/reports?year=2026", "?next=%2Fteam%2Freports"),
        ("//evil.example/", ""),
        ("https://evil.example/", ""),
        ("/\\evil.example", ""),
    ] {
        let answer = guest.send(Method::GET, PATH, None, &[("x-forwarded-uri", uri)]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "not-signed-in"),
            "{uri}"
        );
        let sign_in = format!("{}/sign-in{next}", app.origin);
        assert_eq!(answer.header("x-unframed-sign-in"), Some(sign_in.as_str()), "{uri}");
        assert_eq!(answer.location(), sign_in);
        assert_eq!(answer.header("www-authenticate"), Some("Cookie"));
        assert_eq!(answer.header("x-unframed-user-id"), None);
    }
    for cookie in ["session=", "session=x", &format!("session={}", "A".repeat(43))] {
        let answer = guest.send(Method::GET, PATH, None, &[("cookie", cookie)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{cookie}");
    }
}

#[tokio::test]
async fn an_access_token_is_no_session() {
    let app = TestApp::spawn().await;
    let token = app.member("Ada").await.make_token(&["settings_read"]).await;
    assert_eq!(app.program(&token).get(PATH).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nothing_but_reading_is_answered() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let answer = ada.send(method.clone(), PATH, None, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method}");
        assert_eq!(answer.header("x-unframed-user-id"), None);
    }
    assert_eq!(ada.send(Method::HEAD, PATH, None, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_member_without_the_required_second_factor_is_led_to_add_one() {
    let app = TestApp::spawn_configured(&[("REQUIRE_SECOND_FACTOR", "yes")]).await;
    let answer = app.member("Ada").await.get(PATH).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.location(), format!("{}/settings/two-factor", app.origin));
}
