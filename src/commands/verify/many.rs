//! The check of many sites, and its progress.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use super::files::NamedFile;
use super::output::{Output, read_text};
use crate::commands::Failure;
use crate::routes;
use crate::verify::Report;
use crate::verify::probe::{self, Options};
use crate::verify::sites::journal::Journal;
use crate::verify::sites::{SiteUrl, check_all, read_list};

/// The most bytes of a list.
const LARGEST_LIST: u64 = 32 * 1024 * 1024;

/// Which sites to check.
#[derive(clap::Args)]
pub(super) struct ManyArguments {
    /// Check every site in this file: a URL a line, `#` begins a comment line, `-` is standard input
    #[arg(long, value_name = "FILE", group = "site")]
    pub(super) urls: Option<PathBuf>,
    /// How many sites are checked at the same time
    #[arg(long, value_name = "N", default_value_t = 8, requires = "urls",
        value_parser = clap::value_parser!(u8).range(1..=64))]
    parallel: u8,
    /// Keep sites in this file, and do not ask those again that were checked completely: a stopped check goes on
    #[arg(long, value_name = "FILE", requires = "urls")]
    resume: Option<PathBuf>,
}

impl ManyArguments {
    /// The list, if it is in a file.
    pub(super) fn list(&self) -> NamedFile<'_> {
        ("--urls", self.urls.as_ref().filter(|path| path.as_os_str() != "-"))
    }

    /// The journal, which is written.
    pub(super) fn journal(&self) -> NamedFile<'_> {
        ("--resume", self.resume.as_ref())
    }

    /// The sites of the list.
    pub(super) fn sites(&self) -> Result<Vec<SiteUrl>, Failure> {
        let Some(path) = &self.urls else { return Ok(Vec::new()) };
        let (name, text) = if path.as_os_str() == "-" {
            ("standard input".to_owned(), read_text(Ok(io::stdin()), LARGEST_LIST))
        } else {
            (path.display().to_string(), read_text(File::open(path), LARGEST_LIST))
        };
        read_list(&text.with_context(|| name.clone())?).map_err(|problem| anyhow!("{name}: {problem}"))
    }

    /// Checks the sites.
    pub(super) async fn check(
        &self,
        sites: &[SiteUrl],
        options: &Options,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let digests = options.digests();
        let open = |path: &PathBuf| Journal::open(path, &digests).with_context(|| path.display().to_string());
        let journal = self.resume.as_ref().map(open).transpose()?;
        let routes = routes::map()?;
        let progress = Progress::new(sites.len());
        let check = async |site: &SiteUrl| {
            let checked = probe::run(site.as_str(), options, &routes).await;
            checked.map_or_else(
                |problem| Report::unchecked(site.as_str(), &problem.to_string()),
                |checked| checked.report,
            )
        };
        let each = |report| {
            progress.clear();
            output.add(report)?;
            progress.draw();
            Ok(())
        };
        let checked =
            check_all(sites, self.parallel.into(), journal, check, |report| progress.count(report), each);
        let result = checked.await.context("the check of many sites stopped");
        progress.clear();
        result
    }
}

/// One line on standard error that counts, if that is a terminal.
struct Progress {
    all: usize,
    finished: Cell<usize>,
    with_findings: Cell<usize>,
    is_shown: bool,
}

impl Progress {
    fn new(all: usize) -> Self {
        let is_shown = io::stderr().is_terminal();
        Self { all, finished: Cell::new(0), with_findings: Cell::new(0), is_shown }
    }

    fn count(&self, report: &Report) {
        self.finished.set(self.finished.get() + 1);
        if report.count() > 0 {
            self.with_findings.set(self.with_findings.get() + 1);
        }
        self.draw();
    }

    fn draw(&self) {
        let (finished, found) = (self.finished.get(), self.with_findings.get());
        self.write(&format!("\r\x1b[K{finished} of {} sites, {found} with findings", self.all));
    }

    fn clear(&self) {
        self.write("\r\x1b[K");
    }

    fn write(&self, text: &str) {
        if self.is_shown {
            // A line that cannot be shown changes nothing.
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
}
