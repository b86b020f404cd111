//! What an import prints. No hash and no name is printed: a row with shifted columns may have a hash in place of a name.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;
use serde::Serialize;

use super::records::{Place, Record, RowProblem};
use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::models::account::import::ImportResult;

/// The outcome of an account in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its account is imported, or would be.
    Imported,
    /// Its email address has an account already.
    Taken,
    /// An undo link of another account reserves its email address.
    Reserved,
    /// An earlier row has its email address.
    Repeats(Place),
}

impl Outcome {
    /// The name in JSON.
    const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Taken => "skipped",
            Self::Reserved => "reserved",
            Self::Repeats(_) => "repeated",
        }
    }
}

impl From<ImportResult> for Outcome {
    fn from(result: ImportResult) -> Self {
        match result {
            ImportResult::Created => Self::Imported,
            ImportResult::Taken => Self::Taken,
            ImportResult::Reserved => Self::Reserved,
        }
    }
}

/// The number of rows of each outcome. A dry run counts what an import would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The accounts that are imported.
    pub imported: usize,
    /// Those of them without a password.
    pub without_password: usize,
    /// Those of them that are disabled.
    pub disabled: usize,
    /// Those of them with a password, by the scheme of its hash.
    pub schemes: BTreeMap<&'static str, usize>,
    /// The rows whose email address has an account already.
    pub skipped: usize,
    /// The rows whose email address is reserved.
    pub reserved: usize,
    /// The rows that repeat the email address of an earlier row.
    pub repeated: usize,
    /// The other rows that cannot be imported.
    pub problems: usize,
    /// The JSON objects that are not users.
    pub not_users: usize,
    /// The names of columns or fields without a meaning here.
    pub ignored_fields: Vec<String>,
}

impl Counts {
    pub(super) fn add(&mut self, record: &Record, outcome: Outcome) {
        match outcome {
            Outcome::Taken => self.skipped += 1,
            Outcome::Reserved => self.reserved += 1,
            Outcome::Repeats(_) => self.repeated += 1,
            Outcome::Imported => {
                self.imported += 1;
                self.disabled += usize::from(record.disabled);
                match &record.hash {
                    Some(hash) => *self.schemes.entry(hash.scheme()).or_default() += 1,
                    None => self.without_password += 1,
                }
            }
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match (self.reserved + self.repeated + self.problems, self.imported) {
            (0, 0) => 4,
            (0, _) => 0,
            _ => 5,
        }
    }
}

/// Where a report goes, and its form.
pub struct Output {
    to: Box<dyn Write + Send>,
    json: bool,
    dry_run: bool,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    row: String,
    result: &'static str,
    email: Option<&'a str>,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonSummary<'a> {
    result: &'static str,
    dry_run: bool,
    #[serde(flatten)]
    counts: &'a Counts,
}

impl Output {
    /// Writes text, or JSON on lines. A dry run reports every row, an import those that it does not import.
    #[must_use]
    pub fn new(to: Box<dyn Write + Send>, json: bool, dry_run: bool) -> Self {
        Self { to, json, dry_run }
    }

    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Reports an account, unless it was imported.
    pub(super) fn record(&mut self, record: &Record, outcome: Outcome) -> Result<(), Failure> {
        if outcome == Outcome::Imported && !self.dry_run {
            return Ok(());
        }
        let email = Some(record.email.as_str());
        self.row(record.place, outcome.name(), email, &sentence(record, outcome))
    }

    /// Reports a row that cannot be imported.
    pub(super) fn problem(&mut self, problem: &RowProblem) -> Result<(), Failure> {
        self.row(problem.place, "problem", None, &problem.fault.to_string())
    }

    fn row(
        &mut self,
        place: Place,
        result: &'static str,
        email: Option<&str>,
        message: &str,
    ) -> Result<(), Failure> {
        let line = if self.json {
            terminal::json_line(&JsonRow { row: place.to_string(), result, email, message })?
        } else {
            format!("{place}: {}\n", terminal::visible(message))
        };
        self.write(&line)
    }

    /// Reports the counts.
    pub(super) fn summarize(&mut self, counts: &Counts) -> Result<(), Failure> {
        let text = if self.json {
            terminal::json_line(&JsonSummary { result: "summary", dry_run: self.dry_run, counts })?
        } else {
            self.table(counts)
        };
        self.write(&text)?;
        self.flush()
    }

    fn table(&self, counts: &Counts) -> String {
        let mut lines = vec![(if self.dry_run { "would be imported" } else { "imported" }, counts.imported)];
        let schemes = counts.schemes.iter().map(|(scheme, count)| (*scheme, *count));
        let schemes: Vec<(String, usize)> =
            schemes.map(|(scheme, count)| (format!("  with {scheme}"), count)).collect();
        lines.extend(schemes.iter().map(|(label, count)| (label.as_str(), *count)));
        let more = [("  without a password", counts.without_password), ("  disabled", counts.disabled)];
        lines.extend(more.into_iter().filter(|(_, count)| *count > 0));
        lines.push(("skipped: have an account", counts.skipped));
        let rare = [
            ("reserved", counts.reserved),
            ("repeated", counts.repeated),
            ("with a problem", counts.problems),
            ("objects that are not users", counts.not_users),
        ];
        lines.extend(rare.into_iter().filter(|(_, count)| *count > 0));
        let mut text: String =
            lines.into_iter().map(|(label, count)| format!("{label:<28}{count:>9}\n")).collect();
        if !counts.ignored_fields.is_empty() {
            let names = terminal::visible(&counts.ignored_fields.join(", "));
            text += &format!("Ignored fields: {names}\n");
        }
        if self.dry_run {
            text += "This was a dry run: nothing was written.\n";
        }
        text
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.to.flush().context("standard output")
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.to.write_all(text.as_bytes()).context("standard output")
    }
}

fn sentence(record: &Record, outcome: Outcome) -> String {
    let email = record.email.as_str();
    match outcome {
        Outcome::Imported => {
            let password = record.hash.as_ref().map_or("no password", |hash| hash.scheme());
            let disabled = if record.disabled { ", disabled" } else { "" };
            format!("{email} would be imported ({password}{disabled})")
        }
        Outcome::Taken => format!("{email} has an account already"),
        Outcome::Reserved => format!(
            "{email} is reserved: an account had it until a few days ago, and its owner can still take it back"
        ),
        Outcome::Repeats(first) => format!("{email} repeats {first}"),
    }
}
