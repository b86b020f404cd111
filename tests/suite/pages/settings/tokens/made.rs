//! `/settings/tokens/{token}`.

use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::domain::ApiSecret;

use crate::harness::TestApp;

#[tokio::test]
async fn only_the_session_that_made_the_token_sees_it_and_only_for_a_short_time() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    let made = ada.carry_out("/settings/tokens/new", &[]).await;
    let page = ada.get(made.location()).await;
    let token = page.find(r#"<code class="secret">([^<]+)</code>"#).expect("a token");
    assert!(ApiSecret::parse(&token).is_some(), "{token}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let other = app.guest();
    other.sign_in(&ada.email()).await;
    for stranger in [&other, &bob] {
        let hidden = stranger.get(made.location()).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND);
        assert!(!hidden.body.contains(&token[13..]), "{}", hidden.body);
    }
    for nonsense in ["/settings/tokens/x", &format!("/settings/tokens/{}", "A".repeat(43))] {
        assert_eq!(ada.get(nonsense).await.status, StatusCode::NOT_FOUND);
    }
    app.wait(TimeDelta::minutes(10));
    let over = ada.get(made.location()).await;
    assert_eq!(over.status, StatusCode::NOT_FOUND);
    assert!(over.body.contains("This token is no longer shown"), "{}", over.body);
}
