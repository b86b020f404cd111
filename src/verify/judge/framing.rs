//! Who may frame a response, and whether both headers that say so are there, once, and agree.

mod mistakes;

use super::advice::Advice;
use super::policy::{Policy, policies};
use super::reach::{Reach, XFO, by_ancestors, by_x_frame_options, meet, reach, x_frame_options};
use super::{Finding, Severity, brief};
use crate::verify::response::{FrameContent, Response};
use crate::verify::rules::Rule;

/// What a response says about framing, and where it is shown.
struct FramingHeaders<'a> {
    response: &'a Response,
    shown: FrameContent,
    advice: Advice,
    strict: bool,
    xfo: Vec<String>,
    enforced: Vec<Policy>,
    reach: Reach,
}

pub(super) fn judge(response: &Response, shown: FrameContent, strict: bool, advice: Advice) -> Vec<Finding> {
    let headers = FramingHeaders {
        response,
        shown,
        advice,
        strict,
        xfo: x_frame_options(response),
        enforced: policies(response.lines("content-security-policy")),
        reach: reach(response),
    };
    let mut findings = Vec::new();
    headers.find_embedders(&mut findings);
    headers.find_single_protection(&mut findings);
    headers.find_repetitions(&mut findings);
    headers.find_mistakes(&mut findings);
    findings
}

impl FramingHeaders<'_> {
    fn ancestors(&self) -> Option<&[String]> {
        self.enforced.iter().find_map(|policy| policy.get("frame-ancestors"))
    }

    /// The severity `full` if the page can be clicked, less if there is less to lose.
    fn weighed(&self, full: Severity) -> Severity {
        match self.shown {
            FrameContent::Live => full,
            FrameContent::Still => full.min(Severity::Medium),
            FrameContent::File | FrameContent::Redirect => full.min(Severity::Low),
            FrameContent::Stored | FrameContent::Empty => Severity::Note,
        }
    }

    /// What browsers do with the response in a frame on another site.
    fn consequence(&self) -> &'static str {
        match self.shown {
            FrameContent::Live => "renders it in a frame on any site, which can steal the visitor's clicks",
            FrameContent::Still => {
                "renders it in a frame on any site; at present there is nothing to click on it"
            }
            FrameContent::File => "renders it in a frame on any site, as plain content without controls",
            FrameContent::Redirect => "follows the redirect and shows nothing of this response",
            FrameContent::Stored => {
                "shows its stored copy: Chromium does not take X-Frame-Options from a 304"
            }
            FrameContent::Empty => "shows nothing: the response has no body",
        }
    }

    fn find_embedders(&self, findings: &mut Vec<Finding>) {
        let deny = self.advice.add("X-Frame-Options", "DENY");
        match &self.reach {
            Reach::Nobody => {}
            Reach::OwnOrigin if !self.strict => {}
            Reach::OwnOrigin => findings.push(Finding::new(
                self.weighed(Severity::High),
                Rule::FramingOwnOrigin,
                "pages of its own origin may frame it",
                "renders it in frames whose ancestors are all of its own origin",
                "write `'none'` and `DENY`: no page of this program belongs in a frame",
            )),
            Reach::Listed(sources) => {
                let severity = if self.strict { self.weighed(Severity::High) } else { Severity::Note };
                findings.push(Finding::new(
                    severity,
                    Rule::FramingListed,
                    format!("may be framed by {}", brief(&sources.join(" "))),
                    "renders it in frames whose ancestors are all in this list",
                    "check that each of them is intended and exact in scheme, host and port",
                ));
            }
            Reach::Anyone => {
                let (rule, what, change) = self.why_open(&deny);
                findings.push(Finding::new(
                    self.weighed(Severity::High),
                    rule,
                    what,
                    self.consequence(),
                    change,
                ));
            }
        }
    }

    fn why_open(&self, deny: &str) -> (Rule, String, String) {
        let list = self.ancestors().map(|sources| brief(&sources.join(" ")));
        let shown_xfo = brief(&self.response.lines(XFO).collect::<Vec<_>>().join(" | "));
        match (list, self.xfo.is_empty()) {
            (Some(list), false) => (
                Rule::FramingSwitchedOff,
                format!("`frame-ancestors {list}` overrides `X-Frame-Options: {shown_xfo}`"),
                "write `frame-ancestors 'none'`, or list the exact origins that may frame it".to_owned(),
            ),
            (Some(list), true) => (
                Rule::FramingWide,
                format!("`frame-ancestors {list}` lets every site frame it"),
                "write `frame-ancestors 'none'`, or list the exact origins that may frame it".to_owned(),
            ),
            (None, false) => (
                Rule::FramingNotAValue,
                format!("`X-Frame-Options: {shown_xfo}` has no effect"),
                format!("the value must be exactly `DENY` (or `SAMEORIGIN`): {deny}"),
            ),
            (None, true) => {
                let mut what = "neither X-Frame-Options nor frame-ancestors".to_owned();
                if !policies(self.response.lines("content-security-policy-report-only"))
                    .iter()
                    .all(|policy| policy.get("frame-ancestors").is_none())
                {
                    what.push_str("; the report-only policy reports frames but does not stop them");
                }
                if self.enforced.iter().any(|policy| policy.get("default-src").is_some()) {
                    what.push_str("; default-src does not replace frame-ancestors");
                }
                if !self.meta_tags().is_empty() {
                    what.push_str("; browsers ignore what a meta tag says about framing");
                }
                let change = format!("{deny}; and `frame-ancestors 'none'` in the Content-Security-Policy");
                (Rule::FramingNone, what, change)
            }
        }
    }

    /// One header without the other, or against it: old browsers know only the older one, and proxies lose
    /// headers.
    fn find_single_protection(&self, findings: &mut Vec<Finding>) {
        if self.reach == Reach::Anyone {
            return;
        }
        let ancestors = self.ancestors();
        let alone = by_x_frame_options(&self.xfo);
        if self.xfo.is_empty() {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                Rule::FramingNoXFrameOptions,
                "X-Frame-Options is missing; only frame-ancestors forbids frames",
                "follows frame-ancestors; if a proxy loses the policy, nothing forbids frames",
                self.advice.add(
                    "X-Frame-Options",
                    if self.reach == Reach::OwnOrigin { "SAMEORIGIN" } else { "DENY" },
                ),
            ));
        } else if ancestors.is_none() {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                Rule::FramingNoFrameAncestors,
                "frame-ancestors is missing; only X-Frame-Options forbids frames",
                "follows X-Frame-Options; default-src does not replace frame-ancestors",
                if alone == Reach::OwnOrigin {
                    "add `frame-ancestors 'self'` to the Content-Security-Policy header"
                } else {
                    "add `frame-ancestors 'none'` to the Content-Security-Policy header"
                },
            ));
        } else if alone == Reach::Anyone {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                Rule::FramingNotAValue,
                format!("`X-Frame-Options: {}` has no effect", brief(&self.xfo.join(", "))),
                "follows frame-ancestors; if a proxy loses the policy, nothing forbids frames",
                "write exactly `DENY` (or `SAMEORIGIN`)",
            ));
        } else if alone == Reach::OwnOrigin && self.reach == Reach::Nobody {
            findings.push(Finding::new(
                self.weighed(Severity::Low),
                Rule::FramingContradiction,
                "X-Frame-Options is SAMEORIGIN, but frame-ancestors is 'none'",
                "follows frame-ancestors; if a proxy loses the policy, the site's own origin may frame it",
                "write `X-Frame-Options: DENY`",
            ));
        }
    }

    /// More than one line or value where one belongs.
    fn find_repetitions(&self, findings: &mut Vec<Finding>) {
        let count = self.response.lines(XFO).count();
        if count > 1 || self.xfo.len() > 1 {
            let same = self.xfo.iter().all(|value| Some(value) == self.xfo.first());
            let (severity, browser) = match (same, by_x_frame_options(&self.xfo)) {
                (_, Reach::Anyone) => (Severity::Medium, "ignores all of them"),
                (true, _) => (Severity::Low, "treats equal values as one, until one of them changes"),
                (false, _) => {
                    (Severity::Medium, "treats different values as DENY, also in the site's own frames")
                }
            };
            findings.push(Finding::new(
                severity,
                Rule::FramingDoubledXFrameOptions,
                format!("X-Frame-Options has {} values: {}", self.xfo.len(), brief(&self.xfo.join(", "))),
                browser,
                self.advice.remove_second("X-Frame-Options"),
            ));
        }
        let lists: Vec<_> = self.enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).collect();
        if lists.len() > 1 {
            findings.push(Finding::new(
                Severity::Low,
                Rule::FramingDoubledFrameAncestors,
                format!("{} policies contain frame-ancestors", lists.len()),
                "follows all of them: a frame must satisfy each",
                self.advice.remove_second("Content-Security-Policy"),
            ));
        }
        for policy in &self.enforced {
            let mut all = policy.all("frame-ancestors").map(by_ancestors);
            let (Some(first), Some(second)) = (all.next(), all.next()) else { continue };
            let weaker = meet(first.clone(), second) != first;
            findings.push(Finding::new(
                if weaker { self.weighed(Severity::High) } else { Severity::Low },
                Rule::FramingRepeatedFrameAncestors,
                "one policy contains frame-ancestors twice",
                "follows the first and ignores the second",
                "keep only the stricter one",
            ));
        }
    }
}
