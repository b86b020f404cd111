//! `unframed admin users reset-factors`: schedules the removal of all second factors, or removes them at once.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;

use super::report::{Report, time};
use super::{Named, addresses, confirmation};
use crate::actions::reset_factors::{FactorReset, FactorResetRequest};
use crate::commands::Failure;
use crate::commands::admin::correspondence::Correspondence;
use crate::db::{self, Pool};
use crate::domain::{AccountName, EventKind, Occasion};
use crate::factor_reset::{self, ResetTime};
use crate::mail::Letters;
use crate::models::account::{self, Account, AccountChange};
use crate::models::undo_link;

/// The account, and when to remove its second factors.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// Remove them at once. The owner can restore them for 7 days
    #[arg(long)]
    now: bool,
    /// Do not ask for confirmation of --now
    #[arg(long, requires = "now")]
    yes: bool,
}

/// Schedules the removal, or confirms and removes.
pub async fn run(arguments: &Arguments, now: DateTime<Utc>) -> Result<ExitCode, Failure> {
    let Named { account: name, json } = &arguments.named;
    let asks = arguments.now && !arguments.yes;
    if asks {
        confirmation::require_terminal();
    }
    let Correspondence { pool, letters } = Correspondence::open().await?;
    let Some(found) = super::find(&pool, name).await? else { return Report::not_found(name).print(*json) };
    let what = |account: &str| {
        format!(
            "This removes all second factors of the account {account} at once, before its owner can stop it. \
             Be sure who asked for it."
        )
    };
    if asks && found.second_factor_since.is_some() && !confirmation::ask(&found, what)? {
        bail!("this is not the email address of the account, so no second factor was removed");
    }
    let report = if arguments.now {
        reset_now(&pool, &letters, &found, now).await?
    } else {
        schedule(&pool, &letters, &found, now).await?
    };
    report.print(*json)
}

/// Sets the date, and queues the mail with the link that keeps the second factors.
pub async fn schedule(
    pool: &Pool,
    letters: &Letters,
    found: &Account,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let letters = letters.about(Occasion::by_operator(now, found.locale()));
    let (address, former) = addresses(pool, found, now).await?;
    let prepared = FactorResetRequest::prepare(&letters, &address, &former, now)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let change = db::transaction(pool, "account_schedule_factor_reset", async |conn| {
        let Some(account) = account::find_again(conn, found).await? else {
            return Ok(AccountChange::Outdated);
        };
        if account.second_factor_since.is_none() || account.factors_reset_after.is_some() {
            return Ok(AccountChange::Unchanged(account));
        }
        prepared.store_in_txn(conn, account.id, now).await?;
        account::note(conn, account.id, EventKind::FactorResetRequestedByOperator, now).await?;
        Ok(AccountChange::Done(account, 0))
    });
    let done = |account: &Account, _| {
        format!(
            "The second factors of {} will be removed after {}. The email with the link that keeps them is queued; \
             `unframed serve` sends it.",
            account.email,
            time(prepared.reset_after())
        )
    };
    let report = Report::of(change.await?, &AccountName::Id(found.id), done, unchanged)?;
    Ok(report.with_link(now + undo_link::LIFETIME))
}

/// Removes the second factors, and queues the mail with the link that restores them.
pub async fn reset_now(
    pool: &Pool,
    letters: &Letters,
    found: &Account,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let letters = letters.about(Occasion::by_operator(now, found.locale()));
    let (address, former) = addresses(pool, found, now).await?;
    let prepared = FactorReset::prepare(&letters, &address, &former, found.short_password, now)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let change = factor_reset::carry_out(pool, found, &prepared, ResetTime::AtOnce, now);
    let done = |account: &Account, _| {
        let password = if prepared.short_password() {
            " The password is too short to stand alone, so it no longer works: \
             the owner chooses a new one under \"Forgot your password?\"."
        } else {
            ""
        };
        format!(
            "Removed the second factors of {}.{password} The email with the link that restores them is queued; \
             `unframed serve` sends it.",
            account.email
        )
    };
    let report = Report::of(change.await?, &AccountName::Id(found.id), done, unchanged)?;
    Ok(report.with_link(now + undo_link::LIFETIME))
}

/// The sentence for an account without a second factor, or with a removal that waits.
fn unchanged(account: &Account) -> String {
    match account.factors_reset_after {
        Some(after) if account.second_factor_since.is_some() => format!(
            "the second factors of {} are already to be removed after {}; to remove them at once, add --now",
            account.email,
            time(after)
        ),
        _ => format!("{} has no second factor", account.email),
    }
}
