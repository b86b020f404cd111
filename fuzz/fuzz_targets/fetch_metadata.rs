//! The frame gate: no headers let a framed page in, and a write passes only from our own origin.
#![no_main]

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, ORIGIN, REFERER};
use libfuzzer_sys::fuzz_target;
use unframed::domain::Origin;
use unframed::route_map::{RouteKind, Sensitivity};
use unframed::security::fetch_metadata::{Callers, GateDecision, decide};
use unframed_fuzz::{headers, own};

const KINDS: [RouteKind; 7] = [
    RouteKind::Page,
    RouteKind::Sensitive(Sensitivity::Confirm),
    RouteKind::Embeddable,
    RouteKind::Api,
    RouteKind::Asset,
    RouteKind::MailPreview,
    RouteKind::Reports,
];
const FRAMED: [&[u8]; 5] = [b"iframe", b"frame", b"embed", b"object", b"fencedframe"];

/// Whether the one Origin is ours; without an Origin, whether the one Referer is of ours.
fn is_ours(headers: &HeaderMap, own: &Origin) -> bool {
    let all = |name| headers.get_all(name).map(|value| value.as_bytes()).collect::<Vec<_>>();
    match (all(ORIGIN).as_slice(), all(REFERER).as_slice()) {
        ([origin], _) => *origin == own.as_str().as_bytes(),
        ([], [referer]) => std::str::from_utf8(referer)
            .ok()
            .and_then(|text| url::Url::parse(text).ok())
            .is_some_and(|url| url.origin().ascii_serialization() == own.as_str()),
        _ => false,
    }
}

fuzz_target!(|lines: &[u8]| {
    let (headers, own) = (headers(lines), own());
    let framed = headers.get_all("sec-fetch-dest").any(|value| FRAMED.contains(&value.as_bytes()));
    for kind in KINDS {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::CONNECT] {
            let decision = decide(&method, kind, &headers, &Callers { programs: true, ..Callers::only(own.clone()) });
            let passes = matches!(decision, GateDecision::Pass | GateDecision::PassSilent);
            let reads = matches!(method, Method::GET | Method::HEAD);
            if framed && !(kind == RouteKind::Embeddable && reads) {
                assert!(!passes, "{method} of {kind:?} passes in a frame");
            }
            // A program names no origin.
            let program = kind == RouteKind::Api && !headers.contains_key(ORIGIN);
            if passes && !reads && !program && !(kind == RouteKind::Reports && method == Method::POST) {
                assert!(is_ours(&headers, &own), "{method} of {kind:?} passes from elsewhere");
            }
        }
    }
});
