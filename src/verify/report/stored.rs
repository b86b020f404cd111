//! A report in the JSON of a journal. Anyone can have changed it since: what is read gets the same bounds and is cleaned
//! in the same way as what a site has just sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serializer};

use super::{Place, Report};
use crate::verify::judge::Finding;

/// The map of findings as a list: JSON has texts as keys only.
pub(super) fn as_list<S: Serializer>(
    findings: &BTreeMap<Finding, Vec<Place>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings)
}

/// A report as it is read.
#[derive(Deserialize)]
pub(super) struct ReadReport {
    site: String,
    answers: usize,
    findings: Vec<(Finding, Vec<Place>)>,
    incomplete: Vec<String>,
}

impl From<ReadReport> for Report {
    fn from(read: ReadReport) -> Self {
        let mut report = Self { answers: read.answers, ..Self::new(&read.site) };
        for (finding, places) in read.findings {
            for place in places {
                report.add(&place.text, finding.clone(), place.picture);
            }
        }
        for why in read.incomplete {
            report.miss(why);
        }
        report
    }
}
