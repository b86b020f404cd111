//! `/settings/two-factor/recovery-codes/{token}`.

use chrono::TimeDelta;
use reqwest::StatusCode;

use crate::harness::TestApp;

const START: &str = "/settings/two-factor/recovery-codes";

#[tokio::test]
async fn only_the_session_that_made_the_codes_sees_them_and_only_for_a_short_time() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    ada.add_authenticator().await;
    let made = ada.carry_out(START, &[]).await;
    let page = ada.get(made.location()).await;
    let shown = page.find("<code>([0-9a-z-]{29})</code>").expect("a code");
    let file = ada.get(&format!("{}/download", made.location())).await;
    assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().contains("recovery-codes.txt"));
    assert!(file.body.contains(&shown) && file.body.lines().count() == 12, "{}", file.body);
    let other = app.guest();
    ada.share_factors_with(&other);
    other.sign_in(&ada.email()).await;
    for stranger in [&other, &bob] {
        for path in [made.location().to_owned(), format!("{}/download", made.location())] {
            let hidden = stranger.get(&path).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND);
            assert!(!hidden.body.contains(&shown), "{}", hidden.body);
        }
    }
    let rows = format!("recovery_codes WHERE encode(code_digest, 'escape') LIKE '%{shown}%'");
    assert_eq!(app.count(&rows).await, 0);
    app.wait(TimeDelta::minutes(10));
    let over = ada.get(made.location()).await;
    assert_eq!(over.status, StatusCode::NOT_FOUND);
    assert!(over.body.contains("These codes are no longer shown"), "{}", over.body);
}
