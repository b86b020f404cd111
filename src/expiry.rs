//! Deletes dead rows on PostgreSQL, in small batches. CockroachDB does so itself (row-level TTL).
//! Nothing depends on it: every query leaves dead rows out.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::clock::Clock;
use crate::db::{self, Pool};
use crate::models::{
    email_change, framing_attempt, outgoing_mail, pending_action, session, throttle, undo_link,
    violation_report,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// The most rows of one table in one transaction.
const BATCH: i64 = 1000;

/// Deletes dead rows now and then until it is dropped.
pub async fn run(pool: Pool, clock: Clock) {
    loop {
        sweep(&pool, clock.now()).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes all rows that are dead now, and says how many they were.
pub async fn sweep(pool: &Pool, now: DateTime<Utc>) -> usize {
    let mut deleted = 0;
    loop {
        let batch = db::idempotent_transaction(pool, "expiry_sweep", async |conn| sweep_batch_in_txn(conn, now).await).await;
        match batch {
            Ok(0) | Err(_) => return deleted,
            Ok(rows) => deleted += rows,
        }
    }
}

async fn sweep_batch_in_txn(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    Ok(session::delete_expired(conn, now, BATCH).await?
        + outgoing_mail::delete_expired(conn, now, BATCH).await?
        + throttle::delete_expired(conn, now, BATCH).await?
        + framing_attempt::delete_expired(conn, now, BATCH).await?
        + violation_report::delete_expired(conn, now, BATCH).await?
        + pending_action::delete_expired(conn, now, BATCH).await?
        + email_change::delete_expired(conn, now, BATCH).await?
        + undo_link::delete_expired(conn, now, BATCH).await?)
}
