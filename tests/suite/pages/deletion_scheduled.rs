//! `/deletion-scheduled`.

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn it_says_how_to_change_ones_mind_and_names_nobody() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get("/deletion-scheduled").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("sign in and press “Keep it”") && !page.body.contains(&ada.email()));
}
