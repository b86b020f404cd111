//! Deletes the accounts whose grace period has ended, on every database: unlike expired rows, an account
//! takes other rows with it, and its owner gets a last mail. Several instances may run it at once.

use std::time::Duration;

use actix_web::web;

use crate::db;
use crate::domain::{EmailAddress, Locale};
use crate::error::AppError;
use crate::models::outgoing_mail;
use crate::models::user::{self, User, UserUpdate};
use crate::state::AppState;

/// The pause between two sweeps.
const EVERY: Duration = Duration::from_secs(60);
/// The most accounts that one sweep deletes.
const BATCH: i64 = 100;

/// Deletes accounts that are due, at intervals until it is dropped.
pub async fn run(state: web::Data<AppState>) {
    loop {
        sweep(&state).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes up to a batch of the accounts that are due now; returns how many. An account that cannot be
/// deleted is logged and left for the next sweep.
pub async fn sweep(state: &AppState) -> usize {
    let now = state.clock.now();
    let due =
        db::statement(&state.pool, "user_find_due", async |conn| user::find_due(conn, now, BATCH).await);
    let mut deleted = 0;
    for user in due.await.unwrap_or_default() {
        let id = user.id;
        match delete(state, &user).await {
            Ok(UserUpdate::Stored) => {
                deleted += 1;
                log::info!("user {id} was deleted after the grace period");
            }
            Ok(UserUpdate::Gone) => {}
            Err(error) => log::error!("user {id} was not deleted: {error}"),
        }
    }
    deleted
}

/// Deletes one account that is due, and sends a mail to its email address.
///
/// # Errors
/// The database failed: the account is still there.
pub async fn delete(state: &AppState, user: &User) -> Result<UserUpdate, AppError> {
    let (id, now) = (user.id, state.clock.now());
    let locale = Locale::default().chosen(user.language.as_deref(), user.time_zone.as_deref());
    let notice = state.letters.account_deleted(&EmailAddress::parse(&user.email)?, locale)?;
    let deleted = db::transaction(&state.pool, "user_delete_due", async |conn| {
        let deleted = user::delete_due_in_txn(conn, id, now).await?;
        if deleted == UserUpdate::Stored {
            outgoing_mail::create(conn, &notice.queued(now)).await?;
        }
        Ok(deleted)
    });
    Ok(deleted.await?)
}
