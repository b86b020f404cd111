//! Content-Security-Policy as CSP3 parses it (§2.2), and what weakens it.

use super::advice::Advice;
use super::reach::admits_everyone;
use super::{Finding, Severity, brief};
use crate::security::content_security_policy::DIRECTIVES;
use crate::verify::response::Response;

/// One serialized policy: the directives in order, repeated ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Policy {
    directives: Vec<(String, Vec<String>)>,
    dropped: Vec<String>,
}

impl Policy {
    fn parse(text: &str) -> Self {
        let (mut directives, mut dropped) = (Vec::new(), Vec::new());
        let plain = |c: char| c.is_ascii_graphic() || c.is_ascii_whitespace();
        for part in text.split(';') {
            let mut words = part.split_ascii_whitespace();
            let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
            // A hard space or another odd character, and the whole directive is dropped.
            if part.chars().all(plain) {
                directives.push((name, words.map(str::to_owned).collect()));
            } else {
                dropped.push(name.chars().filter(|c| plain(*c)).collect());
            }
        }
        Self { directives, dropped }
    }

    /// The sources of a directive: of the first, where it is repeated.
    pub(super) fn get(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find(|(given, _)| given == name).map(|(_, sources)| sources.as_slice())
    }

    /// The sources of each directive of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [String]> {
        self.directives.iter().filter(move |(given, _)| given == name).map(|(_, sources)| sources.as_slice())
    }

    /// The names as they come.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.directives.iter().map(|(name, _)| name.as_str())
    }

    /// The names, as far as they can be read, of directives that were dropped for a character in them.
    pub(super) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.dropped.iter().map(String::as_str)
    }

    /// A fetch directive, or default-src in its place.
    fn fetch(&self, name: &str) -> Option<&[String]> {
        self.get(name).or_else(|| self.get("default-src"))
    }
}

/// The policies of a field: lines joined, split at commas, empty ones dropped.
pub(super) fn policies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Policy> {
    lines
        .flat_map(|line| line.split(','))
        .map(Policy::parse)
        .filter(|policy| !policy.directives.is_empty() || !policy.dropped.is_empty())
        .collect()
}

/// Whether a name is another one with at most two slips.
pub(super) fn close_to(name: &str, meant: &str) -> bool {
    let mut row: Vec<usize> = (0..=meant.len()).collect();
    for (i, a) in name.bytes().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, (diagonal, above)) in meant.bytes().zip(row.iter().zip(row.iter().skip(1))) {
            left = (diagonal + usize::from(a != b)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().is_some_and(|slips| *slips <= 2)
}

const HEADER: &str = "content-security-policy";

pub(super) fn judge(response: &Response, advice: Advice) -> Vec<Finding> {
    let enforced = policies(response.lines(HEADER));
    let mut findings = Vec::new();
    if enforced.is_empty() {
        let tried = response.first("content-security-policy-report-only").is_some();
        findings.push(Finding::new(
            Severity::Medium,
            "csp/none",
            if tried { "only a report-only policy" } else { "no Content-Security-Policy" },
            "runs whatever script gets into the page, and sends forms anywhere",
            advice.add("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
        ));
        return findings;
    }
    if response.lines(HEADER).count() > 1 {
        findings.push(Finding::new(
            Severity::Low,
            "csp/doubled",
            format!("Content-Security-Policy stands {} times", response.lines(HEADER).count()),
            "enforces all of them at once",
            advice.remove_second("Content-Security-Policy"),
        ));
    }
    // Each policy must allow: what one forbids is forbidden.
    missing(&enforced, &mut findings);
    for policy in &enforced {
        words(policy, &mut findings);
    }
    weak_sources(&enforced, &mut findings);
    findings
}

fn missing(enforced: &[Policy], findings: &mut Vec<Finding>) {
    let fetches = [
        ("script-src", Severity::Medium, "runs scripts from anywhere, also inline"),
        ("object-src", Severity::Medium, "loads plugins and embedded documents from anywhere"),
    ];
    let others = [
        ("base-uri", Severity::Low, "lets an injected <base> send relative links and forms elsewhere"),
        ("form-action", Severity::Low, "sends an injected form anywhere; default-src does not stand in"),
    ];
    let everybody =
        |sources: &[String]| sources.iter().any(|source| admits_everyone(&source.to_ascii_lowercase()));
    let fetches = fetches.map(|(name, severity, browser)| {
        let lists: Vec<_> = enforced.iter().filter_map(|policy| policy.fetch(name)).collect();
        (name, severity, browser, lists.is_empty(), false)
    });
    let others = others.map(|(name, severity, browser)| {
        let lists: Vec<_> = enforced.iter().filter_map(|policy| policy.get(name)).collect();
        (name, severity, browser, lists.is_empty(), lists.iter().all(|list| everybody(list)))
    });
    for (name, severity, browser, absent, open) in fetches.into_iter().chain(others) {
        if absent || open {
            findings.push(Finding::new(
                severity,
                "csp/missing",
                if absent {
                    format!("the policy has no {name}")
                } else {
                    format!("{name} admits every site")
                },
                browser,
                format!("write `{name} 'none'`, or `'self'` where the site needs it"),
            ));
        }
    }
}

fn words(policy: &Policy, findings: &mut Vec<Finding>) {
    let mut known: Vec<&str> = Vec::new();
    for name in policy.names() {
        if known.contains(&name) && name != "frame-ancestors" {
            findings.push(Finding::new(
                Severity::Low,
                "csp/repeated",
                format!("the policy names {} twice", brief(name)),
                "obeys the first and ignores the second",
                "merge them into one",
            ));
        }
        known.push(name);
        if DIRECTIVES.contains(&name) || close_to(name, "frame-ancestors") {
            continue;
        }
        let meant = DIRECTIVES.iter().find(|directive| close_to(name, directive));
        findings.push(Finding::new(
            Severity::Low,
            "csp/unknown",
            format!("the policy holds `{}`: there is no such directive", brief(name)),
            "ignores it",
            meant.map_or_else(|| "take it out".to_owned(), |meant| format!("`{meant}` was probably meant")),
        ));
    }
    for name in policy.dropped().filter(|name| !close_to(name, "frame-ancestors")) {
        findings.push(Finding::new(
            Severity::Low,
            "csp/not-ascii",
            format!("`{}` holds characters that no policy may hold, such as curly quotes", brief(name)),
            "drops the whole directive that holds them",
            "write straight quotes and plain spaces",
        ));
    }
    if known.contains(&"report-uri") && known.contains(&"report-to") {
        findings.push(Finding::new(
            Severity::Low,
            "csp/report-to",
            "report-to stands beside report-uri",
            "sends no report of a refused frame in Chromium and Firefox: report-to silences report-uri and takes no frame-ancestors reports itself",
            "keep report-uri alone",
        ));
    }
}

fn weak_sources(enforced: &[Policy], findings: &mut Vec<Finding>) {
    for name in ["script-src", "object-src", "style-src"] {
        let lists: Vec<&[String]> = enforced.iter().filter_map(|policy| policy.fetch(name)).collect();
        // What another policy forbids is not weak.
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
                "csp/unsafe-inline",
                format!("{name} holds 'unsafe-inline'"),
                "runs what is injected into the page as if it belonged there",
                "move it into files, or mark it with a nonce or a hash",
            ));
        }
        if name == "script-src" && everywhere("'unsafe-eval'") {
            findings.push(Finding::new(
                Severity::Low,
                "csp/unsafe-eval",
                "script-src holds 'unsafe-eval'",
                "makes code of any text that reaches eval",
                "take it out",
            ));
        }
        // Beside 'strict-dynamic' browsers ignore where a script comes from: old ones obey the rest.
        let ignored = name == "script-src" && any("'strict-dynamic'");
        if name == "style-src" || !others.is_empty() || ignored {
            continue;
        }
        for source in first.iter().filter(|source| is_broad(source)) {
            findings.push(Finding::new(
                Severity::Medium,
                "csp/broad-source",
                format!("{name} admits `{}`", brief(source)),
                "loads from more places than anybody watches, or over a line that anybody on it can change",
                "name exact https origins",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_parsed_as_browsers_parse_it() {
        let lines = ["Default-Src 'self';; img-src  a.example\tb.example , ,frame-ancestors", ";"];
        let parsed = policies(lines.into_iter());
        assert_eq!(parsed.len(), 2);
        assert_eq!(parsed[0].names().collect::<Vec<_>>(), ["default-src", "img-src"]);
        assert_eq!(parsed[0].get("img-src").unwrap(), ["a.example", "b.example"]);
        assert_eq!(parsed[1].get("frame-ancestors").unwrap().len(), 0);
        let hard =
            policies(["img-src \u{a0}; frame-ancestors 'none'\u{b};  base-uri 'none'\u{c}"].into_iter());
        assert_eq!(hard[0].dropped().collect::<Vec<_>>(), ["img-src", "frame-ancestors"]);
        assert_eq!(hard[0].names().collect::<Vec<_>>(), ["base-uri"]);
        let twice = policies(["base-uri 'none'; base-uri *"].into_iter());
        assert_eq!(twice[0].get("base-uri").unwrap(), ["'none'"]);
    }

    #[test]
    fn slips_of_the_pen_are_known_and_other_directives_are_no_slips() {
        for slip in ["frame-ancestor", "frame-ancesters", "frames-ancestors", "frameancestors"] {
            assert!(close_to(slip, "frame-ancestors"), "{slip}");
        }
        for (i, one) in DIRECTIVES.iter().enumerate() {
            assert!(!close_to(one, "frame-ancestors") || *one == "frame-ancestors", "{one} {i}");
        }
    }
}
