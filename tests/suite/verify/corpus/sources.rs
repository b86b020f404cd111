//! The sources of frame-ancestors (CSP3 §6.7.2): schemes, hosts, wildcards, ports, paths, and what is none of these.

use super::case::{Case, Positions, case};
use super::position::Position::*;

const BASIC: Positions = &[Own, Cross];
/// With a wildcard, a sibling host differs from another site.
const SITES: Positions = &[Own, Sibling, Cross];
const SCHEMES: Positions = &[Own, Cross, PlainCross, PlainOwnOfPlain, PlainCrossOfPlain];

const SCHEME: &str = "CSP3 “scheme-part matches”";
const HOST: &str = "CSP3 “host-part matches”";
const PORT: &str = "CSP3 “port-part matches”";
const PATH: &str = "CSP3 “path-part matches”, WPT frame-ancestors-path-ignored";
const GRAMMAR: &str = "CSP3 §2.3.1";

/// The attacker's page may not frame the response.
const fn shut(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Cross], &[])
}

/// The attacker's page may frame the response.
const fn cross(source: &'static str, lines: &'static [&'static str]) -> Case {
    case(source, lines, &[Cross], &[Cross])
}

pub const CASES: &[Case] = &[
    case(SCHEME, &["Content-Security-Policy: frame-ancestors https:"], SCHEMES, &[Own, Cross]),
    case(SCHEME, &["Content-Security-Policy: frame-ancestors http:"], SCHEMES, SCHEMES),
    case(SCHEME, &["Content-Security-Policy: frame-ancestors HTTPS:"], SCHEMES, &[Own, Cross]),
    case(SCHEME, &["Content-Security-Policy: frame-ancestors ws: wss: ftp:"], SCHEMES, &[]),
    case(
        SCHEME,
        &["Content-Security-Policy: frame-ancestors http://attacker.example:{port}"],
        SCHEMES,
        &[Cross, PlainCross, PlainCrossOfPlain],
    )
    .chromium_departs(&[Cross]),
    case(
        SCHEME,
        &["Content-Security-Policy: frame-ancestors http://attacker.example:*"],
        SCHEMES,
        &[Cross, PlainCross, PlainCrossOfPlain],
    ),
    case(SCHEME, &["Content-Security-Policy: frame-ancestors {cross}"], SCHEMES, &[Cross]),
    case(
        SCHEME,
        &["Content-Security-Policy: frame-ancestors attacker.example:{port}"],
        SCHEMES,
        &[Cross, PlainCrossOfPlain],
    ),
    case(
        SCHEME,
        &["Content-Security-Policy: frame-ancestors 'self' wss://attacker.example:{port}"],
        SCHEMES,
        &[Own, PlainOwnOfPlain],
    ),
    cross(HOST, &["Content-Security-Policy: frame-ancestors HTTPS://ATTACKER.Example:{port}"]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://attacker.example.:{port}"]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://ttacker.example:{port}"]),
    case(
        HOST,
        &["Content-Security-Policy: frame-ancestors https://*.victim.example:{port}"],
        SITES,
        &[Own, Sibling],
    ),
    case(HOST, &["Content-Security-Policy: frame-ancestors *.example:{port}"], SITES, SITES),
    case(HOST, &["Content-Security-Policy: frame-ancestors *.Victim.EXAMPLE:{port}"], SITES, &[Own, Sibling]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://*.attacker.example:{port}"]),
    case(HOST, &["Content-Security-Policy: frame-ancestors *.sibling.victim.example:{port}"], SITES, &[]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://*attacker.example:{port}"]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://attacker.*:{port}"]),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://*.*.example:{port}"]),
    case(HOST, &["Content-Security-Policy: frame-ancestors https://*:{port}"], BASIC, BASIC),
    case(HOST, &["Content-Security-Policy: frame-ancestors *:{port}"], BASIC, BASIC),
    case(HOST, &["Content-Security-Policy: frame-ancestors https://other.example *"], BASIC, BASIC),
    shut(HOST, &["Content-Security-Policy: frame-ancestors https://[::1]:{port}"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors attacker.example"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://*"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:443"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:1"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:99999"]),
    shut(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:x"]),
    cross(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:*"]),
    cross(PORT, &["Content-Security-Policy: frame-ancestors attacker.example:*"]),
    cross(PORT, &["Content-Security-Policy: frame-ancestors https://attacker.example:0{port}"])
        .firefox_departs(&[Cross]),
    case(PORT, &["Content-Security-Policy: frame-ancestors *:*"], BASIC, BASIC),
    case(PORT, &["Content-Security-Policy: frame-ancestors https://*:*"], BASIC, BASIC),
    cross(PATH, &["Content-Security-Policy: frame-ancestors {cross}/"]),
    shut(PATH, &["Content-Security-Policy: frame-ancestors {cross}/page"]).firefox_departs(&[Cross]),
    shut(PATH, &["Content-Security-Policy: frame-ancestors {cross}/page/"]).firefox_departs(&[Cross]),
    shut(PATH, &["Content-Security-Policy: frame-ancestors {cross}//"]),
    // Browsers leave these out; by the grammar they make the source invalid.
    cross(PATH, &["Content-Security-Policy: frame-ancestors {cross}/?query"]),
    cross(PATH, &["Content-Security-Policy: frame-ancestors {cross}/#x"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors {cross}?query"]).firefox_departs(&[Cross]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors {cross}#x"]).firefox_departs(&[Cross]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors https:/attacker.example:{port}"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors //attacker.example:{port}"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors https://user@attacker.example:{port}"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors https://"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors ://attacker.example:{port}"]),
    shut(GRAMMAR, &["Content-Security-Policy: frame-ancestors 'unsafe-inline' 'unsafe-eval' 'nonce-abc'"]),
    case(
        GRAMMAR,
        &["Content-Security-Policy: frame-ancestors null 'null' data: blob: about: filesystem:"],
        &[Own, Cross, OwnData, OwnSandboxed, OwnBlob, OwnSrcdoc],
        &[],
    ),
    case(
        GRAMMAR,
        &["Content-Security-Policy: frame-ancestors https: http: data: 'self'"],
        &[OwnData, OwnSandboxed],
        &[],
    ),
];
