//! Reads a response and says what is wrong with it: pure, from header lines to findings, each with
//! what a browser does with them and what to change. The behaviour of browsers is what Chromium,
//! Firefox and WebKitGTK were seen to do.

mod advice;
mod content_security_policy;
mod cookies;
mod framing;
mod reach;
mod transport;
mod unframed;

use serde::Serialize;

use self::advice::Advice;
use super::response::{Response, Shown};
pub use advice::Server;
pub use reach::{Reach, reach};

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; does not count as a finding.
    Note,
    /// Harmless as things are, and one mistake away from harm.
    Low,
    /// A wall is missing, others stand.
    Medium,
    /// It can be exploited as it is.
    High,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// A stable name, for programs.
    pub rule: &'static str,
    /// What was seen.
    pub what: String,
    /// What a browser does with it.
    pub browser: String,
    /// What to change.
    pub change: String,
}

impl Finding {
    fn new(
        severity: Severity,
        rule: &'static str,
        what: impl Into<String>,
        browser: impl Into<String>,
        change: impl Into<String>,
    ) -> Self {
        Self { severity, rule, what: what.into(), browser: browser.into(), change: change.into() }
    }
}

/// What the judge must know besides the response itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether it came over https.
    pub https: bool,
    /// Whether it came from this machine, which browsers trust without https.
    pub is_loopback: bool,
    /// Whether the host is an address and no name.
    pub is_address: bool,
    /// The program that answers.
    pub server: Server,
    /// Whether nobody at all may frame it, not even its own origin.
    pub strict: bool,
    /// Whether the site runs this program, which sends every header itself.
    pub unframed: bool,
    /// Whether the site's pages say who may frame them: then an answer that does not was made by
    /// something in front of it.
    pub pages_are_denied: bool,
    /// Whether no browser sends such a request: nothing is shown then.
    pub malformed: bool,
}

/// All that is wrong with a response, the worst first.
#[must_use]
pub fn judge(response: &Response, circumstances: Circumstances) -> Vec<Finding> {
    let shown = Shown::of(response);
    let advice = Advice::on(response, circumstances);
    let mut findings = framing::judge(response, shown, circumstances.strict, advice);
    if matches!(shown, Shown::Live | Shown::Still) {
        findings.extend(content_security_policy::judge(response, advice));
    }
    findings.extend(cookies::judge(response, circumstances));
    findings.extend(transport::judge(response, circumstances, advice));
    if advice.is_on_ours() {
        findings.extend(unframed::judge(response, shown, circumstances.https, advice));
    }
    if circumstances.malformed {
        for finding in findings.iter_mut().filter(|finding| !finding.rule.starts_with("cookie/")) {
            finding.severity = Severity::Note;
        }
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(b.rule)));
    findings.dedup();
    findings
}

/// A value of the site, short enough to be read.
fn brief(value: &str) -> String {
    const LONGEST: usize = 200;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
