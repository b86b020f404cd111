//! Scripts of other origins: those of `API_ALLOWED_ORIGINS` may use the API with a token, and no others.

use reqwest::{Method, StatusCode};
use unframed::route_map::RouteKind;
use unframed::routes;

use crate::harness::{Answer, TestApp};

const SETTINGS: &str = "/api/v1/user/settings";
const LISTED: &str = "https://tools.example";
const VARIABLE: (&str, &str) = ("API_ALLOWED_ORIGINS", "https://tools.example, http://localhost:9000");

/// What a script of another origin sends.
fn script(origin: &str) -> [(&str, &str); 4] {
    [
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "cross-site"),
        ("origin", origin),
    ]
}

async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let mut headers = script(origin).to_vec();
    headers.extend([
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization"),
    ]);
    app.program("").send(Method::OPTIONS, path, None, &headers).await
}

fn cors_headers(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(reqwest::header::HeaderName::as_str);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn a_listed_origin_may_use_the_api_with_a_token_and_never_with_cookies() {
    let app = TestApp::spawn_configured(&[VARIABLE]).await;
    let ada = app.member("Ada").await;
    let program = app.program(&ada.make_token(&["settings_read", "settings_write"]).await);
    for origin in [LISTED, "http://localhost:9000"] {
        let asked = preflight(&app, SETTINGS, origin).await;
        assert_eq!((asked.status, asked.body.as_str()), (StatusCode::NO_CONTENT, ""));
        assert_eq!(asked.header("access-control-allow-origin"), Some(origin));
        assert_eq!(asked.header("access-control-allow-methods"), Some("GET, HEAD, PATCH"));
        assert!(asked.header("access-control-allow-headers").unwrap().contains("Authorization"));
        assert_eq!(asked.header("access-control-allow-credentials"), None);
        for (method, body) in [(Method::GET, None), (Method::PATCH, Some("{}"))] {
            let mut headers = script(origin).to_vec();
            headers.push(("if-match", "*"));
            let answer = program.send(method, SETTINGS, body, &headers).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            assert!(answer.header("access-control-expose-headers").unwrap().contains("ETag"));
            assert_eq!(answer.header("vary"), Some("Origin, Accept-Language"));
        }
        // The script can read why it is refused.
        let refused = app.program("").send(Method::GET, SETTINGS, None, &script(origin)).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "no-credentials")
        );
        assert_eq!(refused.header("access-control-allow-origin"), Some(origin));
    }
    // A sibling host gets the browser to send the cookie: it opens nothing.
    let mut sibling = script(LISTED).to_vec();
    sibling.push(("sec-fetch-site", "same-site"));
    let with_cookie = ada.send(Method::GET, SETTINGS, None, &sibling).await;
    assert_eq!(
        (with_cookie.status, with_cookie.problem().as_str()),
        (StatusCode::UNAUTHORIZED, "no-credentials")
    );
}

#[tokio::test]
async fn no_other_origin_and_no_page_gets_a_cors_header() {
    let (open, closed) = (TestApp::spawn_configured(&[VARIABLE]).await, TestApp::spawn().await);
    let program = open.program(&open.member("Ada").await.make_token(&["settings_read"]).await);
    for origin in [
        "https://evil.example",
        "null",
        "https://tools.example.evil.example",
        "https://TOOLS.example",
        "http://tools.example",
    ] {
        for answer in [
            preflight(&open, SETTINGS, origin).await,
            program.send(Method::GET, SETTINGS, None, &script(origin)).await,
            preflight(&closed, SETTINGS, LISTED).await,
        ] {
            assert_eq!((answer.status, cors_headers(&answer)), (StatusCode::FORBIDDEN, vec![]), "{origin}");
        }
    }
    // A navigation, a frame and a form of a listed origin.
    for (dest, mode) in
        [("document", "navigate"), ("iframe", "navigate"), ("empty", "no-cors"), ("empty", "navigate")]
    {
        let headers = [
            ("sec-fetch-dest", dest),
            ("sec-fetch-mode", mode),
            ("sec-fetch-site", "cross-site"),
            ("origin", LISTED),
        ];
        let answer = open.program("").send(Method::POST, SETTINGS, Some("{}"), &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{dest} {mode}");
    }
    for route in routes::patterns().iter().filter(|route| route.kind != RouteKind::Api) {
        let path = route.path.replace(['{', '}'], "");
        let answer = preflight(&open, &path, LISTED).await;
        assert_eq!((answer.status, cors_headers(&answer)), (StatusCode::FORBIDDEN, vec![]), "{path}");
    }
}
