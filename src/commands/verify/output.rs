//! Where the reports go, in which format, and what the baseline says about them.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use chrono::NaiveDate;

use super::files::NamedFile;
use super::whole_file::WholeFile;
use crate::clock::Clock;
use crate::commands::Failure;
use crate::verify::baseline::{Baseline, BaselineWriter};
use crate::verify::report::{Format, Report, ReportWriter};
use crate::verify::{Severity, report};

/// The most bytes of a baseline.
const LARGEST_BASELINE: u64 = 16 * 1024 * 1024;
const UNWRITTEN: &str = "the report cannot be written";

/// How to report.
#[derive(clap::Args)]
pub(super) struct OutputArguments {
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write the report to this file, whole or not at all, instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The least severity of a finding that fails the check
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Known findings (TOML), each with a reason and a date: they are listed apart and do not fail the check
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the present findings to this file as a baseline, with reasons to fill in
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
}

impl OutputArguments {
    /// The file that is read.
    pub(super) fn read_file(&self) -> NamedFile<'_> {
        ("--baseline", self.baseline.as_ref())
    }

    /// The files that are written.
    pub(super) fn written_files(&self) -> [NamedFile<'_>; 2] {
        [("--output", self.output.as_ref()), ("--write-baseline", self.write_baseline.as_ref())]
    }
}

/// A severity that can fail a check.
#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    High,
    Medium,
    Low,
}

impl From<FailOn> for Severity {
    fn from(given: FailOn) -> Self {
        match given {
            FailOn::High => Self::High,
            FailOn::Medium => Self::Medium,
            FailOn::Low => Self::Low,
        }
    }
}

/// The output of a check.
pub(super) struct Output {
    writer: ReportWriter<Target>,
    baseline: Option<(PathBuf, Baseline)>,
    new_baseline: Option<BaselineWriter<WholeFile>>,
    today: NaiveDate,
}

enum Target {
    Printed(BufWriter<Stdout>),
    Kept(WholeFile),
}

impl Output {
    /// Opens everything that is read or written, so that what is wrong with it is known before a site is asked.
    pub(super) fn begin(arguments: &OutputArguments, many: bool) -> Result<Self, Failure> {
        let today = Clock::system().now().date_naive();
        let baseline = arguments.baseline.as_ref().map(|path| Ok::<_, Failure>((path.clone(), read(path)?)));
        let baseline = baseline.transpose()?;
        let target = match &arguments.output {
            Some(path) => Target::Kept(WholeFile::begin(path)?),
            None => Target::Printed(BufWriter::new(io::stdout())),
        };
        let new_baseline = match &arguments.write_baseline {
            Some(path) => Some(BaselineWriter::begin(WholeFile::begin(path)?, today).context(UNWRITTEN)?),
            None => None,
        };
        let format = if arguments.json { Format::Json } else { arguments.format };
        let writer =
            ReportWriter::begin(target, format, many, arguments.fail_on.into()).context(UNWRITTEN)?;
        Ok(Self { writer, baseline, new_baseline, today })
    }

    /// Writes a report.
    pub(super) fn add(&mut self, mut report: Report) -> io::Result<()> {
        if let Some((_, baseline)) = &mut self.baseline {
            baseline.apply(&mut report, self.today);
        }
        if let Some(new_baseline) = &mut self.new_baseline {
            new_baseline.add(&report)?;
        }
        self.writer.add(&report)
    }

    /// Ends. The exit code.
    pub(super) fn finish(self) -> Result<u8, Failure> {
        let (target, summary) = self.writer.finish().context(UNWRITTEN)?;
        if let Target::Kept(file) = target {
            file.finish()?;
        }
        if let Some(mut new_baseline) = self.new_baseline {
            if let Some((_, baseline)) = &self.baseline {
                new_baseline.keep(baseline).context(UNWRITTEN)?;
            }
            new_baseline.into_inner().finish()?;
        }
        if let Some((path, baseline)) = self.baseline {
            for remark in baseline.remarks(self.today) {
                let name = path.display().to_string();
                eprintln!("{}, {}", report::printable(&name), report::printable(&remark));
            }
        }
        Ok(summary.exit_code())
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Printed(stdout) => stdout.write(bytes),
            Self::Kept(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Printed(stdout) => stdout.flush(),
            Self::Kept(file) => file.flush(),
        }
    }
}

fn read(path: &Path) -> Result<Baseline, Failure> {
    let text = read_text(File::open(path), LARGEST_BASELINE).with_context(|| path.display().to_string())?;
    Baseline::parse(&text)
        .map_err(|problem| anyhow!("{}, {}", path.display(), report::printable(&problem.to_string())))
}

/// The text of a file that a user names.
pub(super) fn read_text(source: io::Result<impl io::Read>, most_bytes: u64) -> Result<String, Failure> {
    let mut text = String::new();
    source?.take(most_bytes + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most_bytes {
        return Err(anyhow!("it is larger than {} MB", most_bytes / 1024 / 1024));
    }
    Ok(text)
}
