//! The command line: each command is one call.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use unframed::commands;
use unframed::config::VARIABLES;

/// Account pages that cannot be clickjacked, on CockroachDB.
#[derive(Parser)]
#[command(version, after_help = variables())]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages from DATABASE_URL. Refuses to start on a schema that is behind
    Serve,
    /// Try it out: a private database in a folder, a generated secret, mails as files
    Local {
        /// Where database, secret and mails are kept; a second run finds them again
        #[arg(long, default_value = ".local", value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Show what was counted in DATABASE_URL
    #[command(subcommand)]
    Admin(commands::admin::Command),
    /// Bring the schema of DATABASE_URL up to date. Safe to run twice at once
    Migrate,
    /// Say, line by line, whether DATABASE_URL is as it should be. Changes nothing
    Doctor,
    /// Check what a site sends against framing, and what browsers make of it. Exit code 1: findings
    #[command(after_help = commands::verify::HELP)]
    Verify(commands::verify::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let loaded = dotenvy::dotenv();
    let command = CommandLine::parse().command;
    commands::init_log();
    // For a check, 1 means that it found something.
    let failed = ExitCode::from(if matches!(command, Command::Verify(_)) { 2 } else { 1 });
    let result = match loaded {
        Err(error) if !error.not_found() => Err(format!(".env: {error}")),
        _ => match command {
            Command::Serve => commands::serve::run().await,
            Command::Local { folder } => commands::local::run(&folder).await,
            Command::Admin(command) => commands::admin::run(command).await,
            Command::Migrate => commands::migrate::run().await,
            Command::Doctor => commands::doctor::run().await,
            Command::Verify(arguments) => match commands::verify::run(&arguments).await {
                Ok(code) => return code,
                Err(failure) => Err(failure),
            },
        },
    };
    if let Err(failure) = result {
        eprintln!("unframed: {failure}");
        return failed;
    }
    ExitCode::SUCCESS
}

fn variables() -> String {
    let lines = VARIABLES.iter().map(|(name, use_)| format!("  {name:<24}{use_}"));
    format!("Environment (also read from a file named .env):\n{}", lines.collect::<Vec<_>>().join("\n"))
}
