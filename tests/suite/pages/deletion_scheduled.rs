//! `/deletion-scheduled`.

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn the_page_says_how_to_keep_the_account_and_names_no_user() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get("/deletion-scheduled").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("sign in and select “Keep account”") && !page.body.contains(&ada.email()));
}
