//! `unframed admin users delete`: schedules the deletion of an account, or deletes it at once.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;

use super::report::{Report, sessions, time};
use super::{Named, addresses, confirmation};
use crate::actions::delete_account::Prepared;
use crate::commands::Failure;
use crate::commands::admin::correspondence::Correspondence;
use crate::db::{self, Pool};
use crate::domain::{AccountName, EventKind, Occasion};
use crate::mail::Letters;
use crate::models::account::{self, Account, AccountChange};

/// The account, and when to delete it.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
    /// Delete it at once. This cannot be undone
    #[arg(long)]
    now: bool,
    /// Do not ask for confirmation of --now
    #[arg(long, requires = "now")]
    yes: bool,
}

/// Schedules the deletion, or confirms and deletes.
pub async fn run(arguments: &Arguments, now: DateTime<Utc>) -> Result<ExitCode, Failure> {
    let Named { account: name, json } = &arguments.named;
    let asks = arguments.now && !arguments.yes;
    if asks {
        confirmation::require_terminal();
    }
    let Correspondence { pool, letters } = Correspondence::open().await?;
    let Some(found) = super::find(&pool, name).await? else { return Report::not_found(name).print(*json) };
    let what = |account: &str| {
        format!("This deletes the account {account} and its data at once. You can't undo it.")
    };
    if asks && !confirmation::ask(&found, what)? {
        bail!("this is not the email address of the account, so nothing was deleted");
    }
    let report = if arguments.now {
        delete_now(&pool, &letters, &found, now).await?
    } else {
        schedule(&pool, &letters, &found, now).await?
    };
    report.print(*json)
}

/// Sets the date, ends all sessions, and queues the mail with the link that keeps the account.
pub async fn schedule(
    pool: &Pool,
    letters: &Letters,
    found: &Account,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let letters = letters.about(Occasion::by_operator(now, found.locale()));
    let (address, former) = addresses(pool, found, now).await?;
    let prepared = Prepared::by_operator(&letters, &address, &former, now)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let change = db::transaction(pool, "account_schedule_deletion", async |conn| {
        let Some(account) = account::find_again(conn, found).await? else {
            return Ok(AccountChange::Outdated);
        };
        if account.delete_after.is_some() {
            return Ok(AccountChange::Unchanged(account));
        }
        let ended = prepared.schedule_in_txn(conn, account.id, now).await?;
        account::note(conn, account.id, EventKind::DeletionRequestedByOperator, now).await?;
        Ok(AccountChange::Done(account, ended))
    });
    let until = prepared.delete_after();
    let done = |account: &Account, ended| {
        let (email, ended, until) = (&account.email, sessions(ended), time(until));
        format!(
            "{email} will be deleted after {until}. Ended {ended}. The email with the link that keeps the account is queued; \
             `unframed serve` sends it."
        )
    };
    let unchanged = |account: &Account| {
        let after = account.delete_after.map(|at| format!(" after {}", time(at))).unwrap_or_default();
        format!("{} is already to be deleted{after}", account.email)
    };
    let report = Report::of(change.await?, &AccountName::Id(found.id), done, unchanged)?;
    Ok(report.with_link(until))
}

/// Deletes an account with all its rows, and queues the last mails: to its email address, and to each former one whose
/// owner could have taken the account back.
pub async fn delete_now(
    pool: &Pool,
    letters: &Letters,
    found: &Account,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let (address, former) = addresses(pool, found, now).await?;
    let mut drafts = Vec::new();
    for to in former.iter().chain([&address]) {
        let draft = letters.account_deleted(to, found.locale());
        drafts.push(draft.map_err(|error| Failure::msg(error.to_string()))?);
    }
    let mails: Vec<_> = drafts.iter().map(|draft| draft.queued(now)).collect();
    let change = db::transaction(pool, "account_delete", async |conn| {
        account::delete_in_txn(conn, found, &mails, now).await
    });
    let done = |account: &Account, ended| format!("Deleted {}. Ended {}.", account.email, sessions(ended));
    Report::of(change.await?, &AccountName::Id(found.id), done, |_| String::new())
}
