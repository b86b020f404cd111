//! `unframed admin apps`: registers the applications that hand confirmations over. A secret is shown once.

pub mod create;
pub mod disable;
pub mod list;
pub mod report;
pub mod rotate;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::pool;
use crate::clock::Clock;
use crate::commands::Failure;

/// The section of `--help` about exit codes.
pub const HELP: &str =
    "Exit codes: 0, done; 1, failed; 2, wrong arguments; 3, no such application; 4, nothing to change.";

/// What `unframed admin apps` does.
#[derive(Subcommand)]
pub enum Command {
    /// Register an application, and print its id and its secret. The secret is shown only now
    #[command(after_help = HELP)]
    Create(create::Arguments),
    /// List the applications
    #[command(after_help = HELP)]
    List {
        /// Print a JSON array with one object for each application
        #[arg(long)]
        json: bool,
    },
    /// Give an application another secret, and print it. The former one works for 24 hours
    #[command(after_help = HELP)]
    Rotate(rotate::Arguments),
    /// Disable an application for good: its secret stops working, and nothing that it asked for can be approved
    #[command(after_help = HELP)]
    Disable(Named),
}

/// An application, and how to print.
#[derive(Args)]
pub struct Named {
    /// The id of the application
    id: Uuid,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// Runs a command and prints its result.
pub async fn run(command: Command) -> Result<ExitCode, Failure> {
    let now = Clock::system().now();
    match command {
        Command::Create(arguments) => {
            create::run(&pool().await?, &arguments.new, now).await?.print(arguments.json)
        }
        Command::List { json } => {
            print!("{}", list::run(&pool().await?, json).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Rotate(arguments) => rotate::run(&pool().await?, arguments.named.id, arguments.now, now)
            .await?
            .print(arguments.named.json),
        Command::Disable(Named { id, json }) => disable::run(&pool().await?, id, now).await?.print(json),
    }
}
