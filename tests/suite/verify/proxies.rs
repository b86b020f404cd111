//! HAProxy and Caddy in front of the application, with the configurations that we ship. For nginx see `nginx.rs`.

use std::net::TcpListener;

use super::report;
use crate::harness::wire::{exchange, request};
use crate::harness::{Proxy, TestApp};

const BROWSER: [(&str, &str); 4] = [
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "none"),
    ("Accept-Encoding", "br, gzip"),
];

/// Each header of ours arrives once, and no page is compressed on the way.
async fn assert_passes_responses_on(app: &TestApp, proxy: &Proxy) {
    for path in ["/sign-in", "/nope", "/settings", &app.state.view.asset_url("app.css")] {
        let direct = exchange(app.address, request("GET", path, &BROWSER, None)).await.expect("an answer");
        let passed = exchange(proxy.address, request("GET", path, &BROWSER, None)).await.expect("an answer");
        assert_eq!(passed.status, direct.status, "{path}");
        for (name, value) in &direct.fields {
            // Each has its own date, cookie, connection and id.
            let own =
                ["date", "connection", "set-cookie", "content-length", "transfer-encoding", "x-request-id"];
            if !own.contains(&&**name) {
                assert_eq!(passed.lines(name), [value], "{path}: {name}");
            }
        }
        assert_eq!(passed.lines("content-encoding"), direct.lines("content-encoding"), "{path}");
        assert_eq!(passed.lines("server"), [""; 0], "{path}");
    }
}

/// The only findings are those on what the proxy answers, below its configuration, to a head that is too large.
fn assert_only_refuses_by_itself(report: &serde_json::Value) {
    let list = report["list"].as_array().expect("a list");
    for entry in list.iter().filter(|entry| entry["severity"] != "note") {
        assert_ne!(entry["severity"], "high", "{entry:#}");
        for place in entry["places"].as_array().expect("places") {
            let place = place.as_str().expect("text");
            let oversized = ["an address of 16 kB (400)", "a cookie of 160 kB (400)"];
            assert!(oversized.iter().any(|head| place.ends_with(head)), "{place}: {entry:#}");
        }
    }
    assert_eq!(report["incomplete"], serde_json::json!([]), "{report:#}");
}

#[tokio::test]
async fn the_haproxy_configuration_that_we_ship_has_no_findings_on_what_it_passes_on() {
    let app = TestApp::spawn().await;
    let proxy = Proxy::haproxy(app.address);
    assert_passes_responses_on(&app, &proxy).await;
    assert_only_refuses_by_itself(&report(&proxy.url()).1);
}

#[tokio::test]
async fn the_caddy_configuration_that_we_ship_has_no_findings() {
    let app = TestApp::spawn().await;
    let proxy = Proxy::caddy(app.address);
    assert_passes_responses_on(&app, &proxy).await;
    let (code, report) = report(&proxy.url());
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
}

#[tokio::test]
async fn a_proxy_that_finds_no_instance_says_so_with_its_own_headers() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (haproxy, caddy) = (Proxy::haproxy(nobody), Proxy::caddy(nobody));
    for proxy in [&haproxy, &caddy] {
        let answer = exchange(proxy.address, request("GET", "/", &BROWSER, None)).await.expect("an answer");
        assert!([502, 503].contains(&answer.status), "{answer:?}");
        assert_eq!(answer.lines("x-frame-options"), ["DENY"], "{answer:?}");
        assert_eq!(answer.lines("cache-control"), ["no-store"], "{answer:?}");
        assert!(
            answer.body.contains("The service is unavailable.") && !answer.body.contains('<'),
            "{answer:?}"
        );
    }
}
