//! The grace of a deletion.

use chrono::TimeDelta;
use unframed::db;
use unframed::domain::{EmailAddress, SecretToken};
use unframed::models::pending_action::{self, Action, Found, Owner};
use unframed::models::{account_deletion, email_change};
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

#[tokio::test]
async fn an_account_is_due_after_seven_days_unless_it_is_kept() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await, ada.email());
    ada.carry_out("/settings/delete", &[]).await;
    let now = unframed::models::now();
    let due = async |after: TimeDelta| {
        let found = db::statement(&app.state.pool, "test", async |conn| {
            account_deletion::find_due(conn, now + after, 10_000).await
        });
        found.await.unwrap().contains(&(id, email.clone()))
    };
    assert!(!due(TimeDelta::days(7) - TimeDelta::minutes(1)).await, "not before");
    assert!(due(TimeDelta::days(7)).await);
    db::transaction(&app.state.pool, "test", async |conn| account_deletion::keep_in_txn(conn, id, now).await)
        .await
        .unwrap();
    assert!(!due(TimeDelta::days(700)).await, "it is kept");
}

#[tokio::test]
async fn scheduling_a_deletion_withdraws_all_that_waits_for_the_account() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, new) = (ada.user_id().await, fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let link = SecretToken::decode(link.trim_start_matches("/email-change/")).unwrap().digest();
    let address = |email: &str| EmailAddress::parse(email).unwrap();
    let change = Action::ChangeEmail { from: address(&ada.email()), to: address(&new) };
    // Begun by another session, whose confirmation may be under way when the deletion is scheduled.
    let (digest, now) = (SecretToken::generate().unwrap().digest(), unframed::models::now());
    let owner = Owner { user_id: id, session_id: Uuid::new_v4() };
    db::transaction(&app.state.pool, "test", async |conn| {
        pending_action::create_in_txn(conn, digest, owner, &change, now).await
    })
    .await
    .unwrap();
    ada.carry_out("/settings/delete", &[]).await;
    let found = db::statement(&app.state.pool, "test", async |conn| {
        let action = pending_action::find(conn, digest, owner, now).await?;
        account_deletion::keep_in_txn(conn, id, now).await?;
        Ok((action, email_change::find(conn, link, now).await?))
    });
    let (action, change) = found.await.unwrap();
    assert_eq!(action, Found::Withdrawn);
    assert!(matches!(change, email_change::Found::Withdrawn), "also after the account is kept: {change:?}");
}
