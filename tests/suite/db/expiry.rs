//! Expired rows are dead before anything deletes them, and are deleted in batches.

use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::db::expiring::EXPIRING;
use unframed::models::outgoing_mail;
use unframed::{db, expiry};

use super::{count, run};
use crate::harness::TestApp;
use crate::harness::database::{self, RUNTIME};

#[tokio::test]
async fn expired_rows_are_never_seen_though_nothing_has_deleted_them() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let ada = app.member("Ada").await;
    let other = app.guest();
    let form = [("email", ada.email()), ("password", crate::harness::browser::PASSWORD.to_owned())];
    other.post("/sign-in", &form.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let listed = async || other.get("/settings/sessions").await.body.matches("card session").count();
    assert_eq!(listed().await, 2, "both sessions are listed while they live");
    run(
        &mut conn,
        &[
            "UPDATE sessions SET expires_at = now() - INTERVAL '1 second' WHERE created_at = (SELECT min(created_at) FROM sessions)",
            "UPDATE outgoing_mails SET expires_at = now() - INTERVAL '1 second' WHERE true",
            "UPDATE throttles SET expires_at = now() - INTERVAL '1 second' WHERE true",
        ],
    )
    .await;
    let answer = ada.get("/settings").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/sign-in"));
    assert_eq!(listed().await, 1);
    let due = outgoing_mail::claim_due_in_txn(&mut conn, app.state.clock.now()).await.unwrap();
    assert!(due.is_none(), "a mail that was given up is not sent");
    app.guest().sign_up("Ada").await;
    assert!(count(&mut conn, "SELECT count(*) FROM sessions WHERE expires_at < now()").await > 0);
}

#[tokio::test]
async fn the_sweep_deletes_in_batches_until_nothing_dead_is_left() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let ada = app.member("Ada").await;
    run(
        &mut conn,
        &[
            "INSERT INTO sessions (id, user_id, token_digest, user_agent, client_address, created_at, last_used_at, expires_at, absolute_expires_at) \
             SELECT gen_random_uuid(), (SELECT id FROM users LIMIT 1), ('dead' || n::TEXT)::BYTEA, '', '', now(), now(), now() - INTERVAL '1 minute', now() \
             FROM generate_series(1, 2500) AS n",
            "INSERT INTO throttles (bucket, rate_limit, subject, cost, capacity, expires_at) \
             SELECT ('dead' || n::TEXT)::BYTEA, '', '', INTERVAL '1 minute', INTERVAL '1 minute', now() - INTERVAL '1 minute' FROM generate_series(1, 1500) AS n",
        ],
    )
    .await;
    let now = app.state.clock.now();
    let earlier = now - TimeDelta::minutes(2);
    for table in ["sessions", "throttles"] {
        let entry = EXPIRING.iter().find(|entry| entry.table == table).unwrap();
        assert_eq!(entry.delete_batch(&mut conn, earlier, 1000).await.unwrap(), 0, "they had not expired");
        assert_eq!(entry.delete_batch(&mut conn, now, 1000).await.unwrap(), 1000, "one batch");
    }
    let pool: db::Pool = app.state.pool.clone();
    let swept = RUNTIME.spawn(async move { expiry::sweep(&pool, now).await }).await.unwrap();
    assert_eq!(swept, 1500 + 500);
    assert_eq!(count(&mut conn, "SELECT count(*) FROM sessions").await, 1, "what lives is left");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}
