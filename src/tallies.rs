//! Writes what was counted in memory to the database, where the counts of all instances meet. Each
//! write is one short transaction, and none where nothing was counted.

use std::time::Duration;

use actix_web::web;

use crate::state::AppState;

/// How often it writes, at most.
const EVERY: Duration = Duration::from_secs(10);

/// Writes now and then until it is dropped.
pub async fn run(state: web::Data<AppState>) {
    loop {
        tokio::time::sleep(EVERY).await;
        write(&state).await;
    }
}

/// Writes what has been counted since the last time.
pub async fn write(state: &AppState) {
    state.framing_attempts.write(&state.pool).await;
    state.violation_reports.write(&state.pool).await;
}
