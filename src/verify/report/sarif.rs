//! Reports for code scanning: SARIF 2.1.0 (OASIS). Notes are not results. A known finding is a suppressed result.

use std::io::{self, Write};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::format::Form;
use super::{Place, Report, Summary, listed};
use crate::verify::judge::{Finding, Severity};
use crate::verify::rules::Rule;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The locations of a result, and the notifications of a run. GitHub reads no more than 1,000 locations.
const MOST_LOCATIONS: usize = 100;
const MOST_NOTIFICATIONS: usize = 1_000;

#[derive(Default)]
pub(super) struct Sarif {
    results: usize,
    /// What was not checked. It stands behind the results.
    notifications: Vec<Value>,
}

impl Form for Sarif {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let driver = json!({
            "name": "unframed verify",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": Rule::ALL.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
        });
        let tool = json!({ "driver": driver });
        write!(
            out,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{tool},\"results\":["
        )
    }

    fn site(&mut self, out: &mut dyn Write, report: &Report) -> io::Result<()> {
        let counted = report.findings().filter(|(finding, _)| finding.severity > Severity::Note);
        for (finding, places) in counted {
            self.write(out, &result(report.site(), finding, places))?;
        }
        for known in report.known() {
            let mut result = result(report.site(), &known.finding, &known.places);
            let why = format!("{} (until {})", known.reason, known.expires);
            let suppression = json!({ "kind": "external", "status": "accepted", "justification": why });
            if let Some(result) = result.as_object_mut() {
                result.insert("suppressions".to_owned(), json!([suppression]));
            }
            self.write(out, &result)?;
        }
        for why in report.incomplete() {
            if self.notifications.len() < MOST_NOTIFICATIONS {
                let text = format!("{}: {why}", report.site());
                self.notifications.push(json!({ "level": "error", "message": { "text": text } }));
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, _: &Summary) -> io::Result<()> {
        let invocation = json!({
            "executionSuccessful": self.notifications.is_empty(),
            "toolExecutionNotifications": self.notifications,
        });
        writeln!(out, "\n],\"invocations\":[{invocation}]}}]}}")
    }
}

impl Sarif {
    fn write(&mut self, out: &mut dyn Write, result: &Value) -> io::Result<()> {
        let comma = if self.results == 0 { "" } else { "," };
        self.results += 1;
        write!(out, "{comma}\n{result}")
    }
}

/// The rule with its page, which readers show beside a result.
fn descriptor(rule: Rule) -> Value {
    json!({
        "id": rule.name(),
        "name": format!("{rule:?}"),
        "shortDescription": { "text": format!("{}.", rule.title()) },
        "fullDescription": { "text": format!("{}.", rule.title()) },
        "help": { "text": format!("{}: {}", rule.title(), rule.page()), "markdown": without_relative_links(rule.text()) },
        "helpUri": help(rule),
        "defaultConfiguration": { "level": level(rule.worst()) },
        "properties": {
            "tags": ["security"],
            "precision": "high",
            "problem.severity": problem_severity(rule.worst()),
            "security-severity": security_severity(rule.worst()),
        },
    })
}

/// The first source that the page of a rule names: our pages have no address of their own.
fn help(rule: Rule) -> String {
    let (_, link) = rule.text().split_once("](https://").unwrap_or_default();
    format!("https://{}", link.split(')').next().unwrap_or_default())
}

/// A page as it is shown elsewhere: what it links to beside itself is not there.
fn without_relative_links(page: &str) -> String {
    let mut parts = page.split("](");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        if target.starts_with("https://") {
            shown.push_str(&format!("]({target})"));
        } else if let Some(start) = shown.rfind('[') {
            shown.remove(start);
        }
        shown.push_str(rest);
    }
    shown
}

fn result(site: &str, finding: &Finding, places: &[Place]) -> Value {
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let text = format!(
        "{}. Browser: {}. Change: {}. At {}, {}.",
        finding.what,
        finding.browser,
        finding.change,
        site,
        listed(places, 6)
    );
    let locations: Vec<Value> =
        places.iter().take(MOST_LOCATIONS).map(|place| location(site, &place.text)).collect();
    let fingerprint = fingerprint(site, finding);
    json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": locations,
        "partialFingerprints": { "unframedFinding/v1": fingerprint, "primaryLocationLineHash": fingerprint },
        "properties": { "security-severity": security_severity(finding.severity), "site": site },
    })
}

/// A place as a relative URI: GitHub refuses a file with a web address in it, and shows this one as a path.
fn location(site: &str, place: &str) -> Value {
    let host = site.split_once("://").map_or(site, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    let path = place.split_whitespace().find(|word| word.starts_with('/')).unwrap_or("/");
    let path = path.split(['?', ',']).next().unwrap_or_default();
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": format!("{}{}", encoded(host), encoded(path)) },
            "region": { "startLine": 1 },
        },
        "logicalLocations": [{ "fullyQualifiedName": format!("{site} {place}"), "kind": "resource" }],
    })
}

/// The characters of a path, everything else percent-encoded. Escapes stay as they are.
fn encoded(path: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    let mut uri = String::new();
    for (at, byte) in path.bytes().enumerate() {
        let escape =
            path.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if kept(byte) || (byte == b'%' && escape) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// The same for the same finding of the same site, whatever its places.
fn fingerprint(site: &str, finding: &Finding) -> String {
    let digest = Sha256::digest([site, finding.rule.name(), &finding.what].join("\0"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
        Severity::Note => "none",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "recommendation",
    }
}

/// GitHub's scale: from 7.0 high, from 4.0 medium, above 0 low.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Note => "0.0",
    }
}
