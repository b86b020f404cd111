//! Reads a response and says what is wrong with it. Each finding says what was seen, what browsers do with
//! it, and what to change. It describes browsers as Chromium, Firefox and WebKitGTK behaved in tests. Nothing
//! here sends a request.

mod advice;
mod content_security_policy;
mod cookies;
mod framing;
mod policy;
#[cfg(test)]
mod properties;
mod reach;
mod source;
mod transport;
mod unframed;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use self::advice::Advice;
use super::response::{FrameContent, Response};
pub use super::rules::Severity;
use super::rules::{Group, Rule};
pub use advice::ServerProgram;
pub use reach::{Embedder, Reach, listed_origins, may_frame, reach, says_none_beside_others};

/// The most findings of one rule on one response.
const MOST_OF_A_RULE: usize = 50;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that was broken. Its name is stable, for programs.
    pub rule: Rule,
    /// What was seen.
    pub what: String,
    /// What browsers do with it.
    pub browser: String,
    /// What to change.
    pub change: String,
}

impl Finding {
    pub(super) fn new(
        severity: Severity,
        rule: Rule,
        what: impl Into<String>,
        browser: impl Into<String>,
        change: impl Into<String>,
    ) -> Self {
        debug_assert!(severity <= rule.worst(), "{rule} is never {severity:?}");
        Self { severity, rule, what: what.into(), browser: browser.into(), change: change.into() }
    }
}

/// What a judgement depends on besides the response itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The response came over https.
    pub https: bool,
    /// The response came from this machine, which browsers trust without https.
    pub is_loopback: bool,
    /// The host is an IP address.
    pub is_address: bool,
    /// The program that answers.
    pub server: ServerProgram,
    /// No page may frame the response, not even one of its own origin.
    pub strict: bool,
    /// The site runs this program, which sends every header itself.
    pub unframed: bool,
    /// The site's pages say who may frame them. A response that does not say so comes from a server in
    /// front of the application.
    pub pages_are_denied: bool,
    /// Browsers never send such a request, so they never show the response.
    pub malformed: bool,
}

/// Everything that is wrong with a response, the worst first.
#[must_use]
pub fn judge(response: &Response, circumstances: Circumstances) -> Vec<Finding> {
    let shown = FrameContent::of(response);
    let advice = Advice::on(response, circumstances);
    let mut findings = framing::judge(response, shown, circumstances.strict, advice);
    if matches!(shown, FrameContent::Live | FrameContent::Still) {
        findings.extend(content_security_policy::judge(response, advice));
    }
    findings.extend(cookies::judge(response, circumstances));
    findings.extend(transport::judge(response, circumstances, advice));
    if advice.is_on_ours() {
        findings.extend(unframed::judge(response, shown, advice));
    }
    if circumstances.malformed {
        for finding in findings.iter_mut().filter(|finding| finding.rule.group() != Group::Cookie) {
            finding.severity = Severity::Note;
        }
    }
    sort(&mut findings);
    findings.dedup();
    let more = cut(&mut findings);
    findings.extend(more);
    sort(&mut findings);
    findings
}

/// The worst first.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
}

/// Removes the findings beyond the most of each rule: a policy may have thousands of odd words. Returns a finding for those
/// of each rule, as bad as the worst of them.
fn cut(findings: &mut Vec<Finding>) -> Vec<Finding> {
    let (mut counts, mut more) = (HashMap::<Rule, usize>::new(), Vec::<Finding>::new());
    findings.retain(|finding| {
        let count = counts.entry(finding.rule).or_default();
        *count += 1;
        if *count == MOST_OF_A_RULE + 1 {
            more.push(finding.clone());
        }
        *count <= MOST_OF_A_RULE
    });
    for finding in &mut more {
        let count = counts.get(&finding.rule).copied().unwrap_or_default() - MOST_OF_A_RULE;
        finding.what = format!("{count} more findings of this rule on one response, which are not listed");
    }
    more
}

/// A value that the site sent, cut where it is too long to read.
fn brief(value: &str) -> String {
    const LONGEST: usize = 200;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
