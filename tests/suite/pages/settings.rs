//! `/settings` and `/settings/profile`.

mod card;

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn a_member_changes_the_name() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.submit("/settings/profile", &[("display_name", "Ada Lovelace")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings?saved"));
    let page = ada.get("/settings?saved").await;
    assert!(
        page.body.contains("Ada Lovelace") && page.body.contains("Your changes are saved"),
        "{}",
        page.body
    );
    assert!(page.body.contains(&ada.email()));
}
