//! `EMBED_ORIGINS`: listed sites may frame the card and nothing else.

use actix_web::{HttpResponse, web};
use reqwest::{Method, StatusCode};
use unframed::route_map::RouteKind;
use unframed::routes;

use crate::harness::browser::Answer;
use crate::harness::{Browser, TestApp};

const LISTED: (&str, &str) = ("EMBED_ORIGINS", "https://partner.example, https://other.example:8443");
const IN_FRAME: &[(&str, &str)] = &[("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site")];

/// The path of a member's card, which is on.
async fn card(member: &Browser) -> String {
    let answer = member.submit("/settings/card", &[("card", "on")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = member.get("/settings/profile").await;
    page.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the card's address on the profile page")
}

fn ancestors(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy").expect("a policy");
    let found = policy.split("; ").find_map(|directive| directive.strip_prefix("frame-ancestors "));
    found.expect("frame-ancestors").to_owned()
}

fn assert_denied(answer: &Answer, what: &str) {
    assert_eq!(ancestors(answer), "'none'", "{what}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{what}");
}

#[tokio::test]
async fn a_listed_site_may_frame_the_card() {
    let app = TestApp::spawn_configured(&[LISTED]).await;
    let ada = app.member("Ada").await;
    let path = card(&ada).await;
    let answer = app.guest().send(Method::GET, &path, None, IN_FRAME).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(ancestors(&answer), "https://partner.example https://other.example:8443");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(answer.header("cross-origin-embedder-policy"), Some("require-corp"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // The page is the same with and without a session, and it has no link out of the frame.
    let as_member = ada.send(Method::GET, &path, None, IN_FRAME).await;
    assert_eq!(as_member.body, answer.body);
    for answer in [&answer, &as_member] {
        assert_eq!(answer.header("set-cookie"), None);
    }
    for tag in ["<a ", "<form", "<button", "<input", "<script", "target=", "<base"] {
        assert!(!answer.body.contains(tag), "{tag}: {}", answer.body);
    }
    // Our own page requests its stylesheet from inside the frame.
    let css = answer.find(r#"<link rel="stylesheet" href="([^"]+)""#).expect("a stylesheet");
    let part =
        [("sec-fetch-dest", "style"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "same-origin")];
    assert_eq!(app.guest().send(Method::GET, &css, None, &part).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_card_can_be_framed_only_by_an_iframe_and_only_with_get() {
    let app = TestApp::spawn_configured(&[LISTED]).await;
    let path = card(&app.member("Ada").await).await;
    for dest in ["frame", "object", "embed", "fencedframe", "empty", "image"] {
        let answer = app.guest().send(Method::GET, &path, None, &[("sec-fetch-dest", dest)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{dest}");
        assert_denied(&answer, dest);
    }
    let answer = app.guest().send(Method::POST, &path, Some(String::new()), IN_FRAME).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let head = app.guest().send(Method::HEAD, &path, None, IN_FRAME).await;
    assert_eq!(
        (head.status, ancestors(&head).as_str()),
        (StatusCode::OK, "https://partner.example https://other.example:8443")
    );
}

#[tokio::test]
async fn no_other_route_can_be_framed_by_a_listed_site() {
    let app = TestApp::spawn_configured(&[LISTED]).await;
    let ada = app.member("Ada").await;
    let mut asked = 0;
    for route in routes::patterns().iter().filter(|route| route.kind != RouteKind::Embeddable) {
        let path = route.path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        for method in [Method::GET, Method::POST] {
            let top = ada.send(method.clone(), &path, None, &[]).await;
            assert_denied(&top, &path);
            let framed = ada.send(method.clone(), &path, None, IN_FRAME).await;
            // A proxy passes on what a browser said to the page behind it. The answer denies frames all the same.
            let asks = route.kind == RouteKind::ForwardAuth && method == Method::GET;
            let expected = if asks { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(framed.status, expected, "{method} {path}");
            assert_denied(&framed, &path);
            asked += 1;
        }
    }
    assert!(asked >= 24, "{asked}");
    for path in ["/card", "/card/", "/card/a/b", "/cards/x", "/nope", "/static/x/app.css", "//card/x"] {
        let framed = ada.send(Method::GET, path, None, IN_FRAME).await;
        assert_eq!(framed.status, StatusCode::FORBIDDEN, "{path}");
        assert_denied(&framed, path);
    }
}

#[tokio::test]
async fn an_error_of_the_card_cannot_be_framed_and_has_no_links() {
    let app = TestApp::spawn_configured(&[LISTED]).await;
    for path in ["/card/00000000-0000-4000-8000-000000000000", "/card/nonsense", "/card/%2Fsettings"] {
        let framed = app.guest().send(Method::GET, path, None, IN_FRAME).await;
        assert_eq!(framed.status, StatusCode::NOT_FOUND, "{path}");
        assert_denied(&framed, path);
        assert!(!framed.body.contains('<'), "{}", framed.body);
        assert_denied(&app.guest().get(path).await, path);
    }
}

#[tokio::test]
async fn without_embedders_the_card_cannot_be_framed() {
    let app = TestApp::spawn().await;
    let path = card(&app.member("Ada").await).await;
    let framed = app.guest().send(Method::GET, &path, None, IN_FRAME).await;
    assert_eq!(framed.status, StatusCode::FORBIDDEN);
    assert_denied(&framed, "framed");
    let top = app.guest().get(&path).await;
    assert_eq!(top.status, StatusCode::OK);
    assert_denied(&top, "top");
}

#[tokio::test]
async fn a_handler_cannot_weaken_the_frame_policy() {
    async fn lax() -> HttpResponse {
        HttpResponse::Ok()
            .insert_header(("X-Frame-Options", "ALLOWALL"))
            .append_header(("Content-Security-Policy", "frame-ancestors *"))
            .append_header(("Content-Security-Policy", "frame-ancestors https://evil.example"))
            .body("lax")
    }
    let app = TestApp::spawn_with(&[LISTED], |config| {
        config.route("/lax", web::get().to(lax));
    })
    .await;
    let answer = app.guest().get("/lax").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "lax"));
    assert_denied(&answer, "lax");
}
