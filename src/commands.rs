//! The commands of the command line, one file each. A command that fails prints one line, or one for each
//! problem of the environment, and exits with code 1 (`verify`: 2). `admin users` has further codes.

pub mod admin;
pub mod completions;
pub mod doctor;
pub mod local;
pub mod migrate;
pub mod serve;
pub mod verify;

use std::io::Write as _;

use anyhow::Context as _;

use crate::config;
use crate::db::{self, DatabaseUrl, Pool, migrations};
use crate::logging::request_id::RequestId;

/// Why a command failed. The command line prints it with its causes on one line (`{:#}`).
pub type Failure = anyhow::Error;

/// Logs to standard error at the level of `RUST_LOG`, by default `info`, in the form of `LOG_FORMAT`. A panic is a
/// line of the log, too.
///
/// # Errors
/// `LOG_FORMAT` is malformed.
pub fn init_log() -> Result<(), Failure> {
    let format = config::log_format()?;
    env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("info,actix_server=warn,actix_http::h1=off"),
    )
    // It logs each command for a browser, cookies included.
    .filter_module("thirtyfour", log::LevelFilter::Off)
    .format(move |buffer, record| {
        let (time, message) = (buffer.timestamp().to_string(), record.args().to_string());
        let id = RequestId::current();
        writeln!(buffer, "{}", format.line(&time, record.level(), record.target(), &message, id.as_ref()))
    })
    .init();
    std::panic::set_hook(Box::new(|panic| log::error!("{panic}")));
    Ok(())
}

/// Loads the file `.env` of the current folder, if it exists, into the environment. We do not look in the
/// folders above: another user may write to one of them.
pub fn load_env_file() -> Result<(), Failure> {
    match dotenvy::from_path(".env") {
        Err(error) if !error.not_found() => Err(Failure::msg(error).context(".env")),
        _ => Ok(()),
    }
}

/// The section of `--help` that lists the environment variables.
#[must_use]
pub fn environment_help() -> String {
    let lines = config::VARIABLES.iter().map(|(name, purpose)| format!("  {name:<24}{purpose}"));
    format!(
        "Environment (also read from the file .env in the current folder):\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// Flattens an error whose text contains some of its causes, because `{:#}` would print those twice.
fn flat(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::msg(db::with_causes(error))
}

async fn connect(url: &DatabaseUrl, pool_size: u32) -> Result<Pool, Failure> {
    Pool::connect(url, pool_size)
        .await
        .map_err(|error| flat(&error))
        .with_context(|| format!("the database at {} cannot be reached", url.shown()))
}

/// Fails unless the schema is the one that this program needs.
async fn require_schema(pool: &Pool) -> Result<(), Failure> {
    db::statement(pool, "schema_state", migrations::schema_state).await?.require_current()?;
    Ok(())
}
