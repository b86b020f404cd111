//! `unframed admin users enable`: enables an account that was disabled.

use chrono::{DateTime, Utc};

use super::report::Report;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::AccountName;
use crate::models::account;

/// Enables an account. Its owner signs in again with the same password.
pub async fn run(pool: &Pool, name: &AccountName, now: DateTime<Utc>) -> Result<Report, Failure> {
    let change =
        db::transaction(pool, "account_enable", async |conn| account::enable_in_txn(conn, name, now).await);
    Report::of(
        change.await?,
        name,
        |account, _| format!("Enabled {}.", account.email),
        |account| format!("{} is not disabled", account.email),
    )
}
