//! `unframed admin import`: creates accounts from a file of another system. A row is imported as a whole or not at all,
//! and an account that exists is never changed, so an import can be repeated.

mod addresses;
pub mod output;
pub mod records;

use std::io::{BufWriter, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Args;
use tokio::sync::mpsc;

use self::addresses::Addresses;
use self::output::{Counts, Outcome, Output};
use self::records::{Format, ReadProblem, Record, Row, RowProblem, Summary};
use super::pool;
use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::account::import::{self, ImportResult, NewImport};

/// The section of `--help` about exit codes.
pub const HELP: &str = "Exit codes: 0, done: each row has an account; 1, failed; 2, wrong arguments; 4, nothing to \
                        import: all rows have accounts already; 5, done except for some rows. docs/IMPORT.md \
                        describes the formats.";

/// The rows of one transaction.
const BATCH_ROWS: usize = 500;
/// The batches between two lines of the log.
const BATCHES_PER_LOG_LINE: usize = 100;

/// What to import, and how.
#[derive(Args)]
pub struct Arguments {
    /// CSV with a header; a JSON array of users, or one JSON object a line; a realm that Keycloak exported with its
    /// users; or what Django's `dumpdata` writes
    file: PathBuf,
    /// Say for each row what an import would do, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print a JSON object on a line for each row that is reported, and one for the summary
    #[arg(long)]
    json: bool,
    /// The format, if the file name does not end in .csv, .json, .jsonl or .ndjson
    #[arg(long)]
    format: Option<Format>,
}

/// Imports a file, and prints what it could not import and a summary.
pub async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { file, dry_run, json, format } = arguments;
    let Some(format) = format.or_else(|| Format::of(file)) else {
        let message = "the file name ends in none of .csv, .json, .jsonl and .ndjson: add --format csv or --format json\n";
        clap::Error::raw(clap::error::ErrorKind::MissingRequiredArgument, message).exit();
    };
    let mut output = Output::new(Box::new(BufWriter::new(stdout())), *json, *dry_run);
    let counts = import(&pool().await?, file, format, &mut output, Clock::system().now()).await?;
    Ok(ExitCode::from(counts.code()))
}

/// Imports a file, or foresees that, and writes a report to `output`, also when it fails.
///
/// # Errors
/// The file or the database: rows before that may have been imported.
pub async fn import(
    pool: &Pool,
    file: &Path,
    format: Format,
    output: &mut Output,
    now: DateTime<Utc>,
) -> Result<Counts, Failure> {
    let mut import = Import { pool, output, now, addresses: Addresses::default(), counts: Counts::default() };
    let ended = import.all(file, format).await;
    let Import { mut counts, .. } = import;
    let failure = match ended {
        Ok(summary) => {
            counts.not_users = summary.skipped;
            counts.ignored_fields = summary.ignored;
            None
        }
        Err(failure) => Some(failure),
    };
    output.summarize(&counts)?;
    failure.map_or(Ok(counts), Err)
}

/// An import that runs.
struct Import<'a> {
    pool: &'a Pool,
    output: &'a mut Output,
    now: DateTime<Utc>,
    addresses: Addresses,
    counts: Counts,
}

impl Import<'_> {
    /// Takes each batch of rows while the next one is read.
    async fn all(&mut self, file: &Path, format: Format) -> Result<Summary, Failure> {
        let (sender, mut batches) = mpsc::channel(1);
        let path = file.to_owned();
        let reading = tokio::task::spawn_blocking(move || read(&path, format, &sender));
        let mut taken = 0;
        while let Some(rows) = batches.recv().await {
            let first = rows.first().map(place);
            self.take(rows).await.with_context(|| {
                let place = first.map_or_else(String::new, |place| format!(" at {place}"));
                format!("the import stopped{place}; run it again, and it skips what it has imported")
            })?;
            taken += 1;
            if taken % BATCHES_PER_LOG_LINE == 0 {
                log::info!("import: {} rows", taken * BATCH_ROWS);
            }
        }
        let summary = reading.await?;
        summary.map_err(|problem| {
            Failure::msg(super::terminal::visible(&problem.to_string())).context(file.display().to_string())
        })
    }

    async fn take(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        // Each account with the earlier row that has its email address.
        let mut with_first = |record: Record| {
            let first = self.addresses.add(&record.email, record.place);
            (record, first)
        };
        let rows: Vec<_> = rows.into_iter().map(|row| row.map(&mut with_first)).collect();
        let new = rows.iter().flatten().filter(|(_, first)| first.is_none()).map(|(record, _)| record);
        let new: Vec<&Record> = new.collect();
        let mut results = store(self.pool, &new, self.output.is_dry_run(), self.now).await?.into_iter();
        for row in &rows {
            match row {
                Ok((record, first)) => {
                    let result = || results.next().map(Outcome::from);
                    let outcome =
                        first.map(Outcome::Repeats).or_else(result).context("a row has no result")?;
                    self.counts.add(record, outcome);
                    self.output.record(record, outcome)?;
                }
                Err(problem) => {
                    self.counts.problems += 1;
                    self.output.problem(problem)?;
                }
            }
        }
        self.output.flush()
    }
}

/// Stores accounts, or foresees the results.
async fn store(
    pool: &Pool,
    records: &[&Record],
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<Vec<ImportResult>, Failure> {
    if dry_run {
        let emails: Vec<&str> = records.iter().map(|record| record.email.as_str()).collect();
        let foreseen = db::statement(pool, "account_foresee_import", async |conn| {
            import::foresee(conn, &emails, now).await
        });
        return Ok(foreseen.await?);
    }
    let new: Vec<NewImport<'_>> = records.iter().map(|record| new_account(record, now)).collect();
    let stored = db::idempotent_transaction(pool, "account_import", async |conn| {
        import::create_in_txn(conn, &new, now).await
    });
    Ok(stored.await?)
}

fn new_account(record: &Record, now: DateTime<Utc>) -> NewImport<'_> {
    let Record { email, display_name, hash, disabled, .. } = record;
    NewImport::new(email, display_name, hash.as_ref(), *disabled, now)
}

/// Sends the rows of a file in batches. Blocks while two batches wait.
fn read(path: &Path, format: Format, batches: &mpsc::Sender<Vec<Row>>) -> Result<Summary, ReadProblem> {
    use std::ops::ControlFlow::{Break, Continue};
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    let summary = records::read_file(path, format, &mut |row| {
        batch.push(row);
        if batch.len() < BATCH_ROWS {
            return Continue(());
        }
        let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
        if batches.blocking_send(full).is_ok() { Continue(()) } else { Break(()) }
    });
    // Nobody receives it if the import has failed.
    let _ = batches.blocking_send(batch);
    summary
}

fn place(row: &Row) -> records::Place {
    match row {
        Ok(record) => record.place,
        Err(RowProblem { place, .. }) => *place,
    }
}
