//! The journal of a check of many sites: a first line about the options, then a line of JSON for each finished site, so
//! that a run that was stopped can go on. It stays on the disk: memory holds where each report is, and no report.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SiteUrl;
use crate::verify::report::{Report, printable};

/// The most bytes of a line. A report with all of its pictures has less.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// How the first line and each other line begin.
const HEAD: &[u8] = br#"{"unframed_verify_journal":{"#;
const LINE: &[u8] = br#"{"url":""#;

/// The finished sites of a check.
#[derive(Debug)]
pub struct Journal {
    file: File,
    contents: Contents,
}

/// What the file of a journal contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The options of the check that began it, each with a digest. `None`: the file is empty.
    options: Option<BTreeMap<String, String>>,
    /// The start and the length of the line of each site.
    lines: HashMap<String, (u64, usize)>,
    /// The length of all complete lines.
    complete: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    unframed_verify_journal: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct WrittenLine<'a> {
    url: &'a str,
    report: &'a Report,
}

#[derive(Deserialize)]
struct ReadLine {
    url: String,
    report: Report,
}

impl Journal {
    /// Opens a journal, and makes it if it is missing. A last line that was not written completely is removed. `options`
    /// are those of the check, each with a digest.
    ///
    /// # Errors
    /// It is no file or cannot be read, another run uses it, a line before the last one is not ours, or the check that
    /// began it had other options.
    pub fn open(path: &Path, options: &BTreeMap<String, String>) -> io::Result<Self> {
        // What is no file may wait forever, and no signal would end it.
        let refused = || io::Error::other("it exists and is no file");
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(refused());
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(refused());
        }
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another check uses this journal"),
            TryLockError::Error(error) => error,
        })?;
        let mut contents = Contents::read(BufReader::new(&file))?;
        if let Some(others) = &contents.options
            && others != options
        {
            return Err(io::Error::other(other_options(others, options)));
        }
        if file.metadata()?.len() > contents.complete {
            file.set_len(contents.complete)?;
        }
        if contents.options.is_none() {
            let mut head = serde_json::to_vec(&Head { unframed_verify_journal: options.clone() })?;
            head.push(b'\n');
            file.write_all(&head)?;
            contents.options = Some(options.clone());
        }
        Ok(Self { file, contents })
    }

    /// The report of a site that is finished: it was checked completely.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn report(&self, site: &SiteUrl) -> io::Result<Option<Report>> {
        let Some((start, length)) = self.contents.lines.get(site.as_str()) else { return Ok(None) };
        let mut line = vec![0; *length];
        self.file.read_exact_at(&mut line, *start)?;
        // The error of the parser would quote the file.
        let changed = |_error| io::Error::other("the journal was changed during the check");
        Ok(Some(serde_json::from_slice::<ReadLine>(&line).map_err(changed)?.report))
    }

    /// Adds the report of a site. It is in the file when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, site: &SiteUrl, report: &Report) -> io::Result<()> {
        let mut line = serde_json::to_vec(&WrittenLine { url: site.as_str(), report })?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

impl Contents {
    /// Reads a journal up to its last complete line.
    ///
    /// # Errors
    /// A line is not ours. The last one may be the beginning of a line of ours.
    pub fn read(mut reader: impl BufRead) -> io::Result<Self> {
        let most = u64::try_from(LONGEST_LINE).map_err(io::Error::other)?;
        let (mut contents, mut line, mut number) = (Self::default(), Vec::new(), 0_usize);
        loop {
            line.clear();
            number += 1;
            if reader.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
                return Ok(contents);
            }
            let begins = if number == 1 { HEAD } else { LINE };
            if line.ends_with(b"\n") && contents.add(&line).is_some() {
                continue;
            }
            // The run was killed while it wrote this line. A file that is no journal is left alone.
            let is_begun = line.starts_with(begins) || begins.starts_with(&line);
            if is_begun && !line.ends_with(b"\n") && reader.fill_buf()?.is_empty() {
                return Ok(contents);
            }
            let problem = format!("line {number} is not a line of a journal of `unframed verify`");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
    }

    fn add(&mut self, line: &[u8]) -> Option<()> {
        if self.options.is_none() {
            self.options = Some(serde_json::from_slice::<Head>(line).ok()?.unframed_verify_journal);
        } else {
            let read = serde_json::from_slice::<ReadLine>(line).ok()?;
            // A site that was not checked completely is asked again: it may be there now, or the session be renewed.
            if read.report.answers() > 0 && read.report.incomplete().is_empty() {
                self.lines.insert(read.url, (self.complete, line.len()));
            }
        }
        self.complete += u64::try_from(line.len()).ok()?;
        Some(())
    }

    /// The length of all complete lines.
    #[must_use]
    pub fn complete(&self) -> u64 {
        self.complete
    }
}

/// What differs, and what to do.
fn other_options(others: &BTreeMap<String, String>, options: &BTreeMap<String, String>) -> String {
    let mut names: Vec<&String> = others.keys().chain(options.keys()).collect();
    names.retain(|name| others.get(*name) != options.get(*name));
    names.sort();
    names.dedup();
    let names = names.into_iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    format!(
        "the check that began this journal had other options; these differ: {names}. Use the options of that check, or name another file with --resume"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(crawl: &str) -> BTreeMap<String, String> {
        [("--crawl".to_owned(), crawl.to_owned()), ("--path".to_owned(), "p".to_owned())].into()
    }

    #[test]
    fn a_cut_last_line_is_removed_and_a_file_that_is_no_journal_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(Journal::open(&path, &options("1")).unwrap());
        let head = std::fs::read_to_string(&path).unwrap();
        assert!(head.as_bytes().starts_with(HEAD) && head.ends_with('\n'), "{head}");
        for (content, is_journal) in [
            (String::new(), true),
            ("{\"unfr".to_owned(), true),
            (head[..head.len() - 1].to_owned(), true),
            (format!("{head}{{\"url\":\"http://a\",\"rep"), true),
            (format!("{head}{{\"u"), true),
            ("{\"url\":\"http://a\",\"rep".to_owned(), false),
            (format!("{head}{head}"), false),
            (format!("{head}{{\"important\":1}}"), false),
            ("x".to_owned(), false),
        ] {
            std::fs::write(&path, &content).unwrap();
            assert_eq!(Journal::open(&path, &options("1")).is_ok(), is_journal, "{content}");
            let after = if is_journal { &head } else { &content };
            assert_eq!(std::fs::read_to_string(&path).unwrap(), *after, "{content}");
        }
    }

    #[test]
    fn a_site_that_was_not_checked_completely_is_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let site = SiteUrl::parse("https://a.example/").unwrap();
        let mut complete = Report::new("https://a.example");
        complete.answer("GET / (200)", Vec::new());
        let mut signed_out = complete.clone();
        signed_out.miss("not signed in at GET /mine".to_owned());
        let away = Report::unchecked("https://a.example", "it is away");
        for (report, is_finished) in [(&away, false), (&signed_out, false), (&complete, true)] {
            let mut journal = Journal::open(&path, &options("1")).unwrap();
            assert_eq!(journal.report(&site).unwrap(), None);
            journal.add(&site, report).unwrap();
            drop(journal);
            let found = Journal::open(&path, &options("1")).unwrap().report(&site).unwrap();
            assert_eq!(found.as_ref(), is_finished.then_some(report));
        }
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/null")] {
            let problem = Journal::open(path, &options("1")).unwrap_err().to_string();
            assert_eq!(problem, "it exists and is no file", "{}", path.display());
        }
    }

    #[test]
    fn a_check_with_other_options_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, &options("1")).unwrap();
        let site = SiteUrl::parse("https://a.example/").unwrap();
        let mut report = Report::new("https://a.example");
        report.answer("GET / (200)", Vec::new());
        journal.add(&site, &report).unwrap();
        drop(journal);
        let before = std::fs::read(&path).unwrap();
        let problem = Journal::open(&path, &options("2")).unwrap_err().to_string();
        assert!(problem.contains("differ: --crawl. Use the options"), "{problem}");
        let forged = String::from_utf8(before.clone()).unwrap().replace("--path", "\\u001b[2J\\n::error::");
        std::fs::write(&path, forged).unwrap();
        let problem = Journal::open(&path, &options("1")).unwrap_err().to_string();
        assert!(problem.contains("differ: \\u{1b}[2J\\n::error::, --path."), "{problem}");
        std::fs::write(&path, &before).unwrap();
        let journal = Journal::open(&path, &options("1")).unwrap();
        assert_eq!(journal.report(&site).unwrap(), Some(report));
    }
}
