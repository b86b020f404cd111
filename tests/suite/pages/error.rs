//! The page of every error. Each status is tested in `security/error_statuses.rs`.

use reqwest::{Method, StatusCode};

use crate::harness::TestApp;

#[tokio::test]
async fn an_unknown_path_is_a_404_page_with_a_link_to_the_start_page() {
    let app = TestApp::spawn().await;
    let page = app.guest().get("/no/such?page=<script>").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let body = page.body_without_id();
    let main = regex::Regex::new("(?s)<main[^>]*>(.*)</main>").unwrap().captures(&body).expect("a main part")
        [1]
    .to_owned();
    let text = regex::Regex::new("<[^>]+>").unwrap().replace_all(&main, "");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    Page not found
    Check that the web address is complete. The page may no longer exist.
    Go to the start page
    Error 404
    If you ask for help, give this id: ID
    ");
    assert!(page.body.contains("<title>Page not found") && !page.body.contains("no/such"));
}

#[tokio::test]
async fn below_api_an_error_is_problem_json() {
    let app = TestApp::spawn().await;
    let answer = app.guest().get("/api/v1/no-such-thing").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    insta::assert_snapshot!(answer.body, @r#"{"type":"about:blank","title":"Page not found","status":404,"detail":"Check that the web address is complete. The page may no longer exist."}"#);
}

#[tokio::test]
async fn an_error_page_does_not_name_the_signed_in_user() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get("/nope").await;
    assert!(!page.body.contains("Ada") && !page.body.contains("<form"), "{}", page.body);
    let denied = ada.send(Method::DELETE, "/settings", None, &[]).await;
    assert_eq!((denied.status, denied.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD")));
}
