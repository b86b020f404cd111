//! The folder in which `local` writes each mail as `UUID.eml`. It may hold anything else as well: a file that
//! is no mail of ours is listed with what is wrong with it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use mail_parser::{Address, MessageParser};
use serde::Serialize;
use uuid::Uuid;

/// The most files that are read for one list.
const LISTED: usize = 200;
/// The most bytes of a file. Our mails have a few thousand.
const FILE_LIMIT: u64 = 1024 * 1024;

/// A mail as its reader sees it.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    /// When it was written.
    pub(super) date: DateTime<Utc>,
    pub(super) text: String,
    /// The HTML version, if the mail has one.
    pub(super) html: Option<String>,
}

/// Why a file of the folder cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileProblem {
    /// It is not named as our mails are, or is no file.
    Foreign,
    /// It cannot be opened or read.
    Unreadable,
    /// It is larger than any mail of ours.
    TooLarge,
    /// It lacks the parts of a mail.
    Malformed,
}

/// A file of the folder.
#[derive(Debug)]
pub(super) struct ListedFile {
    pub(super) name: String,
    pub(super) changed: DateTime<Utc>,
    pub(super) mail: Result<(Uuid, Mail), FileProblem>,
}

/// The newest files of the folder.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) files: Vec<ListedFile>,
    /// The number of older files, which are not read.
    pub(super) older: usize,
}

/// The folder.
#[derive(Clone, Debug)]
pub(super) struct MailsFolder(PathBuf);

impl MailsFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The newest files, the last one first. A folder that does not exist yet is empty.
    pub(super) fn list(&self) -> io::Result<Listing> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Listing { files: Vec::new(), older: 0 });
            }
            entries => entries?,
        };
        // A file may vanish meanwhile: what cannot be asked for its time comes last.
        let mut found: Vec<(SystemTime, PathBuf)> = entries
            .flatten()
            .map(|entry| {
                let changed = entry.metadata().and_then(|metadata| metadata.modified());
                (changed.unwrap_or(SystemTime::UNIX_EPOCH), entry.path())
            })
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let older = found.len().saturating_sub(LISTED);
        found.truncate(LISTED);
        let files = found.into_iter().map(|(changed, path)| ListedFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            changed: changed.into(),
            mail: id_of(&path).ok_or(FileProblem::Foreign).and_then(|id| Ok((id, read(&path)?))),
        });
        Ok(Listing { files: files.collect(), older })
    }

    /// The mail with this id; `None` if no file has it.
    pub(super) fn find(&self, id: Uuid) -> Option<Result<Mail, FileProblem>> {
        let path = self.0.join(format!("{id}.eml"));
        fs::symlink_metadata(&path).is_ok().then(|| read(&path))
    }
}

/// The id in the name of a file; `None` if we do not name mails like that.
fn id_of(path: &Path) -> Option<Uuid> {
    let name = path.file_name()?.to_str()?;
    let id: Uuid = name.strip_suffix(".eml")?.parse().ok()?;
    (name == format!("{id}.eml")).then_some(id)
}

/// Reads a regular file: a link may lead out of the folder, and a pipe would never end.
fn read(path: &Path) -> Result<Mail, FileProblem> {
    let unreadable = |_error: io::Error| FileProblem::Unreadable;
    let metadata = fs::symlink_metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(FileProblem::Foreign);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(read).is_ok_and(|read| read > FILE_LIMIT) {
        return Err(FileProblem::TooLarge);
    }
    parse(&bytes, changed(&metadata)).ok_or(FileProblem::Malformed)
}

fn changed(metadata: &Metadata) -> DateTime<Utc> {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH).into()
}

/// The parts of a mail that we show; `None` if it has no recipient or no text. The parser itself takes
/// almost anything. A mail without a Date has that of its file.
fn parse(bytes: &[u8], changed: DateTime<Utc>) -> Option<Mail> {
    let message = MessageParser::default().parse(bytes)?;
    let sent = message.date().filter(|date| date.is_valid());
    let html = message.html_part(0).filter(|part| part.is_text_html());
    Some(Mail {
        html: html.and_then(|part| part.text_contents()).map(str::to_owned),
        from: message.from().map(addresses).unwrap_or_default(),
        to: message.to().map(addresses).filter(|to| !to.is_empty())?,
        subject: message.subject().unwrap_or_default().to_owned(),
        date: sent.and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)).unwrap_or(changed),
        text: message.body_text(0)?.replace("\r\n", "\n"),
    })
}

/// Each address as `Name <name@example.com>`.
fn addresses(addresses: &Address<'_>) -> Vec<String> {
    let address = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    addresses.iter().map(address).filter(|text| !text.is_empty()).collect()
}
