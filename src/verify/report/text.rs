//! Reports for a terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::format::Form;
use super::{Place, Report, Summary, counted, listed};
use crate::verify::judge::{Finding, Severity};

/// The places that are listed of a finding.
const SHOWN_PLACES: usize = 6;

pub(super) struct Text {
    pub(super) many: bool,
}

impl Form for Text {
    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        if self.many {
            writeln!(out, "== {}\n", report.site())?;
        }
        out.write_all(report.text().as_bytes())?;
        if self.many { writeln!(out) } else { Ok(()) }
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        if !self.many {
            return Ok(());
        }
        writeln!(out, "{:>5} {:>6} {:>5} {:>5} {:>5}  SITE", "HIGH", "MEDIUM", "LOW", "NOTES", "KNOWN")?;
        for line in &summary.sites {
            let incomplete = if line.complete { "" } else { "  (incomplete)" };
            writeln!(
                out,
                "{:>5} {:>6} {:>5} {:>5} {:>5}  {}{incomplete}",
                line.high, line.medium, line.low, line.notes, line.known, line.site
            )?;
        }
        let rules = summary.rules_by_sites();
        if !rules.is_empty() {
            writeln!(out, "\nSITES  RULE")?;
        }
        for (rule, sites) in rules {
            writeln!(out, "{sites:>5}  {rule}: {}", rule.title())?;
        }
        writeln!(
            out,
            "\n{}: {} with findings that count, {} not checked completely",
            counted(summary.sites.len(), "site"),
            summary.failed(),
            summary.incomplete()
        )
    }
}

impl Report {
    /// The report as text for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (finding, places) in self.findings() {
            let severity = match finding.severity {
                Severity::Note => "note".to_owned(),
                severity => severity.word().to_uppercase(),
            };
            write_finding(&mut text, &severity, finding, places);
            text.push('\n');
        }
        for known in self.known() {
            write_finding(&mut text, "known", &known.finding, &known.places);
            // Writing to a String does not fail.
            let _ = writeln!(text, "       reason:   {} (until {})\n", known.reason, known.expires);
        }
        for why in self.incomplete() {
            let _ = writeln!(text, "incomplete: {why}\n");
        }
        let known = match self.known().len() {
            0 => String::new(),
            count => format!(", {}", counted(count, "known finding")),
        };
        let _ = writeln!(
            text,
            "{}: {}, {}, {}{known}",
            self.site(),
            counted(self.answers(), "response"),
            counted(self.count(), "finding"),
            counted(self.count_of(Severity::Note), "note")
        );
        text
    }
}

fn write_finding(text: &mut String, severity: &str, finding: &Finding, places: &[Place]) {
    let _ = writeln!(text, "{severity:<7}{} [{}]", finding.what, finding.rule);
    let _ = writeln!(text, "       at:       {}", listed(places, SHOWN_PLACES));
    let _ = writeln!(text, "       browser:  {}", finding.browser);
    let _ = writeln!(text, "       change:   {}", finding.change);
    let _ = writeln!(text, "       page:     {}", finding.rule.page());
}
