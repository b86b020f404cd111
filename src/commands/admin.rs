//! `unframed admin`: shows the operator what the database has counted, and invites users.

pub mod framing_attempts;
pub mod invite;
pub mod reports;
mod table;
pub mod throttles;

use clap::Subcommand;
use serde::Serialize;

use super::Failure;
use crate::config::Config;
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
    /// List the rate limits that refuse attempts now, or are closest to it: at most 10 networks or accounts each
    Throttles {
        /// Print a JSON array with one object for each network or account
        #[arg(long)]
        json: bool,
    },
}

/// Prints a list on standard output, or invites.
pub async fn run(command: Command) -> Result<(), Failure> {
    if let Command::Invite { email, language } = command {
        print!("{}", invite::run(&email, language).await?);
        return Ok(());
    }
    let url = Config::database_url_from_env("admin")?;
    let pool = super::connect(&url, 1).await?;
    super::require_schema(&pool).await?;
    let list = match command {
        Command::FramingAttempts { json } => framing_attempts::show(&pool, json).await?,
        Command::Reports { json } => reports::show(&pool, json).await?,
        Command::Throttles { json } => throttles::show(&pool, json).await?,
        Command::Invite { .. } => String::new(),
    };
    print!("{list}");
    Ok(())
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::ALL.iter().copied().find(|known| known.tag() == tag).ok_or("there is no such language")
}

fn as_json(rows: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(rows)? + "\n")
}
