//! Adds the counts of this process to the database, which holds the counts of all instances. Each kind of
//! count takes one short transaction, or none if nothing was counted.

use std::time::Duration;

use actix_web::web;

use crate::db::{self, DatabaseError};
use crate::models::{framing_attempt, violation_report};
use crate::state::AppState;

/// The time between two writes.
const EVERY: Duration = Duration::from_secs(10);

/// Writes the counts at intervals until it is dropped.
pub async fn run(state: web::Data<AppState>) {
    loop {
        tokio::time::sleep(EVERY).await;
        write(&state).await;
    }
}

/// Writes the counts since the last call. Counts that were certainly not stored are kept for the next.
pub async fn write(state: &AppState) {
    let (pool, now) = (&state.pool, state.clock.now());
    let attempts = state.gate.attempts().take();
    if !attempts.is_empty() {
        let stored = db::transaction(pool, "framing_attempt_add", async |conn| {
            framing_attempt::add_in_txn(conn, &attempts, now).await
        });
        if is_not_stored(&stored.await) {
            state.gate.attempts().put_back(attempts);
        }
    }
    let reports = state.violation_reports.take();
    if !reports.is_empty() {
        let stored = db::transaction(pool, "violation_report_add", async |conn| {
            violation_report::add_in_txn(conn, &reports, now).await
        });
        if is_not_stored(&stored.await) {
            state.violation_reports.put_back(reports);
        }
    }
}

fn is_not_stored(result: &Result<(), DatabaseError>) -> bool {
    !matches!(result, Ok(()) | Err(DatabaseError::CommitUnknown(_)))
}
