//! `unframed admin users disable`: disables an account.

use chrono::{DateTime, Utc};

use super::report::{Report, sessions, time};
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::AccountName;
use crate::models::account;

/// Disables an account and ends its sessions.
pub async fn run(pool: &Pool, name: &AccountName, now: DateTime<Utc>) -> Result<Report, Failure> {
    let change =
        db::transaction(pool, "account_disable", async |conn| account::disable_in_txn(conn, name, now).await);
    Report::of(
        change.await?,
        name,
        |account, ended| format!("Disabled {} and ended {}.", account.email, sessions(ended)),
        |account| {
            let since = account.disabled_at.map(|at| format!(" since {}", time(at))).unwrap_or_default();
            format!("{} has been disabled{since}", account.email)
        },
    )
}
