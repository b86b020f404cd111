//! Reads a response and says what is wrong with it: pure, from header lines to findings, each with
//! what a browser does with them and what to change. The behaviour of browsers is what Chromium,
//! Firefox and WebKitGTK were seen to do.

mod content_security_policy;
mod cookies;
mod framing;
mod reach;
mod transport;

use serde::Serialize;

use super::response::{Response, Shown};
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

/// The program that answers, as far as it says so: it decides how a change is spelt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Server {
    /// `Server: nginx`.
    Nginx,
    /// `Server: Apache`.
    Apache,
    /// `Server: Caddy`.
    Caddy,
    /// `Server: Microsoft-IIS`.
    Iis,
    /// Another, or it does not say.
    #[default]
    Unknown,
}

impl Server {
    /// From the field Server, or Via.
    #[must_use]
    pub fn of(response: &Response) -> Self {
        let said =
            ["server", "via"].map(|name| response.first(name).unwrap_or_default().to_ascii_lowercase());
        let signs = [
            ("nginx", Self::Nginx),
            ("openresty", Self::Nginx),
            ("apache", Self::Apache),
            ("caddy", Self::Caddy),
            ("iis", Self::Iis),
        ];
        let found = signs.iter().find(|(sign, _)| said.iter().any(|line| line.contains(sign)));
        found.map_or(Self::Unknown, |(_, server)| *server)
    }

    /// How to send a field with every response.
    fn add(self, name: &str, value: &str) -> String {
        match self {
            Self::Nginx => format!(
                "in nginx `add_header {name} \"{value}\" always;` (without `always` errors go out bare, and a `location` with an add_header of its own inherits none); if the application sends it, look for `proxy_hide_header {name}`"
            ),
            Self::Apache => {
                format!(
                    "in Apache `Header always set {name} \"{value}\"` (without `always` errors go out bare)"
                )
            }
            Self::Caddy => format!("in Caddy `header {name} \"{value}\"`"),
            Self::Iis => format!(
                "in web.config, customHeaders, `<add name=\"{name}\" value=\"{value}\"/>`, and see that error pages carry it too"
            ),
            Self::Unknown => {
                format!("send `{name}: {value}` with every response, also with errors and redirects")
            }
        }
    }

    /// How to get rid of the second of two.
    fn remove_second(self, name: &str) -> String {
        match self {
            Self::Nginx => format!(
                "nginx adds a second {name}: remove `add_header {name} …` from its configuration (or, to let nginx decide, hide the application's with `proxy_hide_header {name};`)"
            ),
            Self::Apache => format!(
                "Apache adds a second {name}: use `Header always set {name} …` in place of `Header add`, or remove it"
            ),
            Self::Caddy => format!(
                "Caddy adds a second {name}: remove `header +{name} …`, or use `header {name} …` after `reverse_proxy`"
            ),
            Self::Iis => {
                format!("IIS adds a second {name}: put `<remove name=\"{name}\"/>` before its `<add …>`")
            }
            Self::Unknown => {
                format!("let one place send {name}: the application, or what stands in front of it")
            }
        }
    }
}

/// What the judge must know besides the response itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether it came over https.
    pub https: bool,
    /// The program that answers.
    pub server: Server,
    /// Whether nobody at all may frame it, not even its own origin.
    pub strict: bool,
    /// Whether no browser sends such a request: nothing is shown then.
    pub malformed: bool,
}

/// All that is wrong with a response, the worst first.
#[must_use]
pub fn judge(response: &Response, circumstances: Circumstances) -> Vec<Finding> {
    let shown = Shown::of(response);
    let mut findings = framing::judge(response, shown, circumstances);
    if matches!(shown, Shown::Live | Shown::Still) {
        findings.extend(content_security_policy::judge(response, circumstances.server));
    }
    findings.extend(cookies::judge(response, circumstances.https));
    findings.extend(transport::judge(response, circumstances));
    if circumstances.malformed {
        for finding in findings.iter_mut().filter(|finding| finding.rule.starts_with("framing/")) {
            finding.severity = Severity::Note;
        }
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.rule.cmp(b.rule)));
    findings.dedup();
    findings
}
