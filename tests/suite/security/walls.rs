//! The walls around an application that is not ours: `examples/your-own-app.rs`, as its readers run it, and what its author can
//! get wrong.

use std::net::TcpListener;

use reqwest::{Method, StatusCode, redirect};
use unframed::security::walls::Walls;

use crate::harness::database::RUNTIME;

#[expect(dead_code, reason = "its `main` and its arguments are for the command line")]
#[path = "../../../examples/your-own-app.rs"]
mod your_own_app;

/// The running example.
struct Example {
    origin: String,
    port: u16,
    client: reqwest::Client,
}

struct Reply {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Reply {
    /// The one field line of a header.
    fn only(&self, name: &str) -> &str {
        let lines: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        lines[0].to_str().unwrap()
    }
}

impl Example {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        RUNTIME.spawn(async move { your_own_app::serve(listener).unwrap().await.unwrap() });
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { origin: format!("http://localhost:{port}"), port, client }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.client.request(method, format!("http://127.0.0.1:{}{path}", self.port));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Reply { status, headers, body: response.text().await.unwrap() }
    }
}

const DOCUMENT: &[(&str, &str)] =
    &[("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"), ("sec-fetch-site", "none")];

#[tokio::test]
async fn an_application_of_another_author_cannot_be_framed_and_goes_on_working() {
    let app = Example::start();
    let page = app.send(Method::GET, "/user/settings", DOCUMENT).await;
    assert_eq!(page.status, StatusCode::OK);
    let meta = page.body.split("content=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let policy = page.only("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(policy.replace("frame-ancestors 'none'; ", ""), meta);
    // Each error has the headers: of the router, of a layer, of the gate, of a method.
    for (method, path, status) in [
        (Method::GET, "/nope", StatusCode::NOT_FOUND),
        (Method::GET, "/closed", StatusCode::SERVICE_UNAVAILABLE),
        (Method::DELETE, "/user/settings", StatusCode::FORBIDDEN),
        (Method::GET, "/user/settings", StatusCode::OK),
    ] {
        let reply = app.send(method, path, &[]).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.only("x-frame-options"), "DENY");
        assert!(reply.only("content-security-policy").contains("frame-ancestors 'none'"));
    }
    for dest in ["iframe", "frame", "object", "embed", "image", "empty", "Document"] {
        for site in ["cross-site", "same-site", "same-origin"] {
            let headers =
                [("sec-fetch-dest", dest), ("sec-fetch-mode", "navigate"), ("sec-fetch-site", site)];
            let reply = app.send(Method::GET, "/user/settings", &headers).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{dest} {site}");
            assert!(!reply.body.contains('<'), "there is nothing to click: {}", reply.body);
        }
    }
    let prefetch = app.send(Method::GET, "/user/settings", &[("sec-purpose", "prefetch")]).await;
    assert_eq!(prefetch.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_form_of_the_application_is_taken_from_its_own_pages_alone() {
    let app = Example::start();
    let from = |site: &'static str, origin: &str| {
        let mut headers = vec![("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate")];
        headers.push(("sec-fetch-site", site));
        headers.push(("origin", Box::leak(origin.to_owned().into_boxed_str())));
        headers
    };
    let own = app.send(Method::POST, "/user/settings", &from("same-origin", &app.origin)).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    for (site, origin) in [("cross-site", "https://evil.example"), ("same-origin", "null")] {
        let reply = app.send(Method::POST, "/user/settings", &from(site, origin)).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(app.send(Method::POST, "/user/settings", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_listed_site_may_frame_a_listed_page_and_no_other() {
    let app = Example::start();
    let framed =
        [("sec-fetch-dest", "iframe"), ("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site")];
    let badge = app.send(Method::GET, "/badge", &framed).await;
    assert_eq!(badge.status, StatusCode::OK);
    let policy = badge.only("content-security-policy");
    assert!(policy.contains("frame-ancestors https://partner.example;"), "{policy}");
    for path in ["/badge/", "/Badge", "/%62adge", "/badge/more"] {
        let reply = app.send(Method::GET, path, &framed).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        assert!(reply.only("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[test]
fn what_would_open_the_walls_is_refused_at_start() {
    let walls = || Walls::new("https://app.example.com").unwrap();
    for (problem, saying) in [
        (Walls::new("app.example.com"), "the site: "),
        (walls().directive("frame-ancestors", "*"), "frame-ancestors follows from"),
        (walls().directive("scripts", "'self'"), "scripts is no directive"),
        (walls().directive("script-src", "'self'; frame-ancestors *"), "the value of script-src"),
        (walls().directive("script-src", "'self', frame-ancestors *"), "the value of script-src"),
        (walls().directive("script-src", "'self'\r\nx: y"), "the value of script-src"),
        (walls().embeddable("/badge", &[]), "/badge: no site may frame it"),
        (walls().embeddable("/badge", &["https://*.example"]), "https://*.example: holds a wildcard"),
        (walls().embeddable("/badge", &["http://partner.example"]), "http://partner.example: must be https"),
        (
            walls().api("/api/{rest}*").and_then(|walls| walls.assets("/api/{rest}*")),
            "/api/{rest}* is listed",
        ),
    ] {
        let problem = problem.expect_err(saying).to_string();
        assert!(problem.starts_with(saying), "{problem}");
    }
}
