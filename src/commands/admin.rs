//! `unframed admin`: what was counted in the database, for whoever runs the site.

pub mod framing_attempts;
pub mod reports;
mod table;

use clap::Subcommand;
use serde::Serialize;

use super::Failure;
use crate::config::Config;
use crate::db::{self, Pool, migrations};

/// What can be shown.
#[derive(Subcommand)]
pub enum Command {
    /// Who tried to show our pages in a frame, or ahead of time, and was refused
    FramingAttempts {
        /// One JSON object for each origin, in an array
        #[arg(long)]
        json: bool,
    },
    /// What browsers reported against our Content-Security-Policy
    Reports {
        /// One JSON object for each directive and page, in an array
        #[arg(long)]
        json: bool,
    },
}

/// Shows it on standard output.
///
/// # Errors
/// The cause in one line.
pub async fn run(command: Command) -> Result<(), Failure> {
    let url = Config::database_url_from_env("admin").map_err(|faults| faults.to_string())?;
    let pool = Pool::connect(&url, 1).await.map_err(|error| {
        format!("the database at {} cannot be reached: {}", url.shown(), db::with_causes(&error))
    })?;
    let state =
        db::statement(&pool, "pending", migrations::schema_state).await.map_err(|error| error.to_string())?;
    state.require_current().map_err(|problem| problem.to_string())?;
    let shown = match command {
        Command::FramingAttempts { json } => framing_attempts::show(&pool, json).await?,
        Command::Reports { json } => reports::show(&pool, json).await?,
    };
    print!("{shown}");
    Ok(())
}

fn as_json(rows: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(rows).map(|text| text + "\n").map_err(|error| error.to_string())
}
