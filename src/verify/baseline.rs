//! A baseline: a TOML file of findings that a team knows and accepts, each with a reason and a last day. They are
//! listed apart and fail no check. After that day they count again.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::Range;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::{Date, Datetime};

use super::judge::{Finding, Severity};
use super::report::{Place, Report, printable};
use super::rules::Rule;

/// How many days a written entry is valid.
const FIRST_DAYS: i64 = 90;

/// The known findings.
#[derive(Debug)]
pub struct Baseline {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    line: usize,
    rule: Rule,
    site: Option<String>,
    what: Option<String>,
    severity: Option<Severity>,
    places: Option<Vec<String>>,
    reason: String,
    expires: NaiveDate,
    has_matched: bool,
    /// A site that it is for was checked.
    is_asked: bool,
    /// One of them was not checked completely.
    is_unsure: bool,
}

/// Why a text is no baseline.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BaselineProblem {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// The file as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadFile {
    #[serde(default)]
    known: Vec<ReadEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadEntry {
    rule: Spanned<String>,
    site: Option<String>,
    what: Option<String>,
    severity: Option<Severity>,
    places: Option<Vec<String>>,
    reason: Spanned<String>,
    expires: Spanned<Datetime>,
}

/// The file as it is written, one entry at a time.
#[derive(Serialize)]
struct WrittenFile<'a> {
    known: [WrittenEntry<'a>; 1],
}

#[derive(Serialize)]
struct WrittenEntry<'a> {
    rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Vec<String>>,
    reason: &'a str,
    expires: Datetime,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, BaselineProblem> {
        let at = |span: Range<usize>| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count();
        let file: ReadFile = toml::from_str(text).map_err(|error| BaselineProblem {
            line: at(error.span().unwrap_or_default()),
            problem: error.message().to_owned(),
        })?;
        let entries = file.known.into_iter().map(|read| {
            let wrong = |span, problem: String| BaselineProblem { line: at(span), problem };
            let Some(rule) = Rule::named(read.rule.get_ref()) else {
                let problem = format!("there is no rule `{}`", read.rule.get_ref());
                return Err(wrong(read.rule.span(), problem));
            };
            if read.reason.get_ref().trim().is_empty() {
                return Err(wrong(read.reason.span(), "write a reason".to_owned()));
            }
            let date = read.expires.get_ref().date;
            let day =
                |date: Date| NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into());
            let Some(expires) = date.and_then(day) else {
                let problem = "write `expires` as a day, such as 2027-03-31".to_owned();
                return Err(wrong(read.expires.span(), problem));
            };
            Ok(Entry {
                line: at(read.rule.span()),
                rule,
                site: read.site,
                what: read.what,
                severity: read.severity,
                places: read.places,
                reason: read.reason.into_inner(),
                expires,
                has_matched: false,
                is_asked: false,
                is_unsure: false,
            })
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// Sets the known findings of a report apart. Those of an entry that has expired still count.
    pub fn apply(&mut self, report: &mut Report, today: NaiveDate) {
        let site = origin(report.site()).to_owned();
        for entry in self.entries.iter_mut().filter(|entry| entry.is_for(&site)) {
            entry.is_asked = true;
            entry.is_unsure |= !report.incomplete().is_empty();
        }
        report.set_apart(|finding, place| {
            let mut known = None;
            for entry in self.entries.iter_mut().filter(|entry| entry.fits(&site, finding, place)) {
                entry.has_matched = true;
                if entry.expires >= today && known.is_none() {
                    known = Some((entry.reason.clone(), entry.expires));
                }
            }
            known
        });
    }

    /// What to do about entries that have expired or that matched nothing, one line each. An entry for a site that was
    /// not checked, or not completely, may match the next time.
    #[must_use]
    pub fn remarks(&self, today: NaiveDate) -> Vec<String> {
        let remark = |entry: &Entry| {
            let Entry { line, rule, expires, .. } = entry;
            if !entry.has_matched && !entry.may_match() {
                Some(format!("line {line}: the entry for {rule} matches no finding: remove it"))
            } else if *expires < today {
                Some(format!(
                    "line {line}: the entry for {rule} expired on {expires}: its findings count again"
                ))
            } else {
                None
            }
        };
        self.entries.iter().filter_map(remark).collect()
    }
}

impl Entry {
    /// Whether findings may be there that this check did not see.
    fn may_match(&self) -> bool {
        !self.is_asked || self.is_unsure
    }

    fn is_for(&self, site: &str) -> bool {
        self.site.as_ref().is_none_or(|pattern| matches(pattern, site))
    }

    fn fits(&self, site: &str, finding: &Finding, place: &Place) -> bool {
        self.rule == finding.rule
            && self.is_for(site)
            && self.what.as_ref().is_none_or(|pattern| matches(pattern, &finding.what))
            && self.severity.is_none_or(|worst| finding.severity <= worst)
            && self
                .places
                .as_ref()
                .is_none_or(|places| places.iter().any(|pattern| matches(pattern, &place.text)))
    }
}

/// Writes the findings of reports as a baseline. Its reasons are empty, so that it cannot be read until they are
/// filled in. Those of findings that are known already stay, and so do the entries of sites that were not checked,
/// or not completely.
pub struct BaselineWriter<W> {
    out: W,
    today: NaiveDate,
    expires: NaiveDate,
}

impl<W: Write> BaselineWriter<W> {
    /// Begins.
    ///
    /// # Errors
    /// Writing fails.
    pub fn begin(mut out: W, today: NaiveDate) -> io::Result<Self> {
        writeln!(
            out,
            "# Findings of `unframed verify` that do not fail the check. Fill in each reason. `*` matches any text in\n\
             # `site`, `what` and `places`, and `\\*` a star; leave one of them out to match all."
        )?;
        Ok(Self { out, today, expires: today + TimeDelta::days(FIRST_DAYS) })
    }

    /// Writes the findings of a report, without notes. What is known of a site that was not checked completely is left
    /// to [`Self::keep`].
    ///
    /// # Errors
    /// Writing fails.
    pub fn add(&mut self, report: &Report) -> io::Result<()> {
        if report.incomplete().is_empty() {
            for known in report.known() {
                self.write(report.site(), &known.finding, &known.places, &known.reason, known.expires)?;
            }
        }
        for (finding, places) in report.findings().filter(|(finding, _)| finding.severity > Severity::Note) {
            self.write(report.site(), finding, places, "", self.expires)?;
        }
        Ok(())
    }

    /// Writes the entries for sites that were not checked, or not completely, as they are, and the reasons of expired ones
    /// as comments. The baseline has been applied to all
    /// reports.
    ///
    /// # Errors
    /// Writing fails.
    pub fn keep(&mut self, baseline: &Baseline) -> io::Result<()> {
        let mut kept = HashSet::new();
        for entry in baseline.entries.iter().filter(|entry| entry.may_match()) {
            let text = text_of(WrittenEntry {
                rule: entry.rule,
                site: entry.site.as_deref(),
                what: entry.what.clone(),
                severity: entry.severity,
                places: entry.places.clone(),
                reason: &entry.reason,
                expires: day(entry.expires)?,
            })?;
            if kept.insert(text.clone()) {
                write!(self.out, "\n{text}")?;
            }
        }
        // The new entries of these findings have no reason yet. The old reason may still be right.
        let is_old = |entry: &&Entry| entry.has_matched && !entry.may_match() && entry.expires < self.today;
        for Entry { rule, reason, expires, .. } in baseline.entries.iter().filter(is_old) {
            writeln!(self.out, "\n# {rule}, expired on {expires}: {}", printable(reason))?;
        }
        Ok(())
    }

    fn write(
        &mut self,
        site: &str,
        finding: &Finding,
        places: &[Place],
        reason: &str,
        expires: NaiveDate,
    ) -> io::Result<()> {
        let text = text_of(WrittenEntry {
            rule: finding.rule,
            site: Some(origin(site)),
            what: Some(exactly(&finding.what)),
            severity: Some(finding.severity),
            places: Some(places.iter().map(|place| exactly(&place.text)).collect()),
            reason,
            expires: day(expires)?,
        })?;
        write!(self.out, "\n{text}")
    }

    /// What was written.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }
}

fn text_of(entry: WrittenEntry<'_>) -> io::Result<String> {
    toml::to_string(&WrittenFile { known: [entry] }).map_err(io::Error::other)
}

fn day(date: NaiveDate) -> io::Result<Datetime> {
    let date = Date {
        year: u16::try_from(date.year()).map_err(io::Error::other)?,
        month: u8::try_from(date.month()).map_err(io::Error::other)?,
        day: u8::try_from(date.day()).map_err(io::Error::other)?,
    };
    Ok(Datetime { date: Some(date), time: None, offset: None })
}

/// The origin of a site, whether a report names it by its origin or by a URL.
fn origin(site: &str) -> &str {
    let start = site.find("://").map_or(0, |at| at + "://".len());
    let end = site.get(start..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| site.get(..start + end)).unwrap_or(site)
}

/// Whether a text is like a pattern, in which each `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    // A star of the text itself, which a pattern writes with a backslash. No text of a report holds this character.
    const STAR: &str = "\u{F8FF}";
    is_like(&pattern.replace("\\*", STAR), &text.replace('*', STAR))
}

/// A text as a pattern that matches nothing else.
fn exactly(text: &str) -> String {
    text.replace('*', "\\*")
}

fn is_like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_text_and_nothing_else_is_special() {
        for (pattern, text, expected) in [
            ("GET /a (200)", "GET /a (200)", true),
            ("GET /a", "GET /a (200)", false),
            ("GET /a*", "GET /a (200)", true),
            ("*(200)", "GET /a (200)", true),
            ("GET * (4*)", "GET /a?b=1 (404)", true),
            ("a*a", "a", false),
            ("GET /\\* (200)", "GET /* (200)", true),
            ("GET /\\* (200)", "GET /account (200)", false),
            ("a*b*a", "a b a", true),
            ("a**a", "aa", true),
            ("*", "", true),
            ("GET /?a", "GET /xa", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_entries_of_a_site_that_was_not_checked_completely_stay_as_they_are() {
        let entry = |rule: &str, more: &str, reason: &str| {
            format!("[[known]]\nrule = \"{rule}\"\n{more}reason = \"{reason}\"\nexpires = 2027-03-31\n")
        };
        let (down, half) = ("site = \"http://down.example\"\n", "site = \"http://half.example\"\n");
        let kept = [
            entry("csp/none", &format!("{down}what = \"a*\"\nseverity = \"medium\"\n"), "ticket 1"),
            entry("csp/none", &format!("{half}places = [\"GET / (200)\", \"GET /mine*\"]\n"), "ticket 2"),
            entry("version/server", "", "ticket 3"),
        ];
        let gone = entry("csp/none", "site = \"http://up.example\"\n", "ticket 4");
        let today = NaiveDate::from_ymd_opt(2027, 1, 1).unwrap();
        let mut text = format!("{}{gone}{}", kept.concat(), kept[0]);
        for run in 0..3 {
            let mut baseline = Baseline::parse(&text).unwrap();
            let mut halfway = Report::new("http://half.example/");
            let finding = Finding {
                severity: Severity::Medium,
                rule: Rule::CspNone,
                what: "a".to_owned(),
                browser: "b".to_owned(),
                change: "c".to_owned(),
            };
            halfway.answer("GET / (200)", vec![finding]);
            halfway.miss("not signed in at GET /mine".to_owned());
            let mut up = Report::new("http://up.example/");
            up.answer("GET / (200)", Vec::new());
            let mut writer = BaselineWriter::begin(Vec::new(), today).unwrap();
            for mut report in [Report::unchecked("http://down.example/", "it is away"), halfway, up] {
                baseline.apply(&mut report, today);
                assert_eq!(report.count(), 0);
                writer.add(&report).unwrap();
            }
            writer.keep(&baseline).unwrap();
            let remarks = baseline.remarks(today);
            assert_eq!(remarks.len(), usize::from(run == 0), "{remarks:?}");
            assert!(remarks.iter().all(|remark| remark.starts_with("line 19: ")), "{remarks:?}");
            let written = String::from_utf8(writer.into_inner()).unwrap();
            let (_, entries) = written.split_once("\n\n").unwrap();
            let entries = entries.replace("\n\n", "\n");
            assert_eq!(entries, kept.concat(), "{text}");
            text = written;
        }
    }

    #[test]
    fn a_site_is_compared_by_its_origin() {
        for (site, expected) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("https://a.example:8443/b?c#d", "https://a.example:8443"),
            ("this program's own server", "this program's own server"),
        ] {
            assert_eq!(origin(site), expected);
        }
    }
}
