//! What is wrong with what a response says about framing: open, with one wall only, doubled, at odds
//! with itself, misspelt.

use super::advice::Advice;
use super::content_security_policy::{Policy, close_to, policies};
use super::reach::{Reach, XFO, by_ancestors, by_x_frame_options, meet, reach, x_frame_options};
use super::{Finding, Severity, brief};
use crate::verify::markup::tags;
use crate::verify::response::{Response, Shown};

struct Seen<'a> {
    response: &'a Response,
    shown: Shown,
    advice: Advice,
    strict: bool,
    xfo: Vec<String>,
    enforced: Vec<Policy>,
    reach: Reach,
}

pub(super) fn judge(response: &Response, shown: Shown, strict: bool, advice: Advice) -> Vec<Finding> {
    let seen = Seen {
        response,
        shown,
        advice,
        strict,
        xfo: x_frame_options(response),
        enforced: policies(response.lines("content-security-policy")),
        reach: reach(response),
    };
    let mut findings = Vec::new();
    seen.openness(&mut findings);
    seen.walls(&mut findings);
    seen.lines(&mut findings);
    seen.spelling(&mut findings);
    findings
}

impl Seen<'_> {
    fn ancestors(&self) -> Option<&[String]> {
        self.enforced.iter().find_map(|policy| policy.get("frame-ancestors"))
    }

    /// `full` on a page that can be clicked; less where there is less to lose.
    fn weighed(&self, full: Severity) -> Severity {
        match self.shown {
            Shown::Live => full,
            Shown::Still => full.min(Severity::Medium),
            Shown::File | Shown::Redirect => full.min(Severity::Low),
            Shown::Stored | Shown::Empty => Severity::Note,
        }
    }

    /// What happens in a stranger's frame.
    fn consequence(&self) -> &'static str {
        match self.shown {
            Shown::Live => "renders it in any site's frame, where a visitor's clicks can be stolen",
            Shown::Still => "renders it in any site's frame; there is nothing on it to click now",
            Shown::File => "renders it in any site's frame as plain content, without controls",
            Shown::Redirect => "follows the redirect and shows nothing of this answer itself",
            Shown::Stored => "shows its stored copy: Chromium does not take X-Frame-Options from a 304",
            Shown::Empty => "has nothing to show of this answer: it has no body",
        }
    }

    fn openness(&self, findings: &mut Vec<Finding>) {
        let deny = self.advice.add("X-Frame-Options", "DENY");
        match &self.reach {
            Reach::Nobody => {}
            Reach::OwnOrigin if !self.strict => {}
            Reach::OwnOrigin => findings.push(Finding::new(
                self.weighed(Severity::High),
                "framing/own-origin",
                "pages of its own origin may frame it",
                "renders it in frames whose whole ancestor chain is of its own origin",
                "say `'none'` and `DENY`: nothing here is meant to be framed",
            )),
            Reach::Listed(sources) => {
                let severity = if self.strict { self.weighed(Severity::High) } else { Severity::Note };
                findings.push(Finding::new(
                    severity,
                    "framing/listed",
                    format!("may be framed by {}", brief(&sources.join(" "))),
                    "renders it where every ancestor of the frame is one of these",
                    "see that each of them is meant, exact in scheme, host and port",
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

    fn why_open(&self, deny: &str) -> (&'static str, String, String) {
        let list = self.ancestors().map(|sources| brief(&sources.join(" ")));
        let shown_xfo = brief(&self.response.lines(XFO).collect::<Vec<_>>().join(" | "));
        match (list, self.xfo.is_empty()) {
            (Some(list), false) => (
                "framing/switched-off",
                format!("`frame-ancestors {list}` switches `X-Frame-Options: {shown_xfo}` off"),
                "write `frame-ancestors 'none'`, or name the exact origins that may frame it".to_owned(),
            ),
            (Some(list), true) => (
                "framing/wide",
                format!("`frame-ancestors {list}` lets everybody frame it"),
                "write `frame-ancestors 'none'`, or name the exact origins that may frame it".to_owned(),
            ),
            (None, false) => (
                "framing/not-a-value",
                format!("`X-Frame-Options: {shown_xfo}` counts as no header at all"),
                format!("it must be exactly `DENY` (or `SAMEORIGIN`): {deny}"),
            ),
            (None, true) => {
                let mut what = "neither X-Frame-Options nor frame-ancestors".to_owned();
                if !policies(self.response.lines("content-security-policy-report-only"))
                    .iter()
                    .all(|policy| policy.get("frame-ancestors").is_none())
                {
                    what.push_str("; the report-only policy reports and stops nothing");
                }
                if self.enforced.iter().any(|policy| policy.get("default-src").is_some()) {
                    what.push_str("; default-src does not stand in for frame-ancestors");
                }
                if !self.meta_attempts().is_empty() {
                    what.push_str("; what a meta tag says about framing is ignored");
                }
                let change = format!("{deny}; and `frame-ancestors 'none'` in the Content-Security-Policy");
                ("framing/none", what, change)
            }
        }
    }

    /// One wall without the other: old browsers know only the older, and proxies lose headers.
    fn walls(&self, findings: &mut Vec<Finding>) {
        if self.reach == Reach::Anyone {
            return;
        }
        let ancestors = self.ancestors();
        let alone = by_x_frame_options(&self.xfo);
        if self.xfo.is_empty() {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                "framing/no-x-frame-options",
                "frame-ancestors stands alone: X-Frame-Options is missing",
                "obeys frame-ancestors; where the policy gets lost on the way, nothing is left",
                self.advice.add(
                    "X-Frame-Options",
                    if self.reach == Reach::OwnOrigin { "SAMEORIGIN" } else { "DENY" },
                ),
            ));
        } else if ancestors.is_none() {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                "framing/no-frame-ancestors",
                "X-Frame-Options stands alone: no enforced policy has frame-ancestors",
                "obeys X-Frame-Options; default-src does not stand in for frame-ancestors",
                if alone == Reach::OwnOrigin {
                    "add `frame-ancestors 'self'` to the Content-Security-Policy header"
                } else {
                    "add `frame-ancestors 'none'` to the Content-Security-Policy header"
                },
            ));
        } else if alone == Reach::Anyone {
            findings.push(Finding::new(
                self.weighed(Severity::Medium),
                "framing/not-a-value",
                format!("`X-Frame-Options: {}` counts as no header at all", brief(&self.xfo.join(", "))),
                "obeys frame-ancestors; where the policy gets lost on the way, nothing is left",
                "write exactly `DENY` (or `SAMEORIGIN`)",
            ));
        } else if alone == Reach::OwnOrigin && self.reach == Reach::Nobody {
            findings.push(Finding::new(
                self.weighed(Severity::Low),
                "framing/contradiction",
                "X-Frame-Options says SAMEORIGIN, frame-ancestors says nobody",
                "obeys frame-ancestors; without it, its own origin may frame it",
                "write `X-Frame-Options: DENY`",
            ));
        }
    }

    /// More than one line or value where one is meant.
    fn lines(&self, findings: &mut Vec<Finding>) {
        let count = self.response.lines(XFO).count();
        if count > 1 || self.xfo.len() > 1 {
            let same = self.xfo.iter().all(|value| Some(value) == self.xfo.first());
            let (severity, browser) = match (same, by_x_frame_options(&self.xfo)) {
                (_, Reach::Anyone) => (Severity::Medium, "counts them as no header at all"),
                (true, _) => (Severity::Low, "takes equal values as one, until one of them changes"),
                (false, _) => {
                    (Severity::Medium, "takes differing values as DENY, also for the site's own frames")
                }
            };
            findings.push(Finding::new(
                severity,
                "framing/doubled-x-frame-options",
                format!("X-Frame-Options stands {} times: {}", self.xfo.len(), brief(&self.xfo.join(", "))),
                browser,
                self.advice.remove_second("X-Frame-Options"),
            ));
        }
        let lists: Vec<_> = self.enforced.iter().filter_map(|policy| policy.get("frame-ancestors")).collect();
        if lists.len() > 1 {
            findings.push(Finding::new(
                Severity::Low,
                "framing/doubled-frame-ancestors",
                format!("{} policies hold frame-ancestors", lists.len()),
                "asks all of them: a frame must satisfy each",
                self.advice.remove_second("Content-Security-Policy"),
            ));
        }
        for policy in &self.enforced {
            let mut all = policy.all("frame-ancestors").map(by_ancestors);
            let (Some(first), Some(second)) = (all.next(), all.next()) else { continue };
            let weaker = meet(first.clone(), second) != first;
            findings.push(Finding::new(
                if weaker { self.weighed(Severity::High) } else { Severity::Low },
                "framing/repeated-frame-ancestors",
                "one policy names frame-ancestors twice",
                "obeys the first and ignores the second",
                "keep one: the stricter",
            ));
        }
    }

    /// Words that do not mean what they look like.
    fn spelling(&self, findings: &mut Vec<Finding>) {
        // What else stands decides how much is lost by it.
        let grave = if self.reach == Reach::Anyone { Severity::High } else { Severity::Medium };
        for policy in &self.enforced {
            for name in policy.names() {
                if name != "frame-ancestors" && close_to(name, "frame-ancestors") {
                    findings.push(Finding::new(
                        self.weighed(grave),
                        "framing/misspelt",
                        format!("the policy says `{name}`: there is no such directive"),
                        "ignores it, and with it what was meant about framing",
                        "spell it `frame-ancestors`",
                    ));
                }
            }
            if policy.dropped().any(|name| close_to(name, "frame-ancestors")) {
                findings.push(Finding::new(
                    self.weighed(grave),
                    "framing/not-ascii",
                    "frame-ancestors holds characters that no policy may hold, such as curly quotes or hard spaces",
                    "drops the whole directive that holds them",
                    "write straight quotes: `frame-ancestors 'none'`",
                ));
            }
            let sources = policy.get("frame-ancestors").unwrap_or_default();
            let none = |source: &String| source.eq_ignore_ascii_case("'none'");
            if sources.iter().any(none) && !sources.iter().all(none) {
                findings.push(Finding::new(
                    self.weighed(Severity::High),
                    "framing/none-beside-others",
                    format!("`frame-ancestors {}`: 'none' stands beside others", brief(&sources.join(" "))),
                    "drops 'none' and admits the others",
                    "write either `'none'` or the origins",
                ));
            }
            for source in sources {
                if let Some((browser, change)) = odd_source(source) {
                    findings.push(Finding::new(
                        self.weighed(Severity::Low),
                        "framing/odd-source",
                        format!("frame-ancestors holds `{}`", brief(source)),
                        browser,
                        change,
                    ));
                }
            }
        }
        if self.reach != Reach::Anyone {
            for what in self.meta_attempts() {
                findings.push(Finding::new(
                    Severity::Low,
                    "framing/meta",
                    what,
                    "ignores it: framing is decided by headers only",
                    "take it out of the page, so that nobody relies on it",
                ));
            }
        }
    }

    /// What the page itself says about framing, in vain.
    fn meta_attempts(&self) -> Vec<&'static str> {
        let metas = tags(&self.response.text()).into_iter().filter(|tag| tag.name == "meta");
        let said = metas.filter_map(|tag| {
            let content = tag.attribute("content").unwrap_or_default().to_ascii_lowercase();
            match tag.attribute("http-equiv")?.trim().to_ascii_lowercase().as_str() {
                "x-frame-options" => Some("a meta tag holds X-Frame-Options"),
                "content-security-policy" if content.contains("frame-ancestors") => {
                    Some("a meta tag holds frame-ancestors")
                }
                _ => None,
            }
        });
        said.collect()
    }
}

fn odd_source(source: &str) -> Option<(&'static str, &'static str)> {
    let lower = source.to_ascii_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, host)| host);
    if lower == "none" || lower == "self" {
        Some(("takes it for a host of that name, which nobody has", "put it in single quotes"))
    } else if matches!(lower.as_str(), "null" | "'null'" | "data:" | "blob:" | "about:") {
        Some(("never matches it: an opaque embedder has no origin", "take it out"))
    } else if host.starts_with('[') {
        Some(("never matches an IPv6 address", "name a host"))
    } else if host.starts_with("*.") {
        Some((
            "admits every host below that name, also forgotten ones and those of users",
            "name the exact origins",
        ))
    } else if host.trim_end_matches('/').contains('/') || host.contains(['?', '#']) {
        Some(("refuses it in Chromium and WebKit, ignores the path in Firefox", "leave the path out"))
    } else if lower.starts_with("http://") {
        Some(("admits the unencrypted site, which anybody on the way can forge", "write https://"))
    } else {
        None
    }
}
