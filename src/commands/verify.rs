//! `unframed verify`: looks at a site, or at every answer of our own server, and says what is wrong.

use std::process::ExitCode;

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

/// Prints a report. Exit code 0: nothing found; 1: something; 2: nothing, or not all, could be looked at.
pub async fn run(arguments: &Arguments) -> ExitCode {
    if config::environment("RUST_LOG").is_none() {
        // The server that is walked would log each of some hundred refused requests.
        log::set_max_level(log::LevelFilter::Off);
    }
    let result = match &arguments.url {
        Some(url) => probe::run(url, probe::LONGEST).await.map_err(|problem| problem.to_string()),
        None => walk::run().await,
    };
    let shown = result.and_then(|report| {
        let text =
            if arguments.json { report.json().map_err(|error| error.to_string())? } else { report.text() };
        Ok((text, report.exit_code()))
    });
    match shown {
        Ok((text, code)) => {
            println!("{}", text.trim_end());
            ExitCode::from(code)
        }
        Err(problem) => {
            eprintln!("unframed: {problem}");
            ExitCode::from(2)
        }
    }
}
