//! What the reports of many sites come to: one line a site, and one a rule. It holds no finding, so it stays small.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Report;
use crate::verify::judge::Severity;
use crate::verify::rules::Rule;

/// The result of a check of all sites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    #[serde(skip)]
    fail_on: Severity,
    /// The sites in the order of their reports.
    pub sites: Vec<SiteLine>,
    /// The rules that are broken, with the number of sites that break them. Notes do not count.
    pub rules: BTreeMap<Rule, usize>,
}

/// One site of a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteLine {
    /// The site.
    pub site: String,
    /// The number of findings of high severity.
    pub high: usize,
    /// The number of findings of medium severity.
    pub medium: usize,
    /// The number of findings of low severity.
    pub low: usize,
    /// The number of notes.
    pub notes: usize,
    /// The number of findings that the baseline knows.
    pub known: usize,
    /// Whether everything was checked.
    pub complete: bool,
    #[serde(skip)]
    exit_code: u8,
}

impl Summary {
    /// A summary of nothing. Findings of this severity or a worse one fail the check.
    #[must_use]
    pub fn new(fail_on: Severity) -> Self {
        Self { fail_on, sites: Vec::new(), rules: BTreeMap::new() }
    }

    /// Adds a report.
    pub fn add(&mut self, report: &Report) {
        self.sites.push(SiteLine {
            site: report.site().to_owned(),
            high: report.count_of(Severity::High),
            medium: report.count_of(Severity::Medium),
            low: report.count_of(Severity::Low),
            notes: report.count_of(Severity::Note),
            known: report.known().len(),
            complete: report.incomplete().is_empty(),
            exit_code: report.exit_code(self.fail_on),
        });
        let mut broken: Vec<Rule> = report
            .findings()
            .filter(|(finding, _)| finding.severity > Severity::Note)
            .map(|(finding, _)| finding.rule)
            .collect();
        broken.sort_unstable();
        broken.dedup();
        for rule in broken {
            *self.rules.entry(rule).or_default() += 1;
        }
    }

    /// 1 if a site fails; otherwise 2 if something was not checked; otherwise 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let any = |code| self.sites.iter().any(|line| line.exit_code == code);
        if any(1) {
            1
        } else if any(2) {
            2
        } else {
            0
        }
    }

    /// The number of sites that fail.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.sites.iter().filter(|line| line.exit_code == 1).count()
    }

    /// The number of sites of which something was not checked.
    #[must_use]
    pub fn incomplete(&self) -> usize {
        self.sites.iter().filter(|line| !line.complete).count()
    }

    /// The rules that most sites break come first.
    pub(super) fn rules_by_sites(&self) -> Vec<(Rule, usize)> {
        let mut rules: Vec<_> = self.rules.iter().map(|(rule, sites)| (*rule, *sites)).collect();
        rules.sort_by_key(|(rule, sites)| (std::cmp::Reverse(*sites), *rule));
        rules
    }
}
