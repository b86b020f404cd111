//! The formats of reports, and the one way to write them: report after report, so that no format needs more memory
//! for more sites. Each format is a file beside this one.

use std::io::{self, Write};

use super::html::Html;
use super::json::Json;
use super::junit::Junit;
use super::markdown::Markdown;
use super::sarif::Sarif;
use super::text::Text;
use super::{Report, Summary};
use crate::verify::judge::Severity;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For programs: one object
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For CI: the XML that JUnit made common
    Junit,
    /// For comments and tickets
    Markdown,
    /// For people: one file with pictures and without scripts
    Html,
}

/// Writes reports in one format.
pub(super) trait Form {
    /// What comes before the first report.
    fn begin(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// One report.
    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()>;

    /// What comes after the last report.
    fn end(&mut self, _out: &mut dyn Write, _summary: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the reports of one site or of many.
pub struct ReportWriter<W> {
    out: W,
    form: Box<dyn Form>,
    summary: Summary,
}

impl<W: Write> ReportWriter<W> {
    /// Begins. `many`: there is a summary in the end. Findings of the severity `fail_on` or a worse one fail the check.
    ///
    /// # Errors
    /// Writing fails.
    pub fn begin(mut out: W, format: Format, many: bool, fail_on: Severity) -> io::Result<Self> {
        let mut form: Box<dyn Form> = match format {
            Format::Text => Box::new(Text { many }),
            Format::Json => Box::new(Json::new(many)),
            Format::Sarif => Box::new(Sarif::default()),
            Format::Junit => Box::new(Junit { fail_on }),
            Format::Markdown => Box::new(Markdown { many }),
            Format::Html => Box::new(Html::new(many)?),
        };
        form.begin(&mut out)?;
        Ok(Self { out, form, summary: Summary::new(fail_on) })
    }

    /// Writes one report.
    ///
    /// # Errors
    /// Writing fails.
    pub fn add(&mut self, report: &Report) -> io::Result<()> {
        self.summary.add(report);
        self.form.site(&mut self.out, report)?;
        self.out.flush()
    }

    /// Ends: what was written, and what the reports come to.
    ///
    /// # Errors
    /// Writing fails.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        self.form.end(&mut self.out, &self.summary)?;
        self.out.flush()?;
        Ok((self.out, self.summary))
    }
}
