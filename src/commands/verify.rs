//! `unframed verify`: checks a site, or every response of this program's own server.

mod access;
mod browser;
mod own_server;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use self::access::AccessArguments;
use super::Failure;
use crate::verify::probe;
use crate::{config, routes};

/// What to check and how to report it.
#[derive(clap::Args)]
pub struct Arguments {
    /// Check the site at this URL from outside. Without it: this program's own server, on a private database
    #[arg(long)]
    url: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: AccessArguments,
    /// The options of `--browser`
    #[command(flatten)]
    browser: browser::BrowserArguments,
}

/// The text after the options in `--help`.
pub const HELP: &str = "\
Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as in curl. docs/VERIFY.md describes recipes.

Exit code 0: no findings. 1: findings. 2: no findings, but the check could not start or is not complete.

With --json: site; responses, findings and notes (their numbers); incomplete (what was not checked, and
why); list, with for each finding: severity (high, medium, low or note), rule (a stable name), what (what
was seen), browser (what browsers do with it), change (what to change), places.";

/// Prints a report. [`HELP`] explains the exit code.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if config::environment("RUST_LOG").is_none() {
        // Our own server would log hundreds of refused requests.
        log::set_max_level(log::LevelFilter::Off);
    }
    let report = match &arguments.url {
        Some(url) => {
            // Before anything is requested: the browser may be missing.
            let chosen = arguments.browser.find()?;
            let mut options = arguments.access.options()?;
            options.keep = arguments.browser.pages(chosen.as_ref());
            let checked = probe::run(url, &options, &routes::map()?).await?;
            match chosen {
                Some(programs) => arguments.browser.check(checked, &programs).await?,
                None => checked.report,
            }
        }
        None => own_server::walk().await?,
    };
    let text = if arguments.json { report.json()? } else { report.text() };
    writeln!(std::io::stdout(), "{}", text.trim_end()).context("the report cannot be written")?;
    Ok(ExitCode::from(report.exit_code()))
}
