//! Properties of the judge: no header value makes it panic, and what it says in short about a response agrees
//! with what it says about each single embedder.

use proptest::prelude::*;
use proptest::sample::select;

use super::reach::{Embedder, Reach, may_frame, reach};
use super::{Circumstances, judge};
use crate::domain::Origin;
use crate::domain::any_text::{config, made_of, text};
use crate::verify::response::Response;

const OWN: &str = "https://account.example.com";
const EMBEDDERS: [&str; 9] = [
    OWN,
    "https://account.example.com:8443",
    "http://account.example.com",
    "https://a.example",
    "https://x.a.example",
    "https://y.x.a.example:8443",
    "http://a.example:8080",
    "https://127.0.0.1:8443",
    "https://[::1]",
];

fn x_frame_options() -> impl Strategy<Value = String> {
    made_of(&[
        "DENY",
        "sameorigin",
        "ALLOWALL",
        "INVALID",
        "ALLOW-FROM x",
        ",",
        ", ",
        " ",
        "\t",
        ";",
        "\"",
        "\\",
    ])
}

fn policy() -> impl Strategy<Value = String> {
    const SOURCES: &[&str] = &[
        "'none'",
        "'self'",
        "'SELF'",
        "*",
        "https:",
        "http:",
        "data:",
        "https://a.example",
        "http://a.example",
        "a.example",
        "https://*.a.example",
        "*.x.a.example:*",
        "https://x.a.example",
        "https://*.a.example:8443",
        "http://*:8080",
        "a.example:80",
        "https://a.example/",
        "https://a.example/path",
        "https://127.0.0.1:8443",
        "https://[::1]",
        "https://account.example.com",
        "'unsafe-inline'",
    ];
    let ancestors = proptest::collection::vec(select(SOURCES), 0..4)
        .prop_map(|sources| format!("frame-ancestors {}", sources.join(" ")));
    let other = made_of(&[
        "frame-ancestors ",
        "frame-ancestor ",
        "default-src ",
        "'none'",
        ";",
        ",",
        " ",
        "*",
        "\u{a0}",
    ]);
    let directive = prop_oneof![5 => ancestors, 1 => other];
    let separator = select(&["; ", ", "][..]);
    proptest::collection::vec((directive, separator), 0..4)
        .prop_map(|parts| parts.into_iter().map(|(directive, separator)| directive + separator).collect())
}

/// A page with lines that say something about frames, or nothing that makes sense.
fn response() -> impl Strategy<Value = Response> {
    let line = prop_oneof![
        3 => x_frame_options().prop_map(|value| ("x-frame-options", value)),
        4 => policy().prop_map(|value| ("content-security-policy", value)),
        1 => text().prop_map(|value| ("x-frame-options", value)),
        1 => text().prop_map(|value| ("content-security-policy", value)),
        1 => policy().prop_map(|value| ("content-security-policy-report-only", value)),
    ];
    proptest::collection::vec(line, 0..4).prop_map(|lines| {
        let head: String = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // The lines pass through the reader, as on the wire.
        let mut response =
            Response::head(format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes()).unwrap_or_default();
        response.body = "<form>".into();
        response
    })
}

fn embedders() -> impl Strategy<Value = Vec<Embedder>> {
    let page = select(&EMBEDDERS[..]).prop_map(|text| Embedder::Page(Origin::parse(text).unwrap()));
    proptest::collection::vec(prop_oneof![9 => page, 1 => Just(Embedder::Opaque)], 1..4)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_reach_of_a_response_agrees_with_the_answer_for_each_embedder(
        response in response(),
        embedders in embedders(),
    ) {
        let own = Origin::parse(OWN).unwrap();
        let may = may_frame(&response, &embedders, &own);
        prop_assert!(may_frame(&response, &[], &own), "a page that is not in a frame is shown");
        match reach(&response) {
            Reach::Nobody => prop_assert!(!may),
            // The encrypted site counts as the site itself, and this one is encrypted.
            Reach::OwnOrigin => {
                let own = Embedder::Page(own);
                prop_assert!(!may || embedders.iter().all(|embedder| *embedder == own));
            }
            Reach::Listed(sources) => prop_assert!(!sources.is_empty()),
            Reach::Anyone => {}
        }
        // An embedder more never opens a frame.
        for start in 1..embedders.len() {
            prop_assert!(!may || may_frame(&response, &embedders[start..], &Origin::parse(OWN).unwrap()));
        }
    }

    #[test]
    fn every_source_of_a_list_alone_is_as_wide_as_its_place_in_the_list(
        response in response(),
        embedders in embedders(),
    ) {
        // What `reach` lists, sent as a list, admits whoever the response admits.
        let Reach::Listed(sources) = reach(&response) else { return Ok(()) };
        let listed = Response {
            fields: vec![("content-security-policy".into(), format!("frame-ancestors {}", sources.join(" ")))],
            ..Response::default()
        };
        let own = Origin::parse(OWN).unwrap();
        prop_assert!(!may_frame(&response, &embedders, &own) || may_frame(&listed, &embedders, &own));
    }

    #[test]
    fn no_response_makes_the_judge_panic(response in response()) {
        let findings = judge(&response, Circumstances::default());
        prop_assert!(findings.is_sorted_by(|one, other| one.severity >= other.severity));
        prop_assert!(findings.iter().all(|finding| finding.what.chars().count() < 1000));
    }
}
