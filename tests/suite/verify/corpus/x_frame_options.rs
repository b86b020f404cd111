//! X-Frame-Options: the values of the Web Platform Tests (`x-frame-options/`, as of 2025) and those that people send.

use super::case::{Case, Positions, case};
use super::position::Position::*;

const BASIC: Positions = &[Own, Cross];
/// Each chain of documents in which an origin or its absence matters.
const CHAINS: Positions = &[
    Own,
    Sibling,
    Cross,
    PlainCross,
    OwnOwn,
    CrossOwn,
    OwnCross,
    OwnSrcdoc,
    OwnBlob,
    OwnBlank,
    OwnData,
    OwnSandboxed,
    OwnInSandbox,
    CrossInSandbox,
    PlainOwnOfPlain,
    PlainCrossOfPlain,
];
/// Those in which every document has the origin of the framed page.
const OWN_CHAINS: Positions = &[Own, OwnOwn, OwnSrcdoc, OwnBlob, OwnBlank, OwnInSandbox, PlainOwnOfPlain];

const DENY: &str = "WPT x-frame-options/deny";
const SAME: &str = "WPT x-frame-options/sameorigin";
const INVALID: &str = "WPT x-frame-options/invalid";
const MULTIPLE: &str = "WPT x-frame-options/multiple";
const SPLIT: &str = "WPT x-frame-options/get-decode-split";
const OWN: &str = "our measurements";
const DJANGO: &str = "Django's tests of clickjacking";
const HELMET: &str = "Helmet's tests of X-Frame-Options";

/// Browsers ignore the value: even another site may frame the response.
const fn open(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Cross], &[Cross])
}

/// Not even a page of its own origin may frame the response.
const fn shut(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Own], &[])
}

/// Pages of its own origin may frame the response.
const fn own(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, BASIC, &[Own])
}

pub const CASES: &[Case] = &[
    case(DENY, &["X-Frame-Options: DENY"], CHAINS, &[]),
    shut(DENY, &["X-Frame-Options: denY"]),
    case(SAME, &["X-Frame-Options: SAMEORIGIN"], CHAINS, OWN_CHAINS),
    own(SAME, &["X-Frame-Options: sameOriGin"]),
    open(SAME, &["X-Frame-Options: \"SAMEORIGIN\""]),
    open(INVALID, &["X-Frame-Options: INVALID"]),
    open(INVALID, &["X-Frame-Options: ALLOW-FROM https://example.com/"]),
    open(INVALID, &["X-Frame-Options: ALLOW-FROM=https://example.com/"]),
    open(INVALID, &["X-Frame-Options: ALLOWALL"]),
    open(INVALID, &["X-Frame-Options: \"DENY\""]),
    open(INVALID, &["X-Frame-Options: \"SAMEORIGIN,DENY\""]),
    open(INVALID, &["X-Frame-Options:"]),
    own(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: SAMEORIGIN"]),
    own(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: sameOrigin"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: DENY"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: INVALID"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: ALLOWALL"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options: \"DENY\""]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN", "X-Frame-Options:"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY", "X-Frame-Options: DENY"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY", "X-Frame-Options: SAMEORIGIN"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY", "X-Frame-Options: INVALID"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY", "X-Frame-Options: ALLOWALL"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY", "X-Frame-Options: \"SAMEORIGIN\""]),
    shut(MULTIPLE, &["X-Frame-Options: ALLOWALL", "X-Frame-Options: INVALID"]),
    shut(MULTIPLE, &["X-Frame-Options: ALLOWALL", "X-Frame-Options:"]),
    shut(MULTIPLE, &["X-Frame-Options: allowAll", "X-Frame-Options: INVALID"]),
    open(MULTIPLE, &["X-Frame-Options: ALLOWALL", "X-Frame-Options: allowall"]),
    open(MULTIPLE, &["X-Frame-Options: INVALID", "X-Frame-Options: INVALID"]),
    open(MULTIPLE, &["X-Frame-Options: INVALID", "X-Frame-Options: OTHER"]),
    open(MULTIPLE, &["X-Frame-Options: INVALID", "X-Frame-Options:"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN,DENY"]),
    shut(MULTIPLE, &["X-Frame-Options: DENY,SAMEORIGIN"]),
    own(MULTIPLE, &["X-Frame-Options: SAMEORIGIN,SAMEORIGIN"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN,INVALID"]),
    shut(MULTIPLE, &["X-Frame-Options: INVALID,SAMEORIGIN"]),
    shut(MULTIPLE, &["X-Frame-Options: SAMEORIGIN,\"DENY\""]),
    shut(SPLIT, &["X-Frame-Options: ,SAMEORIGIN,,DENY,"]),
    shut(SPLIT, &["X-Frame-Options:   SAMEORIGIN,    DENY"]),
    open(SPLIT, &["X-Frame-Options: \u{b}DENY"]).chromium_departs(&[Cross]),
    open(SPLIT, &["X-Frame-Options: \u{c}DENY"]).chromium_departs(&[Cross]),
    shut(OWN, &["X-Frame-Options:   DENY  "]),
    shut(OWN, &["X-Frame-Options:\tDENY\t"]),
    shut(OWN, &["X-Frame-Options:DENY"]),
    shut(OWN, &["x-frame-options: DENY"]),
    shut(OWN, &["X-Frame-Options: DENY,"]),
    shut(OWN, &["X-Frame-Options: SAMEORIGIN,"]),
    shut(OWN, &["X-Frame-Options: DENY, DENY"]),
    shut(OWN, &["X-Frame-Options: ALLOWALL, DENY"]),
    shut(OWN, &["X-Frame-Options:", " DENY"]),
    open(OWN, &["X-Frame-Options: DENY;"]),
    open(OWN, &["X-Frame-Options: SAMEORIGIN;"]),
    open(OWN, &["X-Frame-Options: 'DENY'"]),
    open(OWN, &["X-Frame-Options: DENY always"]),
    open(OWN, &["X-Frame-Options: DENY\u{a0}"]),
    open(OWN, &["X-Frame-Options: SAME-ORIGIN"]),
    open(OWN, &["X-Frame-Options: SAMEORIGIN ALLOW-FROM {partner}"]),
    open(OWN, &["X-Frame-Options: ALLOW-FROM {partner}"]),
    open(OWN, &["X-Frame-Options: X-Frame-Options: DENY"]),
    open(OWN, &["Frame-Options: DENY"]),
    open(OWN, &["X-Frame-Option: DENY"]),
    // Chromium ends a quotation with its line, Firefox knows none, and by the standard it goes on.
    open(OWN, &["X-Frame-Options: \"x, DENY", "X-Frame-Options: y\", DENY"]).firefox_departs(&[Cross]),
    shut(OWN, &["X-Frame-Options: \"x", "X-Frame-Options: DENY"]),
    open(OWN, &["X-Frame-Options: \"a\\\", DENY, b\""]).firefox_departs(&[Cross]),
    // Chromium reads malformed lines, Firefox does not: the rule `framing/malformed-lines` is about these.
    shut(OWN, &["X-Frame-Options : DENY"]).firefox_departs(&[Own]),
    shut(OWN, &["X-Frame-Options\t: DENY"]).firefox_departs(&[Own]),
    shut(OWN, &["X-A: b\rX-Frame-Options: DENY"]).firefox_departs(&[Own]),
    shut(OWN, &["X-Frame-Options: DENY\rX-A: b"]).firefox_departs(&[Own]),
    shut(OWN, &["X-Frame-Options: DENY\r"]).firefox_departs(&[Own]),
    open(OWN, &["X-A: b", " X-Frame-Options: DENY"]),
    // What their middleware sends: as configured in any case, replaced by a view, and left out by an exemption.
    shut(DJANGO, &["X-Frame-Options: DENY", "Vary: Cookie"]),
    own(DJANGO, &["X-Frame-Options: SAMEORIGIN", "Vary: Cookie"]),
    open(DJANGO, &["Vary: Cookie"]),
    own(HELMET, &["X-Frame-Options: SAMEORIGIN", "X-Download-Options: noopen"]),
    shut(HELMET, &["X-Frame-Options: DENY", "X-Download-Options: noopen"]),
    // What it refuses at its start, and what browsers do with it.
    shut(HELMET, &["X-Frame-Options:  deny"]),
    open(HELMET, &["X-Frame-Options: allow-from"]),
    open(HELMET, &["X-Frame-Options: 123"]),
    open(HELMET, &["X-Frame-Options: null"]),
    open(HELMET, &["X-Frame-Options: [object Object]"]),
];
