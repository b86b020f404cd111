//! The findings of a check, as text or as JSON. Equal findings are listed once, with every place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::judge::{Finding, Severity};

/// The findings of a check of one site.
#[derive(Clone, Debug, Default)]
pub struct Report {
    site: String,
    answers: usize,
    findings: BTreeMap<Finding, Vec<String>>,
    incomplete: Vec<String>,
}

/// The report as JSON; `unframed verify --help` documents its fields.
#[derive(Serialize)]
struct JsonReport<'a> {
    site: &'a str,
    responses: usize,
    findings: usize,
    notes: usize,
    incomplete: &'a [String],
    list: Vec<JsonEntry<'a>>,
}

#[derive(Serialize)]
struct JsonEntry<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    places: &'a [String],
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new(site: &str) -> Self {
        Self { site: site.to_owned(), ..Self::default() }
    }

    /// Adds a response with its findings. The place is, for example, `GET /settings (200)`.
    pub fn answer(&mut self, place: &str, findings: Vec<Finding>) {
        self.answers += 1;
        for finding in findings {
            self.find(place, finding);
        }
    }

    /// Adds a finding that does not belong to one response.
    pub fn find(&mut self, place: &str, finding: Finding) {
        let finding = Finding {
            what: printable(&finding.what),
            browser: printable(&finding.browser),
            change: printable(&finding.change),
            ..finding
        };
        let place = printable(place);
        let places = self.findings.entry(finding).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }

    /// Whether the report has this finding already, at any severity.
    #[must_use]
    pub fn has(&self, finding: &Finding) -> bool {
        self.findings.keys().any(|known| (known.rule, &known.what) == (finding.rule, &finding.what))
    }

    /// Adds something that was not checked, and why.
    pub fn miss(&mut self, why: String) {
        self.incomplete.push(printable(&why));
    }

    /// What was not checked, and why.
    #[must_use]
    pub fn incomplete(&self) -> &[String] {
        &self.incomplete
    }

    /// 1 if there are findings; otherwise 2 if something was not checked; otherwise 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.count(), self.incomplete.is_empty()) {
            (0, true) => 0,
            (0, false) => 2,
            _ => 1,
        }
    }

    /// The number of responses that were read.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// The findings and notes with their places, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = (&Finding, &[String])> {
        self.findings.iter().rev().map(|(finding, places)| (finding, places.as_slice()))
    }

    /// The number of findings, without notes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.findings.keys().filter(|finding| finding.severity > Severity::Note).count()
    }

    fn notes(&self) -> usize {
        self.findings.len() - self.count()
    }

    /// The report as text for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (finding, places) in self.findings() {
            let severity = match finding.severity {
                Severity::High => "HIGH",
                Severity::Medium => "MEDIUM",
                Severity::Low => "LOW",
                Severity::Note => "note",
            };
            let shown: Vec<&str> = places.iter().take(6).map(String::as_str).collect();
            let more = places.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            // Writing to a String does not fail.
            let _ = writeln!(text, "{severity:<7}{} [{}]", finding.what, finding.rule);
            let _ = writeln!(text, "       at:       {}{more}", shown.join(", "));
            let _ = writeln!(text, "       browser:  {}", finding.browser);
            let _ = writeln!(text, "       change:   {}\n", finding.change);
        }
        for why in &self.incomplete {
            let _ = writeln!(text, "incomplete: {why}\n");
        }
        let _ = writeln!(
            text,
            "{}: {}, {}, {}",
            self.site,
            counted(self.answers, "response"),
            counted(self.count(), "finding"),
            counted(self.notes(), "note")
        );
        text
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// As `serde_json`; no report causes one.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&JsonReport {
            site: &self.site,
            responses: self.answers,
            findings: self.count(),
            notes: self.notes(),
            incomplete: &self.incomplete,
            list: self.findings().map(|(finding, places)| JsonEntry { finding, places }).collect(),
        })
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Escapes the control characters that a site sent, because a terminal would act on them.
pub(super) fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}
