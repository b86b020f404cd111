//! The headers that this program sends besides those that every site should send. If one is missing on a site
//! that runs this program, a proxy removed or replaced it.

use super::advice::Advice;
use super::{Finding, Severity, brief};
use crate::verify::response::{FrameContent, Response};
use crate::verify::rules::Rule;

/// A header of every page of ours.
struct OwnHeader {
    name: &'static str,
    value: &'static str,
    severity: Severity,
    /// What browsers do without it.
    browser: &'static str,
}

const OWN_HEADERS: [OwnHeader; 4] = [
    OwnHeader {
        name: "cache-control",
        value: "no-store",
        severity: Severity::Medium,
        browser: "stores the page: another host of the site can show the copy in a frame, and the server never sees that request",
    },
    OwnHeader {
        name: "cross-origin-opener-policy",
        value: "same-origin",
        severity: Severity::Medium,
        browser: "gives the site that opened the page control over its window",
    },
    OwnHeader {
        name: "document-policy",
        value: "force-load-at-top",
        severity: Severity::Low,
        browser: "scrolls to and focuses the element that the URL names after `#`, so a held key may press a button",
    },
    OwnHeader {
        name: "referrer-policy",
        value: "same-origin",
        severity: Severity::Medium,
        browser: "sends another Referer and, under `no-referrer`, `Origin: null` with the site's own forms, which the site then refuses",
    },
];

pub(super) fn judge(response: &Response, shown: FrameContent, advice: Advice) -> Vec<Finding> {
    if response.media_type() != "text/html" || !matches!(shown, FrameContent::Live | FrameContent::Still) {
        return Vec::new();
    }
    let faults = OWN_HEADERS.iter().filter_map(|OwnHeader { name, value, severity, browser }| {
        let lines: Vec<&str> = response.lines(name).collect();
        let kept = if *name == "cache-control" {
            // Other words beside it do not weaken it.
            lines.iter().flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case(value))
        } else {
            !lines.is_empty() && lines.iter().all(|line| line.eq_ignore_ascii_case(value))
        };
        let what = match lines.as_slice() {
            [] => format!("`{name}: {value}` is missing"),
            lines => format!("`{name}: {}` replaces `{value}`", brief(&lines.join(", "))),
        };
        (!kept)
            .then(|| Finding::new(*severity, Rule::UnframedHeader, what, *browser, advice.stop_hiding(name)))
    });
    faults.collect()
}
