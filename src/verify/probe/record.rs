//! What a probe writes into its report: nothing that is secret, and no more than a person can read.

use super::{Checked, Probe};
use crate::verify::judge::Finding;

/// The most places that one line names.
const MOST_PLACES: usize = 20;

impl Probe<'_> {
    /// Adds the response at a place with its findings.
    pub(super) fn answer(&mut self, place: &str, findings: Vec<Finding>) {
        // It counts the response.
        self.report.answer(place, Vec::new());
        for finding in findings {
            self.find(place, finding);
        }
    }

    /// Adds a finding.
    pub(super) fn find(&mut self, place: &str, finding: Finding) {
        let hide = |text: &str| self.session.hide(text);
        let finding = Finding {
            what: hide(&finding.what),
            browser: hide(&finding.browser),
            change: hide(&finding.change),
            ..finding
        };
        self.report.find(&hide(place), finding);
    }

    /// Adds something that was not checked, and why.
    pub(super) fn miss(&mut self, why: &str) {
        self.report.miss(self.session.hide(why));
    }

    /// The check as it has ended, with what it left out.
    pub(super) fn finish(mut self) -> Checked {
        if !self.not_asked.is_empty() {
            let stopped = if self.asked < self.most() {
                format!("stopped after {} s", self.longest().as_secs())
            } else {
                format!("stopped after {} requests", self.most())
            };
            let not_asked = listed(&self.not_asked);
            self.miss(&format!("{stopped}: not asked: {not_asked}"));
        }
        if !self.signed_out.is_empty() {
            let places = listed(&self.signed_out);
            self.miss(&format!(
                "not signed in at {places}: the session has ended, or does not open these pages, so they were not checked"
            ));
        }
        // A host that only has inner pages is checked with those that the user names.
        if let Some(error) = self.entry_error.take().filter(|_| !self.named_opened) {
            self.miss(&format!(
                "{error}: the page behind it was not seen, so little of the site was checked"
            ));
        }
        if self.session.lacks_cookies() {
            self.miss("none of the given cookies belongs to this site and is still valid, so none was sent");
        }
        Checked { report: self.report, pages: self.pages, more_pages: self.more_pages, session: self.session }
    }
}

/// Places in one line.
pub(super) fn listed(places: &[String]) -> String {
    let shown = places.get(..MOST_PLACES).unwrap_or(places);
    let more = places.len() - shown.len();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
