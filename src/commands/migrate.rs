//! `unframed migrate`: applies the missing migrations.

use anyhow::Context as _;

use super::Failure;
use crate::config::Config;
use crate::db::migrations;

/// Brings the schema of `DATABASE_URL` up to date and prints the result.
pub async fn run() -> Result<(), Failure> {
    let url = Config::database_url_from_env("migrate")?;
    let report = migrations::run(&url, |line| println!("{line}"))
        .await
        .map_err(|problem| super::flat(&problem))
        .with_context(|| url.shown())?;
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
