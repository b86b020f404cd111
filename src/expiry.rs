//! Deletes expired rows on PostgreSQL, in small batches. CockroachDB deletes them itself (row-level
//! TTL). Nothing depends on the deletion: every query ignores expired rows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::clock::Clock;
use crate::db::expiring::EXPIRING;
use crate::db::{self, Pool};

/// The pause between two sweeps.
const EVERY: Duration = Duration::from_secs(600);
/// The most rows of one table in one transaction.
const BATCH: i64 = 1000;

/// Deletes expired rows at intervals until it is dropped.
pub async fn run(pool: Pool, clock: Clock) {
    loop {
        sweep(&pool, clock.now()).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes all rows that have expired at `now`, and returns their number.
pub async fn sweep(pool: &Pool, now: DateTime<Utc>) -> usize {
    let mut deleted = 0;
    loop {
        let batch = db::transaction(pool, "expiry_sweep", async |conn| sweep_in_txn(conn, now).await);
        match batch.await {
            Ok(0) | Err(_) => return deleted,
            Ok(rows) => deleted += rows,
        }
    }
}

async fn sweep_in_txn(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let mut deleted = 0;
    for entry in EXPIRING {
        deleted += entry.delete_batch(conn, now, BATCH).await?;
    }
    Ok(deleted)
}
