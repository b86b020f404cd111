//! Reads the accounts of another system from a CSV or JSON file, one by one, in bounded memory.

mod columns;
mod csv;
mod json;
mod problems;
#[cfg(test)]
mod tests;
mod user;

use std::fs::File;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;

use crate::domain::{DisplayName, EmailAddress, ImportedHash};
pub use problems::{Place, ReadProblem, RowFault, RowProblem};

/// An account to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands in the file.
    pub place: Place,
    /// Its email address.
    pub email: EmailAddress,
    /// Its name, or a name made of the email address.
    pub display_name: DisplayName,
    /// The hash of its password. Without one, the user chooses a password by mail.
    pub hash: Option<ImportedHash>,
    /// Whether the other system refuses to sign it in.
    pub disabled: bool,
}

/// An account, or why it cannot be imported.
pub type Row = Result<Record, RowProblem>;

/// Takes each row. [`ControlFlow::Break`] ends the reading.
pub type OnRow<'a> = dyn FnMut(Row) -> ControlFlow<()> + 'a;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// An array of objects, one object a line, a realm of Keycloak or what Django's `dumpdata` writes.
    Json,
}

impl Format {
    /// The format that the extension of a file name stands for.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The number of rows of each kind in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of accounts.
    pub records: usize,
    /// The number of rows with a problem.
    pub problems: usize,
    /// The number of JSON objects that are not users: Django's other models, Keycloak's service accounts.
    pub skipped: usize,
    /// The names of columns or fields that have no meaning here: each once, and the first 32 only.
    pub ignored: Vec<String>,
}

/// Reads a file. Blocks: call it off the async threads.
///
/// # Errors
/// The file cannot be opened, or the reading ended early. Rows before that have been given to `on_row`.
pub fn read_file(path: &Path, format: Format, on_row: &mut OnRow<'_>) -> Result<Summary, ReadProblem> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(ReadProblem::Directory);
    }
    read(&mut file, format, on_row)
}

/// Reads a source. It does not need to be buffered.
///
/// # Errors
/// The reading ended early. Rows before that have been given to `on_row`.
pub fn read(source: &mut dyn Read, format: Format, on_row: &mut OnRow<'_>) -> Result<Summary, ReadProblem> {
    // The first bytes tell the encoding.
    let mut head = Vec::new();
    (&mut *source).take(3).read_to_end(&mut head)?;
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Err(ReadProblem::Utf16);
    }
    if head == b"\xEF\xBB\xBF" {
        head.clear();
    }
    let mut source = Cursor::new(head).chain(source);
    let mut rows = Rows { on_row, summary: Summary::default() };
    match format {
        Format::Csv => csv::read(&mut source, &mut rows)?,
        Format::Json => json::read(&mut source, &mut rows)?,
    }
    Ok(rows.summary)
}

/// Counts the rows on their way to the caller.
struct Rows<'a, 'b> {
    on_row: &'a mut OnRow<'b>,
    summary: Summary,
}

impl Rows<'_, '_> {
    const MAX_IGNORED: usize = 32;
    const MAX_IGNORED_CHARS: usize = 40;

    fn give(&mut self, place: Place, row: Result<Record, RowFault>) -> ControlFlow<()> {
        let count = if row.is_ok() { &mut self.summary.records } else { &mut self.summary.problems };
        *count += 1;
        (self.on_row)(row.map_err(|fault| RowProblem { place, fault }))
    }

    fn ignore(&mut self, name: &str) {
        let ignored = &mut self.summary.ignored;
        let name = || name.chars().take(Self::MAX_IGNORED_CHARS);
        if ignored.len() < Self::MAX_IGNORED && !ignored.iter().any(|known| name().eq(known.chars())) {
            ignored.push(name().collect());
        }
    }
}
