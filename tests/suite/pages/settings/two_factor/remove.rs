//! `/settings/two-factor/remove`.

use unframed::actions::{RemoveFactor, SensitiveAction as _};

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn a_short_password_cannot_be_left_alone() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    ada.carry_out("/settings/password", &[("password", "gf8Ks0dk")]).await;
    let refused = ada.try_to_begin(RemoveFactor::START).await;
    assert!(refused.body.contains("your password must have 15 characters or more"), "{}", refused.body);
    ada.carry_out("/settings/password", &[("password", PASSWORD)]).await;
    ada.carry_out(RemoveFactor::START, &[]).await;
}

#[tokio::test]
async fn the_last_factor_stays_while_no_recovery_code_is_left() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let id = ada.user_id().await;
    app.execute(format!("UPDATE recovery_codes SET used_at = now() WHERE user_id = '{id}'")).await;
    let refused = ada.try_to_begin(RemoveFactor::START).await;
    assert!(refused.body.contains("Make new recovery codes first"), "{}", refused.body);
    let other = ada.submit(RemoveFactor::START, &[("factor", &uuid::Uuid::new_v4().to_string())]).await;
    assert!(other.body.contains("Choose what to remove."), "{}", other.body);
}
