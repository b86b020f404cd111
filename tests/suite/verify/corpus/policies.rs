//! How a policy is parsed (CSP3 §2.2): several policies, repeated directives, odd characters; and the policies that
//! frameworks send.

use super::case::{Case, Positions, case};
use super::position::Position::*;

const BASIC: Positions = &[Own, Cross];
const LISTS: Positions = &[Own, Cross, Partner, CrossPartner];

const CSP3: &str = "CSP3 §2.2";
const OWN: &str = "our measurements";
const DJANGO: &str = "Django's tests of its CSP";
const HELMET: &str = "Helmet's default policy";

/// Even another site may frame the response.
const fn open(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Cross], &[Cross])
}

/// Not even a page of its own origin may frame the response.
const fn shut(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Own], &[])
}

pub const CASES: &[Case] = &[
    shut(
        CSP3,
        &["Content-Security-Policy: frame-ancestors *", "Content-Security-Policy: frame-ancestors 'none'"],
    ),
    shut(
        CSP3,
        &["Content-Security-Policy: frame-ancestors 'none'", "Content-Security-Policy: frame-ancestors *"],
    ),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors *, frame-ancestors 'none'"]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors 'none',frame-ancestors *"]),
    open(CSP3, &["Content-Security-Policy: frame-ancestors *; frame-ancestors 'none'"]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors 'none'; frame-ancestors *"]),
    case(
        CSP3,
        &["Content-Security-Policy: frame-ancestors {partner} {cross}, frame-ancestors {partner} 'self'"],
        LISTS,
        &[Partner],
    ),
    case(
        CSP3,
        &[
            "Content-Security-Policy: frame-ancestors https://*.example:{port}",
            "Content-Security-Policy: frame-ancestors {partner}",
        ],
        LISTS,
        &[Partner],
    ),
    case(
        CSP3,
        &[
            "Content-Security-Policy: frame-ancestors 'self'",
            "Content-Security-Policy: frame-ancestors {own} {cross}",
        ],
        LISTS,
        &[Own],
    ),
    case(CSP3, &["Content-Security-Policy: frame-ancestors {partner}, frame-ancestors {cross}"], LISTS, &[]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors"]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors;"]),
    shut(CSP3, &["Content-Security-Policy: FRAME-ANCESTORS 'NONE'"]),
    shut(CSP3, &["content-security-policy: frame-ancestors 'none'"]),
    shut(CSP3, &["Content-Security-Policy: ;; ;frame-ancestors 'none';;"]),
    shut(CSP3, &["Content-Security-Policy: default-src *;frame-ancestors 'none'"]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors\t'none'"]),
    shut(CSP3, &["Content-Security-Policy: frame-ancestors \u{c}'none'"]),
    shut(CSP3, &["Content-Security-Policy: default-src *;", " frame-ancestors 'none'"]),
    shut(CSP3, &["Content-Security-Policy: ,,frame-ancestors 'none',"]),
    open(CSP3, &["Content-Security-Policy:"]),
    open(CSP3, &["Content-Security-Policy: ,"]),
    shut(OWN, &["Content-Security-Policy: frame-ancestors none"]),
    shut(OWN, &["Content-Security-Policy: frame-ancestors \"none\""]),
    shut(OWN, &["Content-Security-Policy: frame-ancestors 'none' 'none'"]),
    open(OWN, &["Content-Security-Policy: \"frame-ancestors 'none'\""]),
    case(OWN, &["Content-Security-Policy: frame-ancestors 'none' {cross}"], BASIC, &[Cross]),
    case(OWN, &["Content-Security-Policy: frame-ancestors {cross} 'none'"], BASIC, &[Cross]),
    shut(OWN, &["Content-Security-Policy: frame-ancestors self"]),
    // The bytes of curly quotes, a non-breaking space and control characters.
    open(OWN, &["Content-Security-Policy: frame-ancestors \u{e2}\u{80}\u{98}none\u{e2}\u{80}\u{99}"]),
    open(OWN, &["Content-Security-Policy: frame-ancestors 'none'\u{a0}"]),
    open(OWN, &["Content-Security-Policy: frame-ancestors\u{a0}'none'"]),
    open(OWN, &["Content-Security-Policy: frame-ancestors 'none'\u{b}"]),
    shut(OWN, &["Content-Security-Policy: img-src \u{e4}.example; frame-ancestors 'none'"]),
    // Its middleware sends one policy, and beside it one that only reports.
    shut(
        DJANGO,
        &[
            "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'",
            "Content-Security-Policy-Report-Only: default-src 'none'; report-uri /csp-report/",
        ],
    ),
    open(DJANGO, &["Content-Security-Policy-Report-Only: default-src 'self'; frame-ancestors 'none'"]),
    case(
        HELMET,
        &[
            "Content-Security-Policy: default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
            "X-Frame-Options: SAMEORIGIN",
        ],
        BASIC,
        &[Own],
    ),
];
