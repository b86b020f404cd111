//! Signing out everywhere else.

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn signing_out_everywhere_else_needs_a_password_and_keeps_this_session() {
    let app = TestApp::spawn().await;
    let (ada, phone, desk) = (app.member("Ada").await, app.guest(), app.guest());
    let mallory = app.member("Mallory").await;
    phone.sign_in(&ada.email()).await;
    desk.sign_in(&ada.email()).await;
    let page = ada.begin("/settings/sessions/revoke-others", &[]).await;
    assert_eq!(phone.get("/settings").await.status, StatusCode::OK, "beginning the action ends no session");
    let done = ada.confirm(&page).await;
    assert_eq!(done.location(), "/settings/sessions?done=session-ended&count=2");
    assert!(ada.get(done.location()).await.body.contains("Signed out of 2 other places."));
    for other in [&phone, &desk] {
        assert_eq!(other.get("/settings").await.status, StatusCode::SEE_OTHER, "the session has ended");
    }
    assert_eq!(mallory.get("/settings").await.status, StatusCode::OK, "other accounts are unaffected");
    let again = ada.carry_out("/settings/sessions/revoke-others", &[]).await;
    assert_eq!(again.location(), "/settings/sessions?done=session-ended&count=0");
}

#[tokio::test]
async fn a_stale_form_begins_nothing() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.post("/settings/sessions/revoke-others", &[("csrf_token", "x")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("This form had expired"), "{}", answer.body);
}
