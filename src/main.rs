//! The command line: each command is one call.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use unframed::commands;

/// Account pages that cannot be clickjacked, on CockroachDB.
#[derive(Parser)]
#[command(version, after_help = commands::environment_help())]
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

impl Command {
    async fn run(self) -> Result<ExitCode, commands::Failure> {
        match self {
            Self::Serve => commands::serve::run().await,
            Self::Local { folder } => commands::local::run(&folder).await,
            Self::Admin(command) => commands::admin::run(command).await,
            Self::Migrate => commands::migrate::run().await,
            Self::Doctor => commands::doctor::run().await,
            Self::Verify(arguments) => return commands::verify::run(&arguments).await,
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let loaded = commands::load_env_file();
    let command = Command::parse();
    commands::init_log();
    // For a check, 1 means that it found something.
    let failed = ExitCode::from(if matches!(command, Command::Verify(_)) { 2 } else { 1 });
    let ended = if let Err(failure) = loaded { Err(failure) } else { command.run().await };
    ended.unwrap_or_else(|failure| {
        eprintln!("unframed: {failure}");
        failed
    })
}
