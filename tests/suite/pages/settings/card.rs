//! `/settings/card`.

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn a_member_switches_the_card_on_and_off() {
    let app = TestApp::spawn_configured(&[("EMBED_ORIGINS", "https://partner.example")]).await;
    let ada = app.member("Ada").await;
    let off = ada.get("/settings/profile").await;
    assert!(off.body.contains("Switch card on") && !off.body.contains("/card/"), "{}", off.body);
    assert!(off.body.contains("https://partner.example"));
    let answer = ada.submit("/settings/card", &[("card", "on")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings/profile?done=card-on"));
    let on = ada.get("/settings/profile").await;
    assert!(on.body.contains("Switch card off") && on.body.contains(&format!("{}/card/", app.origin)));
    ada.submit("/settings/card", &[("card", "off")]).await;
    assert!(ada.get("/settings/profile").await.body.contains("Switch card on"));
}

#[tokio::test]
async fn only_its_owner_can_switch_a_card() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let without_token = ada.post("/settings/card", &[("card", "on")]).await;
    assert_eq!(without_token.status, StatusCode::FORBIDDEN);
    let eve = app.member("Eve").await.get("/settings/profile").await.csrf_token();
    let foreign_token = ada.post("/settings/card", &[("csrf_token", &eve), ("card", "on")]).await;
    assert_eq!(foreign_token.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.submit("/settings/card", &[("card", "maybe")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ada.submit("/settings/card", &[]).await.status, StatusCode::BAD_REQUEST);
    let guest = app.guest().post("/settings/card", &[("card", "on")]).await;
    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
    assert!(ada.get("/settings/profile").await.body.contains("Switch card on"));
}
