//! The findings of a check of one site. Equal findings are listed once, with every place. `format` writes reports in
//! each format. Everything in a report is bounded, and no text in it contains a control or an invisible character:
//! the site chooses parts of them.

pub mod format;
mod html;
mod json;
mod junit;
mod markdown;
mod picture;
mod sarif;
mod stored;
pub mod summary;
mod text;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::judge::{Finding, Severity};
use crate::domain::invisible::is_invisible;
pub use format::{Format, ReportWriter};
pub use picture::Picture;
pub use summary::Summary;

/// The most findings of a report, places of all findings together, pictures, and things that were not checked.
const MOST_FINDINGS: usize = 500;
const MOST_PLACES: usize = 20_000;
const MOST_PICTURES: usize = 20;
const MOST_INCOMPLETE: usize = 100;
/// The most characters of a text, and of the list of requests that were not sent.
const LONGEST_TEXT: usize = 2_000;

/// The findings of a check of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "stored::ReadReport")]
pub struct Report {
    site: String,
    answers: usize,
    #[serde(serialize_with = "stored::as_list")]
    findings: BTreeMap<Finding, Vec<Place>>,
    /// Findings that a baseline knows. They are not stored: the next run may have another baseline.
    #[serde(skip)]
    known: Vec<KnownFinding>,
    incomplete: Vec<String>,
}

/// Where a finding was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// For example `GET /settings (200)`.
    pub text: String,
    /// What could be seen there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

/// A finding that a baseline knows. It does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFinding {
    /// The finding.
    pub finding: Finding,
    /// Where it was made and is known.
    pub places: Vec<Place>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    pub expires: NaiveDate,
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new(site: &str) -> Self {
        Self { site: printable(site), ..Self::default() }
    }

    /// The report of a site that could not be checked.
    #[must_use]
    pub fn unchecked(site: &str, why: &str) -> Self {
        let mut report = Self::new(site);
        report.miss(why.to_owned());
        report
    }

    /// The same report under another name, such as the URL at which the check began.
    #[must_use]
    pub fn named(self, site: &str) -> Self {
        Self { site: printable(site), ..self }
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
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
        self.add(place, finding, None);
    }

    /// Adds a finding with a picture (PNG) of what could be seen at the place. A picture that is none or too large, and
    /// those beyond the most of a report, are left out.
    pub fn find_with_picture(&mut self, place: &str, finding: Finding, png: Vec<u8>) {
        self.add(place, finding, Picture::of_png(png));
    }

    fn add(&mut self, place: &str, finding: Finding, picture: Option<Picture>) {
        let pictures = || self.findings.values().flatten().filter(|place| place.picture.is_some()).count();
        let picture = picture.filter(|_| pictures() < MOST_PICTURES);
        let finding = Finding {
            what: printable(&finding.what),
            browser: printable(&finding.browser),
            change: printable(&finding.change),
            ..finding
        };
        let text = printable(place);
        let full = self.findings.len() >= MOST_FINDINGS && !self.findings.contains_key(&finding);
        if full || self.findings.values().map(Vec::len).sum::<usize>() >= MOST_PLACES {
            let why = "the report is full: further findings are left out";
            if self.incomplete.iter().all(|given| given != why) {
                self.miss(why.to_owned());
            }
            return;
        }
        let places = self.findings.entry(finding).or_default();
        match places.iter_mut().find(|place| place.text == text) {
            None => places.push(Place { text, picture }),
            Some(place) if place.picture.is_none() => place.picture = picture,
            Some(_) => {}
        }
    }

    /// Whether the report has this finding already, at any severity.
    #[must_use]
    pub fn has(&self, finding: &Finding) -> bool {
        let what = printable(&finding.what);
        self.findings.keys().any(|known| (known.rule, &known.what) == (finding.rule, &what))
    }

    /// Adds something that was not checked, and why.
    pub fn miss(&mut self, why: String) {
        if self.incomplete.len() < MOST_INCOMPLETE {
            self.incomplete.push(printable(&why));
        }
    }

    /// What was not checked, and why.
    #[must_use]
    pub fn incomplete(&self) -> &[String] {
        &self.incomplete
    }

    /// 1 if there are findings of this severity or a worse one; otherwise 2 if something was not checked; otherwise 0.
    #[must_use]
    pub fn exit_code(&self, fail_on: Severity) -> u8 {
        match (self.findings.keys().any(|finding| finding.severity >= fail_on), self.incomplete.is_empty()) {
            (true, _) => 1,
            (false, false) => 2,
            (false, true) => 0,
        }
    }

    /// The number of responses that were read.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers
    }

    /// The findings and notes with their places, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = (&Finding, &[Place])> {
        self.findings.iter().rev().map(|(finding, places)| (finding, places.as_slice()))
    }

    /// The findings that a baseline knows.
    #[must_use]
    pub fn known(&self) -> &[KnownFinding] {
        &self.known
    }

    /// The number of findings, without notes and without known ones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.findings.keys().filter(|finding| finding.severity > Severity::Note).count()
    }

    /// The number of findings of exactly this severity.
    #[must_use]
    pub fn count_of(&self, severity: Severity) -> usize {
        self.findings.keys().filter(|finding| finding.severity == severity).count()
    }

    /// Sets the places apart that `known` accepts, with its reason and its last day. The others stay findings, and notes
    /// stay notes.
    pub fn set_apart(&mut self, mut known: impl FnMut(&Finding, &Place) -> Option<(String, NaiveDate)>) {
        for (finding, places) in std::mem::take(&mut self.findings).into_iter().rev() {
            let mut rest = Vec::new();
            for place in places {
                let accepted = if finding.severity > Severity::Note { known(&finding, &place) } else { None };
                let Some((reason, expires)) = accepted else {
                    rest.push(place);
                    continue;
                };
                let reason = printable(&reason);
                let same = |given: &&mut KnownFinding| {
                    (&given.finding, &given.reason, given.expires) == (&finding, &reason, expires)
                };
                match self.known.iter_mut().rev().find(same) {
                    Some(given) => given.places.push(place),
                    None => {
                        let (finding, places) = (finding.clone(), vec![place]);
                        self.known.push(KnownFinding { finding, places, reason, expires });
                    }
                }
            }
            if !rest.is_empty() {
                self.findings.insert(finding, rest);
            }
        }
    }
}

/// A number with its noun in the right form.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first places, and how many more there are.
fn listed(places: &[Place], most: usize) -> String {
    let shown: Vec<&str> = places.iter().take(most).map(|place| place.text.as_str()).collect();
    match places.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}

/// A text without the characters that a terminal would act on, that no document may contain, or that show as nothing:
/// they are written as their codes. A text that is too long to read is cut. A printable text stays as it is.
#[must_use]
pub fn printable(text: &str) -> String {
    cleaned(text, LONGEST_TEXT)
}

/// The same of each line of an error, whatever its length. No line is a command of a runner.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    let line = |line: &str| {
        let shown = cleaned(line, usize::MAX);
        // Runners of GitHub take a line for a command that begins with it, after any blanks.
        if shown.trim_start().starts_with("::") { shown.replacen(':', "\\u{3a}", 1) } else { shown }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A text without what acts or hides, up to so many characters.
fn cleaned(text: &str, mut room: usize) -> String {
    let is_no_character = |c: char| matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE;
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Runners take `##[…]` (GitHub), `##vso[…]` (Azure) and `##teamcity[…]` for commands, wherever they stand in a
        // line.
        let code = if c == '[' && shown.trim_end_matches(char::is_alphanumeric).ends_with("##") {
            c.escape_unicode().to_string()
        } else if is_invisible(c) || is_no_character(c) {
            c.escape_default().to_string()
        } else {
            c.to_string()
        };
        let length = code.chars().count();
        if length > room {
            shown.push('…');
            break;
        }
        shown.push_str(&code);
        room -= length;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_report_is_a_command_of_a_runner() {
        for (text, shown) in [
            ("a ##[error]b", "a ##\\u{5b}error]b"),
            ("###[group]", "###\\u{5b}group]"),
            ("##vso[task.setvariable]", "##vso\\u{5b}task.setvariable]"),
            ("a##teamcity[b]", "a##teamcity\\u{5b}b]"),
            ("#[x] [y] ## [z] #vso[ ##a b[", "#[x] [y] ## [z] #vso[ ##a b["),
        ] {
            assert_eq!(printable(text), shown);
            let mut report = Report::new("https://a.example");
            report.miss(text.to_owned());
            assert_eq!(report.incomplete(), [shown]);
        }
    }

    #[test]
    fn the_lines_of_an_error_stay_lines_and_command_nothing() {
        for (text, shown) in [
            ("a: line 1: b\nline 2: c::d", "a: line 1: b\nline 2: c::d"),
            ("a\n::error::b\n \u{a0}::add-mask::c", "a\n\\u{3a}:error::b\n \u{a0}\\u{3a}:add-mask::c"),
            ("::error::a", "\\u{3a}:error::a"),
            ("a\u{1b}[2J\r\n##vso[b]\u{202e}", "a\\u{1b}[2J\\r\n##vso\\u{5b}b]\\u{202e}"),
        ] {
            assert_eq!(printable_lines(text), shown);
        }
        assert_eq!(printable_lines(&"a".repeat(3_000)).len(), 3_000);
    }
}
