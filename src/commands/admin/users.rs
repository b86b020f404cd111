//! `unframed admin users`: lists and manages accounts, one file a command. No command sets a password.

mod confirmation;
pub mod create;
pub mod delete;
pub mod disable;
pub mod enable;
pub mod end_sessions;
pub mod list;
mod overview;
pub mod report;
pub mod reset_factors;
pub mod send_reset;
pub mod show;

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::correspondence::Correspondence;
use super::pool;
use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::{AccountName, EmailAddress};
use crate::models::account::{self, Account};
use crate::models::undo_link;

/// The section of `--help` about exit codes.
pub const HELP: &str =
    "Exit codes: 0, done; 1, failed; 2, wrong arguments; 3, no such account; 4, nothing to change.";

/// What `unframed admin users` does.
#[derive(Subcommand)]
pub enum Command {
    /// List accounts in the order of their email addresses
    #[command(after_help = HELP)]
    List(list::Arguments),
    /// Show one account: its state, its sessions and its last events
    #[command(after_help = HELP)]
    Show(Named),
    /// Create an account without a password, and mail a link to choose one. It works once, within 7 days
    #[command(after_help = HELP)]
    Create(create::Arguments),
    /// Disable an account: end its sessions and refuse sign-ins. Its owner gets no email
    #[command(after_help = HELP)]
    Disable(Named),
    /// Enable an account that was disabled
    #[command(after_help = HELP)]
    Enable(Named),
    /// End all sessions of an account, and cancel what waits for confirmation
    #[command(after_help = HELP)]
    EndSessions(Named),
    /// Mail a link to choose a new password. It works once, within 10 minutes
    #[command(after_help = HELP)]
    SendReset(Named),
    /// Delete an account in 7 days: its owner gets an email with a link to keep it. With --now, delete it at once
    #[command(after_help = HELP)]
    Delete(delete::Arguments),
    /// Remove all second factors of an account in 24 hours: its owner gets an email with a link to keep them. With --now,
    /// remove them at once
    #[command(after_help = HELP)]
    ResetFactors(reset_factors::Arguments),
}

/// An account, and how to print.
#[derive(Args)]
pub struct Named {
    /// The email address or the id of the account
    #[arg(value_name = "EMAIL_OR_ID", value_parser = AccountName::parse)]
    account: AccountName,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Runs a command and prints its result.
pub async fn run(command: Command) -> Result<ExitCode, Failure> {
    let now = Clock::system().now();
    match command {
        Command::List(arguments) => {
            print!("{}", list::run(&pool().await?, &arguments, now).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Show(Named { account, json }) => show::run(&pool().await?, &account, json, now).await,
        Command::Create(arguments) => {
            let Correspondence { pool, letters } = Correspondence::open().await?;
            create::run(&pool, &letters, &arguments.new, now).await?.print(arguments.json)
        }
        Command::Disable(Named { account, json }) => {
            disable::run(&pool().await?, &account, now).await?.print(json)
        }
        Command::Enable(Named { account, json }) => {
            enable::run(&pool().await?, &account, now).await?.print(json)
        }
        Command::EndSessions(Named { account, json }) => {
            end_sessions::run(&pool().await?, &account, now).await?.print(json)
        }
        Command::SendReset(Named { account, json }) => {
            let Correspondence { pool, letters } = Correspondence::open().await?;
            send_reset::run(&pool, &letters, &account, now).await?.print(json)
        }
        Command::Delete(arguments) => delete::run(&arguments, now).await,
        Command::ResetFactors(arguments) => reset_factors::run(&arguments, now).await,
    }
}

/// Finds an account before its mails are written.
async fn find(pool: &Pool, name: &AccountName) -> Result<Option<Account>, Failure> {
    let found = db::statement(pool, "account_find", async |conn| account::find(conn, name).await);
    Ok(found.await?)
}

/// The email address of an account, and its former ones whose owners can still take it back.
async fn addresses(
    pool: &Pool,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<(EmailAddress, Vec<EmailAddress>), Failure> {
    let id = account.id;
    let former = db::statement(pool, "undo_link_reserved_by_account", async |conn| {
        undo_link::reserved_emails(conn, id, now).await
    });
    let former = former.await?.iter().map(|email| EmailAddress::parse(email)).collect::<Result<_, _>>()?;
    Ok((EmailAddress::parse(&account.email)?, former))
}
