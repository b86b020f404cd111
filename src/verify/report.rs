//! What was found, for a person or for a program: equal findings stand once, with every place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::judge::{Finding, Severity};

/// What a check of one site found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    site: String,
    answers: usize,
    findings: BTreeMap<Finding, Vec<String>>,
    incomplete: Vec<String>,
}

#[derive(Serialize)]
struct Json<'a> {
    site: &'a str,
    responses: usize,
    findings: usize,
    notes: usize,
    incomplete: &'a [String],
    list: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    places: &'a [String],
}

impl Report {
    /// An empty one.
    #[must_use]
    pub fn new(site: &str) -> Self {
        Self { site: site.to_owned(), ..Self::default() }
    }

    /// What an answer, at a place such as `GET /settings (200)`, was found to be.
    pub fn answer(&mut self, place: &str, findings: Vec<Finding>) {
        self.answers += 1;
        for finding in findings {
            self.find(place, finding);
        }
    }

    /// A finding that is no single answer's.
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

    /// Whether the same was found elsewhere, however grave.
    #[must_use]
    pub fn has(&self, finding: &Finding) -> bool {
        self.findings.keys().any(|known| (known.rule, &known.what) == (finding.rule, &finding.what))
    }

    /// Something that should have been looked at and was not.
    pub fn miss(&mut self, why: String) {
        self.incomplete.push(printable(&why));
    }

    /// What was not looked at, and why.
    #[must_use]
    pub fn incomplete(&self) -> &[String] {
        &self.incomplete
    }

    /// 1 when something was found; else 2 when not all was looked at; else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.count(), self.incomplete.is_empty()) {
            (0, true) => 0,
            (0, false) => 2,
            _ => 1,
        }
    }

    /// How many responses were read.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// The findings with their places, the worst first; notes are among them.
    pub fn findings(&self) -> impl Iterator<Item = (&Finding, &[String])> {
        self.findings.iter().rev().map(|(finding, places)| (finding, places.as_slice()))
    }

    /// How many findings there are; notes do not count.
    #[must_use]
    pub fn count(&self) -> usize {
        self.findings.keys().filter(|finding| finding.severity > Severity::Note).count()
    }

    fn notes(&self) -> usize {
        self.findings.len() - self.count()
    }

    /// For a terminal.
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

    /// For a program.
    ///
    /// # Errors
    /// None that a report can cause.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&Json {
            site: &self.site,
            responses: self.answers,
            findings: self.count(),
            notes: self.notes(),
            incomplete: &self.incomplete,
            list: self.findings().map(|(finding, places)| Entry { finding, places }).collect(),
        })
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Without the control characters of a site, which would command the terminal.
fn printable(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}
