//! After a change of `SECRET_KEY`, encrypts the secrets of authenticator apps and the signing keys of receipts under the
//! first key, so that the former one can be removed. Several instances may run it at once.

use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::models::authenticator::{self, StoredSecret};
use crate::models::signing_key;
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
    Ok(renewed + renew_signing_keys(state).await?)
}

/// Encrypts the signing keys under the first key; returns how many were encrypted again.
async fn renew_signing_keys(state: &AppState) -> Result<usize, AppError> {
    let mut renewed = 0;
    let keys = db::statement(&state.pool, "signing_key_list_sealed", async |conn| {
        signing_key::list_sealed(conn).await
    });
    for stored in keys.await? {
        let sealed = match state.receipt_keys.renew(&stored.kid, &stored.sealed_private_key) {
            Ok(Some(sealed)) => sealed,
            Ok(None) => continue,
            Err(problem) => {
                log::warn!("the signing key {}: {problem}", stored.kid);
                continue;
            }
        };
        let replaced = db::statement(&state.pool, "signing_key_replace_sealed", async |conn| {
            signing_key::replace_sealed(conn, &stored, &sealed).await
        });
        renewed += usize::from(replaced.await?);
    }
    if renewed > 0 {
        log::info!("{renewed} signing keys of receipts are now encrypted under the first key in SECRET_KEY");
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
