//! Content-Security-Policy: what is missing from it, misspelt in it, or weakens it. Who may frame a page is
//! judged in `framing`.

use std::collections::HashSet;

use super::advice::Advice;
use super::policy::{Policy, is_close, policies};
use super::reach::matches_every_host;
use super::{Finding, Severity, brief};
use crate::domain::csp_directive::DIRECTIVES;
use crate::verify::response::Response;
use crate::verify::rules::Rule;

const HEADER: &str = "content-security-policy";

pub(super) fn judge(response: &Response, advice: Advice) -> Vec<Finding> {
    let enforced = policies(response.lines(HEADER));
    let mut findings = Vec::new();
    if enforced.is_empty() {
        let tried = response.first("content-security-policy-report-only").is_some();
        findings.push(Finding::new(
            Severity::Medium,
            Rule::CspNone,
            if tried { "only a report-only policy" } else { "no Content-Security-Policy" },
            "runs every script that gets into the page, and sends forms to any site",
            advice.add("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
        ));
        return findings;
    }
    if response.lines(HEADER).count() > 1 {
        findings.push(Finding::new(
            Severity::Low,
            Rule::CspDoubled,
            format!("Content-Security-Policy is sent {} times", response.lines(HEADER).count()),
            "enforces all of them together",
            advice.remove_second("Content-Security-Policy"),
        ));
    }
    // Browsers enforce every policy: what one forbids is forbidden.
    missing(&enforced, &mut findings);
    for policy in &enforced {
        words(policy, &mut findings);
    }
    weak_sources(&enforced, &mut findings);
    findings
}

fn missing(enforced: &[Policy], findings: &mut Vec<Finding>) {
    let fetches = [
        ("script-src", Severity::Medium, "runs scripts from any site, and inline scripts"),
        ("object-src", Severity::Medium, "loads plugins and embedded documents from any site"),
    ];
    let others = [
        (
            "base-uri",
            Severity::Low,
            "lets an injected <base> redirect relative links and forms to another site",
        ),
        (
            "form-action",
            Severity::Low,
            "sends an injected form to any site; default-src does not apply to forms",
        ),
    ];
    let open_list =
        |sources: &[String]| sources.iter().any(|source| matches_every_host(&source.to_ascii_lowercase()));
    let fetches = fetches.map(|(name, severity, browser)| {
        let lists: Vec<_> = enforced.iter().filter_map(|policy| policy.fetch(name)).collect();
        (name, severity, browser, lists.is_empty(), false)
    });
    let others = others.map(|(name, severity, browser)| {
        let lists: Vec<_> = enforced.iter().filter_map(|policy| policy.get(name)).collect();
        (name, severity, browser, lists.is_empty(), lists.iter().all(|list| open_list(list)))
    });
    for (name, severity, browser, absent, open) in fetches.into_iter().chain(others) {
        if absent || open {
            findings.push(Finding::new(
                severity,
                Rule::CspMissing,
                if absent {
                    format!("the policy has no {name}")
                } else {
                    format!("{name} allows every site")
                },
                browser,
                format!("write `{name} 'none'`, or `'self'` if the site needs it"),
            ));
        }
    }
}

fn words(policy: &Policy, findings: &mut Vec<Finding>) {
    let mut known = HashSet::new();
    for name in policy.names() {
        if !known.insert(name) && name != "frame-ancestors" {
            findings.push(Finding::new(
                Severity::Low,
                Rule::CspRepeated,
                format!("the policy contains {} twice", brief(name)),
                "follows the first and ignores the second",
                "merge them into one directive",
            ));
        }
        if DIRECTIVES.contains(&name) || is_close(name, "frame-ancestors") {
            continue;
        }
        let meant = DIRECTIVES.iter().find(|directive| is_close(name, directive));
        findings.push(Finding::new(
            Severity::Low,
            Rule::CspUnknown,
            format!("the policy contains `{}`, which is not a directive", brief(name)),
            "ignores it",
            meant
                .map_or_else(|| "remove it".to_owned(), |meant| format!("write `{meant}` if that was meant")),
        ));
    }
    for name in policy.dropped().filter(|name| !is_close(name, "frame-ancestors")) {
        findings.push(Finding::new(
            Severity::Low,
            Rule::CspNotAscii,
            format!(
                "`{}` contains characters that a policy must not contain, such as curly quotes",
                brief(name)
            ),
            "drops the whole directive",
            "write straight quotes and plain spaces",
        ));
    }
    if known.contains("report-uri") && known.contains("report-to") {
        findings.push(Finding::new(
            Severity::Low,
            Rule::CspReportTo,
            "the policy contains both report-to and report-uri",
            "reports no refused frame in Chromium and Firefox: report-to disables report-uri and gets no frame-ancestors reports itself",
            "remove report-to",
        ));
    }
}

fn weak_sources(enforced: &[Policy], findings: &mut Vec<Finding>) {
    for name in ["script-src", "object-src", "style-src"] {
        let lists: Vec<&[String]> = enforced.iter().filter_map(|policy| policy.fetch(name)).collect();
        // A source is weak only if every policy allows it.
        let Some((first, others)) = lists.split_first() else { continue };
        let everywhere =
            |word: &str| lists.iter().all(|list| list.iter().any(|source| source.eq_ignore_ascii_case(word)));
        let signs = ["'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'"];
        let any = |sign: &str| {
            lists.iter().any(|list| list.iter().any(|source| source.to_ascii_lowercase().starts_with(sign)))
        };
        let strict = signs.into_iter().any(any);
        if everywhere("'unsafe-inline'") && !strict {
            findings.push(Finding::new(
                if name == "script-src" { Severity::Medium } else { Severity::Note },
                Rule::CspUnsafeInline,
                format!("{name} contains 'unsafe-inline'"),
                "runs injected inline code as if it belonged to the page",
                "move inline code into files, or give it a nonce or a hash",
            ));
        }
        if name == "script-src" && everywhere("'unsafe-eval'") {
            findings.push(Finding::new(
                Severity::Low,
                Rule::CspUnsafeEval,
                "script-src contains 'unsafe-eval'",
                "runs any text that reaches eval as code",
                "remove it",
            ));
        }
        // With 'strict-dynamic' browsers ignore hosts and schemes, which are there for old browsers.
        let ignored = name == "script-src" && any("'strict-dynamic'");
        if name == "style-src" || !others.is_empty() || ignored {
            continue;
        }
        for source in first.iter().filter(|source| is_broad(source)) {
            findings.push(Finding::new(
                Severity::Medium,
                Rule::CspBroadSource,
                format!("{name} allows `{}`", brief(source)),
                "loads from many sites, or over a connection that anyone on the network path can change",
                "list exact https origins",
            ));
        }
    }
}

fn is_broad(source: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    lower.contains('*')
        || matches!(lower.as_str(), "https:" | "http:" | "data:" | "blob:")
        || lower.starts_with("http://")
}
