//! Deletes expired rows on PostgreSQL, in small batches. CockroachDB deletes them itself (row-level
//! TTL). Nothing depends on the deletion: every query leaves expired rows out.

use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::db::expiring::EXPIRING;
use crate::db::{self, Pool};

/// The pause between two sweeps.
const EVERY: Duration = Duration::from_secs(600);
/// The most rows of one table in one transaction.
const BATCH: i64 = 1000;

/// Deletes expired rows at intervals until it is dropped.
pub async fn run(pool: Pool) {
    loop {
        sweep(&pool).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes all rows that have expired, and returns their number.
pub async fn sweep(pool: &Pool) -> usize {
    let mut deleted = 0;
    loop {
        let batch = db::idempotent_transaction(pool, "expiry_sweep", sweep_batch_in_txn).await;
        match batch {
            Ok(0) | Err(_) => return deleted,
            Ok(rows) => deleted += rows,
        }
    }
}

async fn sweep_batch_in_txn(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    let now = crate::models::now();
    let mut deleted = 0;
    for entry in EXPIRING {
        deleted += entry.delete_batch(conn, now, BATCH).await?;
    }
    Ok(deleted)
}
