//! `unframed admin`: shows the operator what the database holds, invites users, imports and manages their accounts, and
//! registers applications.

pub mod apps;
mod correspondence;
pub mod framing_attempts;
pub mod import;
pub mod invite;
pub mod keys;
pub mod reports;
mod terminal;
pub mod throttles;
pub mod users;

use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;
use crate::config::Config;
use crate::db::Pool;
use crate::domain::Language;

/// What `unframed admin` shows and does.
#[derive(Subcommand)]
pub enum Command {
    /// List the origins that tried to show our pages in a frame, or to prefetch them, and were refused
    FramingAttempts {
        /// Print a JSON array with one object for each origin
        #[arg(long)]
        json: bool,
    },
    /// List the violations of our Content-Security-Policy that browsers reported
    Reports {
        /// Print a JSON array with one object for each directive and page
        #[arg(long)]
        json: bool,
    },
    /// Mail an invitation to create an account. Its link works once, within 7 days
    Invite {
        /// The email address that gets the account
        email: String,
        /// The language of the invitation: en or de
        #[arg(long, default_value = "en", value_parser = language)]
        language: Language,
    },
    /// Import accounts from a file, with the password hashes of another system. Nobody gets an email
    #[command(after_help = import::HELP)]
    Import(import::Arguments),
    /// List the rate limits that refuse attempts now, or are closest to it: at most 10 networks or accounts each
    Throttles {
        /// Print a JSON array with one object for each network or account
        #[arg(long)]
        json: bool,
    },
    /// Register applications that hand confirmations over, and manage them
    #[command(subcommand, after_help = apps::HELP)]
    Apps(apps::Command),
    /// Manage the keys that sign receipts
    #[command(subcommand)]
    Keys(keys::Command),
    /// List, show, create, disable and delete accounts
    #[command(subcommand, after_help = users::HELP)]
    Users(users::Command),
}

/// Prints a list on standard output, invites, imports, or manages an account.
pub async fn run(command: Command) -> Result<ExitCode, Failure> {
    let printed = match command {
        Command::FramingAttempts { json } => framing_attempts::show(&pool().await?, json).await?,
        Command::Reports { json } => reports::show(&pool().await?, json).await?,
        Command::Invite { email, language } => invite::run(&email, language).await?,
        Command::Throttles { json } => throttles::show(&pool().await?, json).await?,
        Command::Import(arguments) => return import::run(&arguments).await,
        Command::Apps(command) => return apps::run(command).await,
        Command::Keys(command) => keys::run(&command).await?,
        Command::Users(command) => return users::run(command).await,
    };
    print!("{printed}");
    Ok(ExitCode::SUCCESS)
}

/// Connects to `DATABASE_URL`, for a command that needs no other variable.
async fn pool() -> Result<Pool, Failure> {
    let pool = super::connect(&Config::database_url_from_env("admin")?, 1).await?;
    super::require_schema(&pool).await?;
    Ok(pool)
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::ALL.iter().copied().find(|known| known.tag() == tag).ok_or("there is no such language")
}
