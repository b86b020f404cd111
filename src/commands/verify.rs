//! `unframed verify`: looks at a site, or at every answer of our own server, and says what is wrong.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use super::Failure;
use crate::config;
use crate::verify::{probe, walk};

/// What to look at and how to say it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Any site, asked from outside. Without it: this program's own server, on a private database
    #[arg(long)]
    url: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// What follows the options in `--help`.
pub const HELP: &str = "\
Exit code 0: nothing found. 1: findings. 2: not looked at, or not all of it, and nothing found.

With --json: site, responses (how many were read), findings and notes (how many), incomplete (what was
not looked at, and why), list of {severity (high, medium, low, note), rule (a stable name), what,
browser (what it makes of it), change (what to change), places}.";

/// Prints a report; its exit code is described in [`HELP`].
///
/// # Errors
/// One line, when nothing could be looked at or the report cannot be written.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if config::environment("RUST_LOG").is_none() {
        // The server that is walked would log each of some hundred refused requests.
        log::set_max_level(log::LevelFilter::Off);
    }
    let report = match &arguments.url {
        Some(url) => probe::run(url, probe::LONGEST).await?,
        None => walk::run().await.map_err(Failure::msg)?,
    };
    let text = if arguments.json { report.json()? } else { report.text() };
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("the report cannot be written")?;
    Ok(ExitCode::from(report.exit_code()))
}
