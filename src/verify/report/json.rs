//! Reports for programs: one object for one site; for many, an object with the list of them and the summary.
//! `unframed verify --help` documents the fields.

use std::io::{self, Write};

use serde::Serialize;

use super::format::Form;
use super::{Place, Report, Summary};
use crate::verify::judge::{Finding, Severity};

pub(super) struct Json {
    many: bool,
    first: bool,
}

#[derive(Serialize)]
struct JsonReport<'a> {
    site: &'a str,
    responses: usize,
    findings: usize,
    notes: usize,
    incomplete: &'a [String],
    list: Vec<JsonEntry<'a>>,
    known: Vec<JsonKnown<'a>>,
}

#[derive(Serialize)]
struct JsonEntry<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    page: &'static str,
    places: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonKnown<'a> {
    #[serde(flatten)]
    entry: JsonEntry<'a>,
    reason: &'a str,
    expires: String,
}

impl Json {
    pub(super) fn new(many: bool) -> Self {
        Self { many, first: true }
    }
}

impl Form for Json {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.many { writeln!(out, "{{\"sites\":[") } else { Ok(()) }
    }

    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        let report = JsonReport {
            site: report.site(),
            responses: report.answers(),
            findings: report.count(),
            notes: report.count_of(Severity::Note),
            incomplete: report.incomplete(),
            list: report.findings().map(|(finding, places)| entry(finding, places)).collect(),
            known: report
                .known()
                .iter()
                .map(|known| JsonKnown {
                    entry: entry(&known.finding, &known.places),
                    reason: &known.reason,
                    expires: known.expires.to_string(),
                })
                .collect(),
        };
        if self.many {
            // One line a site.
            let comma = if std::mem::take(&mut self.first) { "" } else { ",\n" };
            write!(out, "{comma}{}", serde_json::to_string(&report)?)
        } else {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)
        }
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        if !self.many {
            return Ok(());
        }
        writeln!(out, "\n],\"summary\":{}}}", serde_json::to_string(summary)?)
    }
}

fn entry<'a>(finding: &'a Finding, places: &'a [Place]) -> JsonEntry<'a> {
    let places = places.iter().map(|place| place.text.as_str()).collect();
    JsonEntry { finding, page: finding.rule.page(), places }
}
