//! Where the lines stand: on errors, on redirects and what they lead to, on a 304, in the page itself, beside a
//! sandbox, on an image.

use super::case::{Body, Case, Lines, Positions, case};
use super::position::Position::*;

const BASIC: Positions = &[Own, Cross];
/// Only over plain http: Chromium stores nothing for a site whose certificate it was told to accept.
const STORED: Positions = &[PlainOwnOfPlain, PlainCrossOfPlain];

const DENY: &str = "X-Frame-Options: DENY";
const NONE: &str = "Content-Security-Policy: frame-ancestors 'none'";
const ANYONE: &str = "Content-Security-Policy: frame-ancestors *";
const META: &str = "WPT multiple-frames-meta-ignored";
const REDIRECT: &str = "WPT x-frame-options/redirect";
const OWN: &str = "our measurements";

const fn status(status: u16, lines: Lines, shown: Positions) -> Case {
    Case { status, ..case(OWN, lines, BASIC, shown) }
}

const fn meta(head: &'static str, lines: Lines, shown: Positions) -> Case {
    Case { body: Body::Page(head), ..case(META, lines, BASIC, shown) }
}

const fn svg(lines: Lines, shown: Positions) -> Case {
    Case { body: Body::Svg, ..case(OWN, lines, BASIC, shown) }
}

const fn redirected(redirect: Lines, lines: Lines, shown: Positions) -> Case {
    Case { redirect: Some(redirect), ..case(REDIRECT, lines, BASIC, shown) }
}

/// First the page with these lines, then a 304 with those.
const fn stored(lines: Lines, shown: Positions, unchanged: Lines, shown_again: Positions) -> Case {
    Case { unchanged: Some(unchanged), shown_again, ..case(OWN, lines, STORED, shown) }
}

pub const CASES: &[Case] = &[
    status(404, &[], BASIC),
    status(404, &[DENY], &[]),
    status(404, &[NONE], &[]),
    status(403, &["X-Frame-Options: SAMEORIGIN"], &[Own]),
    status(500, &[], BASIC),
    status(500, &[DENY], &[]),
    status(201, &[NONE], &[]),
    meta("<meta http-equiv=Content-Security-Policy content=\"frame-ancestors 'none'\">", &[], BASIC),
    meta("<meta http-equiv=X-Frame-Options content=DENY>", &[], BASIC),
    meta("<meta http-equiv=Content-Security-Policy content=\"frame-ancestors *\">", &[DENY], &[]),
    meta("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; sandbox\">", &[], BASIC),
    redirected(&[DENY, NONE], &[], BASIC),
    redirected(&[], &[DENY], &[]),
    redirected(&[ANYONE], &[NONE], &[]),
    stored(&[], STORED, &[NONE], &[]),
    // Firefox stores no page that it may not show, so it asks for the whole page again.
    stored(&[NONE], &[], &[ANYONE], STORED).firefox_departs(STORED),
    stored(&[NONE], &[], &[], &[]),
    stored(&[DENY], &[], &[], &[]),
    stored(&[DENY], &[], &[ANYONE], STORED).firefox_departs(STORED),
    // Where a browser keeps the old lines, the page stays open: `verify` assumes so, as Chromium does.
    stored(&[], STORED, &[DENY], STORED).firefox_departs(STORED),
    svg(&[], BASIC),
    svg(&[DENY], &[]),
    svg(&[NONE], &[]),
    case(OWN, &["Content-Security-Policy: sandbox"], BASIC, BASIC),
    case(OWN, &["Content-Security-Policy: sandbox; frame-ancestors 'self'"], BASIC, &[Own]),
    case(OWN, &["Content-Security-Policy: sandbox", "X-Frame-Options: SAMEORIGIN"], BASIC, &[Own]),
    case(OWN, &["Content-Security-Policy: sandbox", DENY], BASIC, &[]),
];
