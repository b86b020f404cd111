//! The grace of a deletion.

use chrono::TimeDelta;
use unframed::db;
use unframed::models::account_deletion;

use crate::harness::TestApp;

#[tokio::test]
async fn an_account_is_due_after_seven_days_unless_it_is_kept() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await, ada.email());
    ada.carry_out("/settings/delete", &[]).await;
    let now = unframed::models::now();
    let due = async |after: TimeDelta| {
        let found = db::read(&app.state.pool, "test", async |conn| {
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
