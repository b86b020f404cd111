//! `unframed migrate`.

use super::Failure;
use crate::config::Config;
use crate::db::migrations;

/// Brings the schema of `DATABASE_URL` up to date and says what it did.
///
/// # Errors
/// The cause in one line.
pub async fn run() -> Result<(), Failure> {
    let url = Config::database_url_from_env("migrate").map_err(|faults| faults.to_string())?;
    let report = migrations::run(&url, |line| println!("{line}"))
        .await
        .map_err(|problem| format!("{}: {}", url.shown(), crate::db::with_causes(&problem)))?;
    let done = match report.applied.len() {
        0 => "nothing to do".to_owned(),
        count => format!("{count} applied"),
    };
    println!(
        "{} at {}: {done}, all {} migrations are in place",
        report.server.dialect.name(),
        url.shown(),
        report.total
    );
    Ok(())
}
