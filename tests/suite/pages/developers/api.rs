//! `/developers/api`.

use reqwest::{Method, StatusCode};
use unframed::api::openapi::document;

use crate::harness::TestApp;

#[tokio::test]
async fn the_page_shows_each_operation_of_the_document_to_everyone() {
    let app = TestApp::spawn().await;
    let page = app.guest().get("/developers/api").await;
    assert_eq!(page.status, StatusCode::OK);
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let heading = format!("<code>{} {}</code>", method.to_uppercase(), path);
            assert!(page.body.contains(&heading), "{heading}: {}", page.body);
        }
    }
    for told in [
        "The ETag of the settings that you read, or *.",
        "display_name",
        "settings:write",
        "No access token needed",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(!page.body.contains("<script"), "{}", page.body);
    let german = app.guest().send(Method::GET, "/developers/api", None, &[("accept-language", "de")]).await;
    assert!(german.body.contains("Die API") && german.body.contains("Felder des Bodys"), "{}", german.body);
}
