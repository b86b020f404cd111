//! Removes the second factors of accounts whose wait after the request of an operator is over. Several instances may run
//! it at once.

use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, Utc};

use crate::actions::notices;
use crate::actions::reset_factors::FactorReset;
use crate::db::{self, DatabaseError, Pool};
use crate::domain::{EmailAddress, EventKind, Occasion};
use crate::error::AppError;
use crate::models::account::{self, Account, AccountChange};
use crate::state::AppState;

/// The pause between two sweeps.
const EVERY: Duration = Duration::from_secs(60);
/// The most accounts of one sweep.
const BATCH: i64 = 100;

/// When the factors of an account may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetTime {
    /// After the wait that a request began.
    AfterWait,
    /// Now, with or without a request before.
    AtOnce,
}

/// Removes the factors that are due, at intervals until it is dropped.
pub async fn run(state: web::Data<AppState>) {
    loop {
        sweep(&state).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// Removes the factors of up to a batch of accounts that are due now; returns how many accounts. One that fails is logged
/// and left for the next sweep.
pub async fn sweep(state: &AppState) -> usize {
    let now = state.clock.now();
    let due = db::statement(&state.pool, "account_find_factor_resets", async |conn| {
        account::find_factor_resets(conn, now, BATCH).await
    });
    let mut done = 0;
    for account in due.await.unwrap_or_default() {
        let id = account.id;
        match reset(state, &account, now).await {
            Ok(AccountChange::Done(..)) => {
                done += 1;
                log::info!("the second factors of user {id} were removed at the request of an operator");
            }
            // Stopped, done by another instance, or changed at this moment: then the next sweep finds it.
            Ok(_) => {}
            Err(error) => log::error!("the second factors of user {id} were not removed: {error}"),
        }
    }
    done
}

/// Removes the factors of one account that is due.
async fn reset(state: &AppState, account: &Account, now: DateTime<Utc>) -> Result<AccountChange, AppError> {
    let letters = state.letters.about(Occasion::by_operator(now, account.locale()));
    let former = notices::former_addresses(state, account.id).await?;
    let to = EmailAddress::parse(&account.email)?;
    let prepared = FactorReset::prepare(&letters, &to, &former, account.short_password, now)?;
    Ok(carry_out(&state.pool, account, &prepared, ResetTime::AfterWait, now).await?)
}

/// Removes the factors of an account, if it is still as it was when the removal was prepared.
pub async fn carry_out(
    pool: &Pool,
    prepared_for: &Account,
    prepared: &FactorReset,
    time: ResetTime,
    now: DateTime<Utc>,
) -> Result<AccountChange, DatabaseError> {
    db::transaction(pool, "account_reset_factors", async |conn| {
        let account = match account::find_again(conn, prepared_for).await? {
            Some(account) if account.short_password == prepared.short_password() => account,
            _ => return Ok(AccountChange::Outdated),
        };
        let is_due = account.factors_reset_after.is_some_and(|after| after <= now);
        if account.second_factor_since.is_none() || (time == ResetTime::AfterWait && !is_due) {
            return Ok(AccountChange::Unchanged(account));
        }
        prepared.carry_out_in_txn(conn, account.id, now).await?;
        account::note(conn, account.id, EventKind::FactorsResetByOperator, now).await?;
        Ok(AccountChange::Done(account, 0))
    })
    .await
}
