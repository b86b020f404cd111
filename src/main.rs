//! The command line. Each command calls one function of `commands`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};
use clap_complete::Shell;
use unframed::commands;
use unframed::verify::report::printable_lines;

/// Account pages that cannot be clickjacked, on CockroachDB.
#[derive(Parser)]
#[command(version, after_help = commands::environment_help())]
enum Command {
    /// Serve the pages. Needs an up-to-date schema in DATABASE_URL
    Serve,
    /// Try unframed: a private database in a folder, a generated secret, emails as files, their links printed
    Local {
        /// The folder for the database, the secret and the emails; a second run uses them again
        #[arg(long, default_value = ".local", value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Show what is counted in DATABASE_URL: framing attempts, reports, rate limits. Invite users and manage accounts
    #[command(subcommand)]
    Admin(commands::admin::Command),
    /// Bring the schema of DATABASE_URL up to date. Several processes may run this at once
    Migrate,
    /// Check the database at DATABASE_URL and its settings. Changes nothing
    Doctor,
    /// Check how a site protects itself against framing. Exit code 1: findings
    #[command(after_help = commands::verify::HELP)]
    Verify(Box<commands::verify::Arguments>),
    /// Print the script with which a shell completes these commands
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for each command into a folder
    Man {
        /// The folder, made if it is missing
        folder: PathBuf,
    },
}

impl Command {
    async fn run(self) -> Result<ExitCode, commands::Failure> {
        match self {
            Self::Serve => commands::serve::run().await,
            Self::Local { folder } => commands::local::run(&folder).await,
            Self::Admin(command) => return commands::admin::run(command).await,
            Self::Migrate => commands::migrate::run().await,
            Self::Doctor => commands::doctor::run().await,
            Self::Verify(arguments) => return commands::verify::run(&arguments).await,
            Self::Completions { shell } => commands::completions::print(Self::command(), shell),
            Self::Man { folder } => commands::completions::write_manual(Self::command(), &folder),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

fn main() -> ExitCode {
    // Pages are made on Actix' own threads, one for each core. This runtime carries the connections to the database: on
    // more threads than half the cores, a query costs more context switches than it gains.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.worker_threads((cores / 2).max(1)).enable_all().build() {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            eprintln!("unframed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> ExitCode {
    let loaded = commands::load_env_file();
    let command = Command::parse();
    let loaded = loaded.and_then(|()| commands::init_log());
    // For `verify`, code 1 means findings.
    let failed = ExitCode::from(if matches!(command, Command::Verify(_)) { 2 } else { 1 });
    let result = if let Err(failure) = loaded { Err(failure) } else { command.run().await };
    result.unwrap_or_else(|failure| {
        let text = printable_lines(&format!("unframed: {failure:#}"));
        // The terminal may be gone. The code says that it failed.
        let _ = writeln!(std::io::stderr(), "{text}");
        failed
    })
}
