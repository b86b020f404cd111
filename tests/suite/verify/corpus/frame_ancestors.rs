//! frame-ancestors in chains of documents: the cases of the Web Platform Tests
//! (`content-security-policy/frame-ancestors/`, as of 2025) and of our own measurements.

use super::case::{Case, Positions, case};
use super::position::Position::{self, *};

const BASIC: Positions = &[Own, Cross];
const LISTS: Positions =
    &[Own, Sibling, Cross, Partner, PartnerSrcdoc, CrossPartner, PartnerCross, CrossInSandbox];
const OWN_CHAINS: Positions = &[Own, OwnOwn, OwnSrcdoc, OwnBlob, OwnBlank, OwnInSandbox, PlainOwnOfPlain];
/// The positions with a document that has no origin.
const OPAQUE: Positions = &[OwnData, OwnSandboxed];
/// All others.
const WITH_ORIGINS: Positions = &[
    Own,
    Sibling,
    Cross,
    Partner,
    PlainCross,
    OwnOwn,
    CrossOwn,
    OwnCross,
    PartnerCross,
    CrossPartner,
    OwnSrcdoc,
    OwnBlob,
    OwnBlank,
    PartnerSrcdoc,
    OwnInSandbox,
    CrossInSandbox,
    PlainOwnOfPlain,
    PlainCrossOfPlain,
];

const NONE: &str = "WPT frame-ancestors-none-block, -nested-*-none-block";
const SELF: &str = "WPT frame-ancestors-self-*, -nested-*-self-*, -sandbox-same-origin-self";
const STAR: &str = "WPT frame-ancestors-star-allow-*, -nested-*-star-allow";
const URL: &str = "WPT frame-ancestors-url-*, -nested-*-url-*";
const OVERRIDES: &str = "WPT frame-ancestors-overrides-xfo";
const OWN: &str = "our measurements";
const REPORT: &str = "WPT report-only-frame";

pub const CASES: &[Case] = &[
    case(NONE, &["Content-Security-Policy: frame-ancestors 'none'"], &Position::ALL, &[]),
    case(SELF, &["Content-Security-Policy: frame-ancestors 'self'"], &Position::ALL, OWN_CHAINS),
    case(STAR, &["Content-Security-Policy: frame-ancestors *"], &Position::ALL, WITH_ORIGINS)
        .firefox_departs(OPAQUE),
    case(URL, &["Content-Security-Policy: frame-ancestors {cross}"], LISTS, &[Cross, CrossInSandbox]),
    case(URL, &["Content-Security-Policy: frame-ancestors {partner}"], LISTS, &[Partner, PartnerSrcdoc]),
    case(
        URL,
        &["Content-Security-Policy: frame-ancestors {partner} {cross}"],
        LISTS,
        &[Cross, Partner, PartnerSrcdoc, CrossPartner, PartnerCross, CrossInSandbox],
    ),
    case(
        URL,
        &["Content-Security-Policy: frame-ancestors {own}"],
        &[Own, OwnOwn, CrossOwn, OwnCross, OwnSandboxed, OwnData, PlainOwnOfPlain],
        // An https source does not admit the plain site.
        &[Own, OwnOwn],
    ),
    case(
        URL,
        &["Content-Security-Policy: frame-ancestors 'self' {cross}"],
        &[Own, Sibling, Cross, CrossOwn, OwnCross, OwnSrcdoc],
        &[Own, Cross, CrossOwn, OwnCross, OwnSrcdoc],
    ),
    case(URL, &["Content-Security-Policy: frame-ancestors https://other.example"], BASIC, &[]),
    case(
        OVERRIDES,
        &["Content-Security-Policy: frame-ancestors 'self'", "X-Frame-Options: DENY"],
        BASIC,
        &[Own],
    ),
    case(
        OVERRIDES,
        &["Content-Security-Policy: frame-ancestors other-origin.com", "X-Frame-Options: SAMEORIGIN"],
        BASIC,
        &[],
    ),
    case(
        OVERRIDES,
        &["X-Frame-Options: DENY", "Content-Security-Policy: frame-ancestors *"],
        &[Cross],
        &[Cross],
    ),
    case(
        OVERRIDES,
        &["X-Frame-Options: DENY", "Content-Security-Policy: frame-ancestors {partner}"],
        LISTS,
        &[Partner, PartnerSrcdoc],
    ),
    case(OVERRIDES, &["X-Frame-Options: DENY", "Content-Security-Policy: default-src *"], BASIC, &[]),
    case(OVERRIDES, &["X-Frame-Options: SAMEORIGIN", "Content-Security-Policy: img-src *"], BASIC, &[Own]),
    case(
        OVERRIDES,
        &["X-Frame-Options: DENY", "Content-Security-Policy: default-src *, frame-ancestors {cross}"],
        BASIC,
        &[Cross],
    ),
    case(OWN, &["X-Frame-Options: DENY;", "Content-Security-Policy: frame-ancestors 'none'"], BASIC, &[]),
    case(REPORT, &["Content-Security-Policy-Report-Only: frame-ancestors 'none'"], &[Cross], &[Cross]),
    case(
        REPORT,
        &["Content-Security-Policy-Report-Only: frame-ancestors *", "X-Frame-Options: DENY"],
        BASIC,
        &[],
    ),
    case(
        REPORT,
        &[
            "Content-Security-Policy-Report-Only: frame-ancestors 'none'",
            "Content-Security-Policy: frame-ancestors {cross}",
        ],
        BASIC,
        &[Cross],
    ),
    case(OWN, &["Content-Security-Policy: default-src 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: frame-src 'none'; child-src 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: frame-ancestor 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: frame-ancestors: 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: frame-ancestors='none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: 'frame-ancestors' 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy: 'none'"], &[Cross], &[Cross]),
    case(OWN, &["X-Content-Security-Policy: frame-ancestors 'none'"], &[Cross], &[Cross]),
    case(OWN, &["X-WebKit-CSP: frame-ancestors 'none'"], &[Cross], &[Cross]),
    case(OWN, &["Content-Security-Policy : frame-ancestors 'none'"], &[Own], &[]).firefox_departs(&[Own]),
    case(OWN, &["X-A: b\rContent-Security-Policy: frame-ancestors 'none'"], &[Own], &[])
        .firefox_departs(&[Own]),
    case(OWN, &["Content-Security-Policy: frame-ancestors 'none'\rX-A: b"], &[Own], &[]),
    case(
        OWN,
        &[
            "Cross-Origin-Opener-Policy: same-origin",
            "Cross-Origin-Resource-Policy: same-origin",
            "Permissions-Policy: fullscreen=()",
        ],
        &[Cross],
        &[Cross],
    ),
];
