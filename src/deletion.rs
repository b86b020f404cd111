//! Deletes the accounts whose grace is over, on every database: unlike expired rows, an account
//! takes others with it and its owner gets a last mail. Several instances may do so at once.

use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::confirmation::stored;
use crate::db;
use crate::error::AppError;
use crate::models::account_deletion;
use crate::models::user::Change;
use crate::state::AppState;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
/// The most accounts of one look.
const BATCH: i64 = 100;

/// Deletes accounts that are due until it is dropped.
pub async fn run(state: web::Data<AppState>) {
    loop {
        sweep(&state).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes up to a batch of the accounts that are due now, and says how many it deleted. What cannot
/// be deleted is left for the next time and stands in the log.
pub async fn sweep(state: &AppState) -> usize {
    let now = crate::models::now();
    let due = db::statement(&state.pool, "account_deletion_find_due", async |conn| {
        account_deletion::find_due(conn, now, BATCH).await
    });
    let mut deleted = 0;
    for (id, email) in due.await.unwrap_or_default() {
        match delete(state, id, &email, now).await {
            Ok(Change::Done) => {
                deleted += 1;
                log::info!("user {id} was deleted after the grace");
            }
            Ok(Change::Gone) => {}
            Err(error) => log::error!("user {id} was not deleted: {error}"),
        }
    }
    deleted
}

/// Deletes one account that is due at `now`, and tells its address.
///
/// # Errors
/// [`AppError`].
pub async fn delete(state: &AppState, id: Uuid, email: &str, now: DateTime<Utc>) -> Result<Change, AppError> {
    let told = state.letters.account_deleted(&stored(email)?)?;
    let told = told.queued(crate::models::now());
    let outcome = db::transaction(&state.pool, "account_deletion_delete_due", async |conn| {
        account_deletion::delete_due_in_txn(conn, id, &told, now).await
    });
    Ok(outcome.await?)
}
