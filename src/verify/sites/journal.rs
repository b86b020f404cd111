//! The journal of a check of many sites: a line of JSON for each finished site, so that a run that was stopped can go
//! on. It stays on the disk: memory holds where each report is, and no report.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::SiteUrl;
use crate::verify::report::Report;

/// The most bytes of a line. A report with all of its pictures has less.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// How each line begins.
const LINE: &[u8] = br#"{"url":""#;

/// The finished sites of a check.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// The start and the length of the line of each site.
    lines: HashMap<String, (u64, usize)>,
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
    /// Opens a journal, and makes it if it is missing. A last line that was not written completely is removed.
    ///
    /// # Errors
    /// The file cannot be read, another run uses it, or a line before the last one is not ours.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another check uses this journal"),
            TryLockError::Error(error) => error,
        })?;
        let (mut lines, mut start, mut number) = (HashMap::new(), 0_u64, 0_usize);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        loop {
            line.clear();
            number += 1;
            let most = u64::try_from(LONGEST_LINE).map_err(io::Error::other)?;
            let length = reader.by_ref().take(most).read_until(b'\n', &mut line)?;
            if length == 0 {
                break;
            }
            match serde_json::from_slice::<ReadLine>(&line) {
                Ok(read) if line.ends_with(b"\n") => {
                    // A site of which nothing was seen is asked again.
                    if read.report.answers() > 0 {
                        lines.insert(read.url, (start, length));
                    }
                }
                // The run was killed while it wrote this line. A file that is no journal is left alone.
                _ if reader.fill_buf()?.is_empty()
                    && !line.ends_with(b"\n")
                    && (line.starts_with(LINE) || LINE.starts_with(&line)) =>
                {
                    file.set_len(start)?;
                    break;
                }
                _ => {
                    let problem = format!("line {number} is not a line of a journal of `unframed verify`");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
            }
            start += u64::try_from(length).map_err(io::Error::other)?;
        }
        Ok(Self { file, lines })
    }

    /// The report of a site that is finished.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn report(&self, site: &SiteUrl) -> io::Result<Option<Report>> {
        let Some((start, length)) = self.lines.get(site.as_str()) else { return Ok(None) };
        let mut line = vec![0; *length];
        self.file.read_exact_at(&mut line, *start)?;
        Ok(Some(serde_json::from_slice::<ReadLine>(&line)?.report))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_last_line_is_removed_and_a_file_that_is_no_journal_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        for (content, after) in [
            ("{\"url\":\"http://a\",\"rep", Some("")),
            ("{\"u", Some("")),
            ("{\"important\":1}", None),
            ("x", None),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(Journal::open(&path).is_ok(), after.is_some(), "{content}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after.unwrap_or(content), "{content}");
        }
    }
}
