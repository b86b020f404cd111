//! `unframed admin users end-sessions`: signs an account out everywhere.

use chrono::{DateTime, Utc};

use super::report::{Report, sessions};
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::AccountName;
use crate::models::account;

/// Ends all sessions of an account and withdraws what waits.
pub async fn run(pool: &Pool, name: &AccountName, now: DateTime<Utc>) -> Result<Report, Failure> {
    let change = db::transaction(pool, "account_end_sessions", async |conn| {
        account::end_sessions_in_txn(conn, name, now).await
    });
    Report::of(
        change.await?,
        name,
        |account, ended| format!("Ended {} of {}.", sessions(ended), account.email),
        |account| format!("{} has no session", account.email),
    )
}
