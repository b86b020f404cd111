//! Strict-Transport-Security, fields that disclose versions, and content types that browsers may guess.

use super::advice::{Advice, ServerProgram};
use super::{Circumstances, Finding, Severity, brief};
use crate::verify::response::Response;
use crate::verify::rules::Rule;

/// Half a year, in seconds.
const LONG_ENOUGH: u64 = 15_768_000;

pub(super) fn judge(response: &Response, circumstances: Circumstances, advice: Advice) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Browsers ignore the field on IP addresses.
    if circumstances.https && !circumstances.is_address {
        let first = response.first("strict-transport-security");
        let age = first.and_then(max_age);
        let value = "max-age=63072000; includeSubDomains";
        let fault = match (first, age) {
            (None, _) => Some((Severity::Medium, "no Strict-Transport-Security".to_owned())),
            (Some(line), None) => Some((
                Severity::Medium,
                format!("`Strict-Transport-Security: {}` has no max-age", brief(line)),
            )),
            (_, Some(age)) if age < LONG_ENOUGH => {
                Some((Severity::Low, format!("Strict-Transport-Security lasts only {age} seconds")))
            }
            _ => None,
        };
        if let Some((severity, what)) = fault {
            // HTTP libraries answer some errors with a status and nothing else.
            let bare = response.status >= 400 && response.body.is_empty();
            let severity = if bare { Severity::Note } else { severity };
            findings.push(Finding::new(
                severity,
                Rule::TransportHsts,
                what,
                "may use plain http on the next visit, where anyone on the network path can answer instead of the site",
                advice.add("Strict-Transport-Security", value),
            ));
        }
        if response.lines("strict-transport-security").count() > 1 {
            findings.push(Finding::new(
                Severity::Low,
                Rule::TransportHstsDoubled,
                "Strict-Transport-Security is sent more than once",
                "obeys the first and ignores the others",
                advice.remove_second("Strict-Transport-Security"),
            ));
        }
    }
    if let Some(line) = response.first("server").filter(|line| has_version(line)) {
        findings.push(Finding::new(
            Severity::Low,
            Rule::VersionServer,
            format!("`Server: {}` discloses a version", brief(line)),
            "ignores it; attackers who look for old versions do not",
            match advice.server {
                ServerProgram::Nginx => "in nginx `server_tokens off;`",
                ServerProgram::Apache => "in Apache `ServerTokens Prod`",
                _ => "leave the version out",
            },
        ));
    }
    for name in ["x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator"] {
        if let Some(line) = response.first(name) {
            findings.push(Finding::new(
                Severity::Low,
                Rule::VersionSoftware,
                format!("`{name}: {}` discloses the software of the site", brief(line)),
                "ignores it; attackers who look for old versions do not",
                "remove the header",
            ));
        }
    }
    if !response.body.is_empty()
        && !response.lines("x-content-type-options").any(|line| line.eq_ignore_ascii_case("nosniff"))
    {
        findings.push(Finding::new(
            Severity::Low,
            Rule::TransportNosniff,
            "no `X-Content-Type-Options: nosniff`",
            "may treat a file as another type than the declared one",
            advice.add("X-Content-Type-Options", "nosniff"),
        ));
    }
    findings
}

/// Whether a line contains `nginx/1.22` or `1.22`; the digit in a name such as AmazonS3 does not count.
fn has_version(line: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    line.as_bytes().windows(3).any(|three| match three {
        [b'/', b'v' | b'V', number] => digit(number),
        [before, b'.', after] => digit(before) && digit(after),
        _ => false,
    }) || line.as_bytes().windows(2).any(|two| matches!(two, [b'/', number] if digit(number)))
}

fn max_age(line: &str) -> Option<u64> {
    line.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("max-age").then(|| value.trim().trim_matches('"').parse().ok())?
    })
}
