//! After a change of `SECRET_KEY`, encrypts the secrets of authenticator apps under the first key, so that the former one
//! can be removed. Several instances may run it at once.

use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::models::authenticator::{self, StoredSecret};
use crate::state::AppState;

/// The secrets that are read at once.
const BATCH: i64 = 100;

/// Goes through all secrets once, if there is a former key; returns how many were encrypted again. One that no key opens is
/// logged and left.
///
/// # Errors
/// When the database fails. What was encrypted before stays.
pub async fn run(state: &AppState) -> Result<usize, AppError> {
    let (mut after, mut renewed) = (Uuid::nil(), 0);
    if state.config.secret_keys.former().is_empty() {
        return Ok(renewed);
    }
    loop {
        let found = db::statement(&state.pool, "authenticator_list_secrets", async |conn| {
            authenticator::list_secrets(conn, after, BATCH).await
        });
        let found = found.await?;
        let Some(last) = found.last() else { break };
        after = last.id;
        for stored in &found {
            renewed += usize::from(renew(state, stored).await?);
        }
    }
    if renewed > 0 {
        log::info!(
            "the secrets of {renewed} authenticator apps are now encrypted under the first key in SECRET_KEY"
        );
    }
    Ok(renewed)
}

/// Encrypts a secret under the first key, unless it is so already; returns whether it did.
async fn renew(state: &AppState, stored: &StoredSecret) -> Result<bool, AppError> {
    let renewed = match state.authenticator_secrets.renew(stored.user_id, &stored.sealed_secret) {
        Ok(Some(renewed)) => renewed,
        Ok(None) => return Ok(false),
        Err(problem) => {
            log::warn!("the secret of authenticator {}: {problem}", stored.id);
            return Ok(false);
        }
    };
    let replaced = db::statement(&state.pool, "authenticator_replace_secret", async |conn| {
        authenticator::replace_secret(conn, stored, &renewed).await
    });
    Ok(replaced.await?)
}
