//! Every value of the three headers gets the right decision, and so does each missing header.

use actix_web::http::header::HeaderValue;

use proptest::prelude::*;

use super::*;
use crate::domain::any_text::{config, made_of};
use crate::route_map::Sensitivity;

const DESTS: &[Option<&str>] = &[
    None,
    Some("document"),
    Some("iframe"),
    Some("frame"),
    Some("object"),
    Some("embed"),
    Some("fencedframe"),
    Some("empty"),
    Some("style"),
    Some("script"),
    Some("image"),
    Some("font"),
    Some("manifest"),
    Some("audio"),
    Some("audioworklet"),
    Some("json"),
    Some("paintworklet"),
    Some("report"),
    Some("serviceworker"),
    Some("sharedworker"),
    Some("text"),
    Some("track"),
    Some("video"),
    Some("webidentity"),
    Some("worker"),
    Some("xslt"),
    Some("not-yet-invented"),
];
const MODES: &[Option<&str>] = &[
    None,
    Some("navigate"),
    Some("nested-navigate"),
    Some("cors"),
    Some("no-cors"),
    Some("same-origin"),
    Some("websocket"),
];
const SITES: &[Option<&str>] =
    &[None, Some("same-origin"), Some("same-site"), Some("cross-site"), Some("none")];
const LOADS: [Method; 4] = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
const WRITES: [Method; 5] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::CONNECT];
const OWN: &str = "https://account.example";

type Triple = (Option<&'static str>, Option<&'static str>, Option<&'static str>);

fn triples() -> impl Iterator<Item = Triple> {
    DESTS.iter().flat_map(|&dest| {
        MODES.iter().flat_map(move |&mode| SITES.iter().map(move |&site| (dest, mode, site)))
    })
}

fn headers((dest, mode, site): Triple, more: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [(DEST, dest), (MODE, mode), (SITE, site)] {
        if let Some(value) = value {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    for (name, value) in more {
        headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// What `fetch` of Node sends.
const NODE: Triple = (None, Some("cors"), None);
const LISTED: &str = "https://tools.example";

/// The callers of our own application, which lists an origin for its API.
fn callers() -> Callers {
    let [own, listed] = [OWN, LISTED].map(|origin| Origin::parse(origin).unwrap());
    Callers { own, programs: true, scripts: vec![listed] }
}

fn ask(method: &Method, kind: RouteKind, headers: &HeaderMap) -> GateDecision {
    decide(method, kind, headers, &callers())
}

/// The triples that the gate lets in.
fn let_in(method: &Method, kind: RouteKind, more: &[(&'static str, &str)]) -> Vec<Triple> {
    triples().filter(|&triple| ask(method, kind, &headers(triple, more)) != GateDecision::Refuse).collect()
}

#[test]
fn a_page_answers_a_top_level_navigation_or_a_silent_browser_and_nothing_else() {
    for method in LOADS {
        for triple in triples() {
            let expected = match triple {
                (None, None, None) => GateDecision::PassSilent,
                (Some("document"), _, _) => GateDecision::Pass,
                _ => GateDecision::Refuse,
            };
            // Where the request comes from changes nothing for a page.
            for origin in [OWN, "null", "https://evil.example"] {
                let headers = headers(triple, &[("origin", origin), ("referer", "https://evil.example/x")]);
                for kind in [RouteKind::Page, RouteKind::Sensitive(Sensitivity::Confirm)] {
                    assert_eq!(ask(&method, kind, &headers), expected, "{method} {triple:?} {kind:?}");
                }
            }
        }
        assert_eq!(
            ask(&method, RouteKind::Reports, &headers((Some("report"), None, None), &[])),
            GateDecision::Refuse
        );
    }
}

#[test]
fn an_embeddable_page_is_let_into_an_iframe_too() {
    for triple in triples() {
        let page = ask(&Method::GET, RouteKind::Page, &headers(triple, &[]));
        let expected = if triple.0 == Some("iframe") { GateDecision::Pass } else { page };
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(ask(&method, RouteKind::Embeddable, &headers(triple, &[])), expected, "{triple:?}");
        }
    }
    let iframe = headers((Some("iframe"), Some("navigate"), Some("cross-site")), &[("origin", OWN)]);
    for method in WRITES.iter().chain([&Method::OPTIONS, &Method::TRACE]) {
        assert_eq!(ask(method, RouteKind::Embeddable, &iframe), GateDecision::Refuse, "{method}");
    }
}

#[test]
fn no_page_of_another_site_can_load_our_files() {
    for (dest, _, site) in let_in(&Method::GET, RouteKind::Asset, &[]) {
        let part = matches!(dest, Some("script" | "style" | "image" | "font" | "manifest" | "empty"));
        let own = part && matches!(site, Some("same-origin" | "none"));
        assert!(own || dest == Some("document") || (dest.is_none() && site.is_none()), "{dest:?} {site:?}");
    }
    for dest in ["script", "style", "image", "font", "manifest", "empty"] {
        for site in ["same-origin", "none"] {
            let headers = headers((Some(dest), Some("no-cors"), Some(site)), &[]);
            assert_eq!(ask(&Method::GET, RouteKind::Asset, &headers), GateDecision::Pass, "{dest} {site}");
        }
    }
}

#[test]
fn a_script_of_another_origin_gets_no_json() {
    for triple in triples() {
        let script = matches!(triple, (Some("empty"), mode, Some("same-origin")) if mode != Some("navigate"));
        let page = ask(&Method::GET, RouteKind::Page, &headers(triple, &[]));
        let expected = match triple {
            _ if script => GateDecision::Pass,
            NODE => GateDecision::PassSilent,
            _ => page,
        };
        assert_eq!(ask(&Method::GET, RouteKind::Api, &headers(triple, &[])), expected, "{triple:?}");
    }
}

#[test]
fn a_write_comes_from_a_top_level_document_or_a_script_of_our_own_origin() {
    for resource in [RouteKind::Page, RouteKind::Asset, RouteKind::Embeddable] {
        for method in &WRITES {
            let expected: Vec<Triple> = triples()
                .filter(|&(dest, mode, site)| match dest {
                    None => mode.is_none() && site.is_none(),
                    Some("document") => site == Some("same-origin"),
                    Some("empty") => site == Some("same-origin") && mode != Some("navigate"),
                    Some(_) => false,
                })
                .collect();
            assert_eq!(let_in(method, resource, &[("origin", OWN)]), expected, "{method} {resource:?}");
            for foreign in ["null", "https://evil.example", "https://account.example.evil.example", "", "x"] {
                assert_eq!(let_in(method, resource, &[("origin", foreign)]), [], "{method} {foreign}");
            }
            let twice = [("origin", OWN), ("origin", OWN)];
            assert_eq!(let_in(method, resource, &twice), [], "{method}");
        }
    }
}

#[test]
fn a_write_to_the_api_comes_from_a_program_or_a_script_of_ours_or_of_a_listed_origin() {
    let program = |triple: Triple| triple == (None, None, None) || triple == NODE;
    let own_script = |(dest, mode, site): Triple| {
        dest == Some("empty") && mode != Some("navigate") && site == Some("same-origin")
    };
    let cors_script = |(dest, mode, _): Triple| dest == Some("empty") && mode == Some("cors");
    for method in &WRITES {
        let let_in = |origins: &[(&'static str, &str)]| let_in(method, RouteKind::Api, origins);
        let those =
            |which: &dyn Fn(Triple) -> bool| triples().filter(|triple| which(*triple)).collect::<Vec<_>>();
        // A program names no origin, whatever its Referer says.
        let programs = those(&program);
        assert_eq!(let_in(&[]), programs, "{method}");
        assert_eq!(let_in(&[("referer", "https://evil.example/")]), programs, "{method}");
        let own = those(&|triple| program(triple) || own_script(triple));
        assert_eq!(let_in(&[("origin", OWN)]), own, "{method}");
        let listed = those(&|triple| program(triple) || cors_script(triple));
        assert_eq!(let_in(&[("origin", LISTED)]), listed, "{method}");
        for foreign in [
            "null",
            "https://evil.example",
            "https://tools.example.evil.example",
            "http://tools.example",
            "",
            "x",
        ] {
            assert_eq!(let_in(&[("origin", foreign)]), [], "{method} {foreign}");
        }
        for twice in [
            [("origin", OWN), ("origin", OWN)],
            [("origin", LISTED), ("origin", LISTED)],
            [("origin", OWN), ("origin", LISTED)],
        ] {
            assert_eq!(let_in(&twice), [], "{method}");
        }
    }
}

#[test]
fn a_listed_origin_may_read_the_api_and_ask_before_it_writes_and_nothing_else_of_the_site() {
    for method in [Method::GET, Method::OPTIONS] {
        for triple in triples() {
            let page = ask(&method, RouteKind::Page, &headers(triple, &[]));
            for kind in [RouteKind::Page, RouteKind::Asset, RouteKind::Embeddable, RouteKind::Reports] {
                let (with, without) = (headers(triple, &[("origin", LISTED)]), headers(triple, &[]));
                assert_eq!(
                    ask(&method, kind, &with),
                    ask(&method, kind, &without),
                    "{method} {kind:?} {triple:?}"
                );
            }
            let own_script =
                matches!(triple, (Some("empty"), mode, Some("same-origin")) if mode != Some("navigate"));
            let cors_script = matches!(triple, (Some("empty"), Some("cors"), _));
            let expected = match triple {
                _ if own_script || cors_script => GateDecision::Pass,
                NODE => GateDecision::PassSilent,
                _ => page,
            };
            let decision = ask(&method, RouteKind::Api, &headers(triple, &[("origin", LISTED)]));
            assert_eq!(decision, expected, "{method} {triple:?}");
        }
    }
}

#[test]
fn without_programs_a_write_to_an_api_is_as_any_other() {
    let callers = Callers::only(Origin::parse(OWN).unwrap());
    for triple in triples() {
        for origin in [OWN, LISTED, "null"] {
            let headers = headers(triple, &[("origin", origin)]);
            for method in &WRITES {
                let [api, page] =
                    [RouteKind::Api, RouteKind::Page].map(|kind| decide(method, kind, &headers, &callers));
                assert_eq!(api, page, "{method} {triple:?} {origin}");
            }
        }
    }
    assert_eq!(decide(&Method::POST, RouteKind::Api, &HeaderMap::new(), &callers), GateDecision::Refuse);
}

#[test]
fn a_proxy_may_ask_who_is_signed_in_whatever_the_browser_said_and_may_not_write() {
    for triple in triples() {
        for (name, value) in
            [("origin", "https://evil.example"), ("sec-purpose", "prefetch"), ("sec-fetch-dest", "x, y")]
        {
            let headers = headers(triple, &[(name, value)]);
            for method in LOADS.iter().chain(&WRITES) {
                let reads = matches!(*method, Method::GET | Method::HEAD);
                let expected = if reads { GateDecision::Pass } else { GateDecision::Refuse };
                assert_eq!(ask(method, RouteKind::ForwardAuth, &headers), expected, "{method} {triple:?}");
            }
        }
    }
}

#[test]
fn a_silent_write_without_an_origin_needs_a_referer_of_ours() {
    let silent = [(None, None, None)];
    let post = |more: &[(&'static str, &str)]| let_in(&Method::POST, RouteKind::Page, more);
    assert_eq!(post(&[("referer", "https://account.example/settings?x#y")]), silent);
    for foreign in
        ["https://evil.example/https://account.example", "http://account.example/", "", "about:blank"]
    {
        assert_eq!(post(&[("referer", foreign)]), [], "{foreign}");
    }
    assert_eq!(post(&[]), []);
    // A Referer does not make up for a foreign Origin.
    assert_eq!(post(&[("origin", "null"), ("referer", "https://account.example/")]), []);
    assert_eq!(post(&[("referer", OWN), ("referer", OWN)]), []);
}

#[test]
fn a_report_is_accepted_from_any_page_and_only_by_post() {
    for triple in triples() {
        let (dest, mode, site) = triple;
        let silent = dest.is_none() && mode.is_none() && site.is_none();
        let report = silent || (matches!(dest, Some("report" | "empty")) && mode != Some("navigate"));
        for origin in ["null", "https://evil.example", OWN] {
            let decision = ask(&Method::POST, RouteKind::Reports, &headers(triple, &[("origin", origin)]));
            assert_eq!(decision == GateDecision::Pass, report, "{triple:?}");
            let put = ask(&Method::PUT, RouteKind::Reports, &headers(triple, &[("origin", "null")]));
            assert_eq!(put, GateDecision::Refuse, "{triple:?}");
        }
    }
}

#[test]
fn headers_that_no_browser_sends_are_refused() {
    let good =
        [("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")];
    let every =
        [RouteKind::Page, RouteKind::Asset, RouteKind::Api, RouteKind::Embeddable, RouteKind::Reports];
    for (name, value) in good {
        let doubled = format!("{value}, {value}");
        let upper = value.to_ascii_uppercase();
        let sets: [&[&str]; 8] = [
            &[value, value],
            &[value, "iframe"],
            &[&doubled],
            &[""],
            &["doc ument"],
            &[&upper],
            &["documént"],
            &["?1"],
        ];
        for values in sets {
            let mut headers = headers((None, None, None), &[("origin", OWN)]);
            for (other, value) in good.iter().filter(|(other, _)| *other != name) {
                headers.insert(HeaderName::from_static(other), HeaderValue::from_static(value));
            }
            for value in values {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append(HeaderName::from_static(name), value);
            }
            for (method, kind) in LOADS.iter().chain(&WRITES).flat_map(|m| every.map(|r| (m, r))) {
                assert_eq!(ask(method, kind, &headers), GateDecision::Refuse, "{name}: {values:?}");
            }
        }
    }
}

#[test]
fn every_prefetch_is_refused() {
    for name in ["sec-purpose", "purpose"] {
        for value in ["prefetch", "prefetch;prerender", "Prefetch", "x, prefetch"] {
            for method in LOADS.iter().chain(&WRITES) {
                for triple in triples() {
                    let headers = headers(triple, &[(name, value), ("origin", OWN)]);
                    assert_eq!(ask(method, RouteKind::Embeddable, &headers), GateDecision::RefusePrefetch);
                }
            }
        }
    }
    let other = headers((Some("document"), None, None), &[("purpose", "preview")]);
    assert_eq!(ask(&Method::GET, RouteKind::Page, &other), GateDecision::Pass);
}

/// Header lines: names that the gate reads with values that are right, wrong or nearly right.
fn lines() -> impl Strategy<Value = HeaderMap> {
    let names = ["sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "origin", "referer", "sec-purpose"];
    let value = prop_oneof![
        proptest::sample::select(vec![
            "document",
            "iframe",
            "frame",
            "embed",
            "object",
            "fencedframe",
            "empty",
            "report",
            "navigate",
            "cors",
            "same-origin",
            "none",
            "cross-site",
            "prefetch",
            OWN,
            LISTED,
            "null",
            "https://account.example/settings",
        ])
        .prop_map(str::to_owned),
        made_of(&[
            "https://",
            "account.example",
            "evil.example",
            "@",
            ":443",
            "/",
            "\\",
            ".",
            "iframe",
            ",",
            "%2f"
        ]),
    ];
    proptest::collection::vec((proptest::sample::select(names.to_vec()), value), 0..6).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        headers
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_headers_let_a_framed_page_or_a_foreign_write_in(headers in lines()) {
        let all = |name| headers.get_all(name).map(HeaderValue::as_bytes).collect::<Vec<_>>();
        let frames: [&[u8]; 5] = [b"iframe", b"frame", b"embed", b"object", b"fencedframe"];
        let framed = all(DEST).iter().any(|dest| frames.contains(dest));
        let own = match (all(header::ORIGIN).as_slice(), all(header::REFERER).as_slice()) {
            ([origin], _) => *origin == OWN.as_bytes(),
            ([], [_]) => referer_origin(&headers) == Origin::parse(OWN).ok(),
            _ => false,
        };
        // A write to the API may also come from a program, which names no origin, or from a listed origin.
        let origins = all(header::ORIGIN);
        let of_api = origins.is_empty() || origins == [OWN.as_bytes()] || origins == [LISTED.as_bytes()];
        for kind in [RouteKind::Page, RouteKind::Sensitive(Sensitivity::Confirm), RouteKind::Api, RouteKind::Asset] {
            let trusted = own || (kind == RouteKind::Api && of_api);
            for method in LOADS.iter().chain(&WRITES) {
                let decision = ask(method, kind, &headers);
                let passes = matches!(decision, GateDecision::Pass | GateDecision::PassSilent);
                prop_assert!(!(passes && framed), "{method} of {kind:?}");
                prop_assert!(!(passes && WRITES.contains(method)) || trusted, "{method} of {kind:?}");
                let documents = all(DEST) == [b"document"];
                prop_assert!(!(passes && kind == RouteKind::Api && WRITES.contains(method) && documents));
            }
        }
    }
}
