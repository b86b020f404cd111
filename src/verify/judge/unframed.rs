//! What this program sends besides the walls that every site can be asked for. On a site of ours,
//! whatever of it is missing was taken out or replaced on the way.

use actix_web::http::header::HeaderMap;

use super::advice::Advice;
use super::{Finding, Severity, brief};
use crate::security::headers::SecurityHeaders;
use crate::verify::response::{Response, Shown};

/// Each header, how much depends on it, and what becomes of a page without it.
const COMPARED: [(&str, Severity, &str); 4] = [
    (
        "cache-control",
        Severity::Medium,
        "keeps the page: another host of the site shows the copy in a frame, and no server hears of it",
    ),
    ("cross-origin-opener-policy", Severity::Medium, "leaves whoever opened the page a handle on its window"),
    (
        "document-policy",
        Severity::Low,
        "scrolls to and focuses what the address names after `#`, where a held key may find a button",
    ),
    (
        "referrer-policy",
        Severity::Medium,
        "sends another Referer and, under `no-referrer`, `Origin: null` with the site's own forms, which are then refused",
    ),
];

pub(super) fn judge(response: &Response, shown: Shown, https: bool, advice: Advice) -> Vec<Finding> {
    if response.media_type() != "text/html" || !matches!(shown, Shown::Live | Shown::Still) {
        return Vec::new();
    }
    let mut sent = HeaderMap::new();
    SecurityHeaders::new(https).apply(&mut sent);
    let faults = COMPARED.iter().filter_map(|(name, severity, browser)| {
        let meant = sent.get(*name)?.to_str().ok()?;
        let lines: Vec<&str> = response.lines(name).collect();
        let kept = if *name == "cache-control" {
            // Beside others it still wins.
            lines.iter().flat_map(|line| line.split(',')).any(|word| word.trim().eq_ignore_ascii_case(meant))
        } else {
            !lines.is_empty() && lines.iter().all(|line| line.eq_ignore_ascii_case(meant))
        };
        let what = match lines.as_slice() {
            [] => format!("`{name}: {meant}` is missing"),
            lines => format!("`{name}: {}` in place of `{meant}`", brief(&lines.join(", "))),
        };
        let change = advice.stop_hiding(name);
        (!kept).then(|| Finding::new(*severity, "unframed/header", what, *browser, change))
    });
    faults.collect()
}
