//! The figures for Prometheus: their names, their bounds, and the listener that serves them.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use regex::Regex;
use unframed::mail::transport::Deliveries;
use unframed::metrics::{self, Figures};
use unframed::security::framing_attempts::ORIGINS_MEASURED;

use crate::harness::TestApp;
use crate::harness::app::launch;
use crate::harness::wire::{WireAnswer, exchange, request};
use crate::security::wire::{Keep, faults};

/// The listener of an application's figures.
async fn listener(app: &TestApp) -> (SocketAddr, ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let figures = Figures::new(app.state.clone(), Arc::new(Deliveries::default()));
    (address, launch(move || metrics::serve(listener, figures).unwrap()).await)
}

async fn ask(address: SocketAddr, method: &str, path: &str) -> WireAnswer {
    exchange(address, request(method, path, &[], None)).await.expect("an answer")
}

/// The sum of the samples that begin so.
fn sum(page: &str, start: &str) -> f64 {
    let samples = page.lines().filter(|line| line.starts_with(start));
    samples.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
}

/// The names of all samples that the page can have, by the type lines of OpenMetrics.
fn exported(page: &str) -> BTreeSet<String> {
    let kinds = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let names = kinds.flat_map(|(name, kind)| {
        let endings: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            "gauge" => &[""],
            other => panic!("{name} is a {other}"),
        };
        endings.iter().map(move |ending| format!("{name}{ending}"))
    });
    names.collect()
}

#[tokio::test]
async fn the_listener_serves_the_metrics_and_nothing_else_and_no_site_frames_it() {
    let app = TestApp::spawn().await;
    let (address, handle) = listener(&app).await;
    for (method, path, status) in [
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("DELETE", "/metrics", 405),
        ("GET", "/", 404),
        ("GET", "/metrics/", 404),
        ("GET", "/settings", 404),
        ("GET", "/healthz", 404),
    ] {
        let answer = ask(address, method, path).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(faults(&answer, Keep::Never), [""; 0], "{method} {path}: {answer:#?}");
        let allowed: &[&str] = if status == 405 { &["GET, HEAD"] } else { &[] };
        assert_eq!(answer.lines("allow"), allowed, "{method} {path}");
    }
    let page = ask(address, "GET", "/metrics").await;
    assert_eq!(page.lines("content-type"), ["application/openmetrics-text; version=1.0.0; charset=utf-8"]);
    assert!(page.body.ends_with("# EOF\n"), "{}", page.body);
    assert_eq!(app.guest().get("/metrics").await.status, 404, "the application itself serves none");
    handle.stop(false).await;
}

#[tokio::test]
async fn what_happens_is_counted_where_it_belongs() {
    let app = TestApp::spawn().await;
    let (address, handle) = listener(&app).await;
    let ada = app.member("Ada").await;
    ada.get("/settings").await;
    let stale = [("Origin", app.origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let cookie = format!("session={}", ada.cookie("session").unwrap());
    let stale = [stale.as_slice(), &[("Cookie", cookie.as_str())]].concat();
    let stale =
        exchange(app.address, request("POST", "/settings/profile", &stale, Some("display_name=x"))).await;
    assert_eq!(stale.unwrap().status, 403);
    let framed = [("Sec-Fetch-Dest", "iframe"), ("Referer", "https://evil.example/page?secret")];
    exchange(app.address, request("GET", "/settings", &framed, None)).await.unwrap();
    exchange(app.address, request("GET", "/sign-up/a-secret-token", &[], None)).await.unwrap();
    let page = ask(address, "GET", "/metrics").await.body;
    for (sample, least) in [
        ("unframed_http_requests_total{route=\"/settings\",method=\"GET\",status=\"2xx\"}", 1.0),
        ("unframed_http_requests_total{route=\"/settings\",method=\"GET\",status=\"4xx\"}", 1.0),
        ("unframed_http_requests_total{route=\"/sign-up\",method=\"POST\",status=\"3xx\"}", 1.0),
        ("unframed_http_request_duration_seconds_count{route=\"/sign-up/{token}\",method=\"GET\"}", 1.0),
        ("unframed_gate_refusals_total{reason=\"page\"}", 1.0),
        ("unframed_framing_attempts_total{embedder=\"https://evil.example\"}", 1.0),
        ("unframed_csrf_refusals_total", 1.0),
        ("unframed_database_wait_seconds_count", 5.0),
        ("unframed_database_connections", 1.0),
        ("unframed_password_queue_wait_seconds_count{queue=\"new hash\"}", 1.0),
        ("unframed_mails_waiting", 1.0),
        ("unframed_build_info", 1.0),
        ("process_resident_memory_bytes", 1e6),
        ("process_open_fds", 3.0),
        ("process_start_time_seconds", 1.7e9),
    ] {
        assert!(sum(&page, sample) >= least, "{sample}: {page}");
    }
    for secret in ["secret", "a-secret-token", "/page"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
    handle.stop(false).await;
}

#[tokio::test]
async fn made_up_paths_hosts_methods_and_embedders_add_a_bounded_number_of_lines() {
    let app = TestApp::spawn().await;
    let (address, handle) = listener(&app).await;
    let flood = async |numbers: std::ops::Range<usize>| {
        for number in numbers {
            let referer = format!("https://{number}.example/");
            let host = format!("{number}.example");
            let fields =
                [("Sec-Fetch-Dest", "iframe"), ("Referer", referer.as_str()), ("X-Forwarded-Host", &host)];
            let method = if number % 2 == 0 { "GET" } else { "BREW" };
            for path in
                [format!("/nope/{number}"), format!("/sign-up/{number}"), format!("/static/{number}/x")]
            {
                exchange(app.address, request(method, &path, &fields, None)).await.expect("an answer");
            }
        }
    };
    flood(0..100).await;
    let before = ask(address, "GET", "/metrics").await.body;
    flood(100..300).await;
    let after = ask(address, "GET", "/metrics").await.body;
    assert_eq!(after.lines().count(), before.lines().count(), "{after}");
    let embedders = after.lines().filter(|line| line.starts_with("unframed_framing_attempts_total{")).count();
    assert_eq!(embedders, ORIGINS_MEASURED + 1, "{after}");
    assert!(sum(&after, "unframed_http_requests_total{route=\"(unknown)\"") >= 300.0, "{after}");
    assert!(
        !after.contains("299.example") && !after.contains("/299"),
        "no made-up path or late host is a label: {after}"
    );
    handle.stop(false).await;
}

#[tokio::test]
async fn the_document_the_dashboard_and_the_alerts_name_what_is_exported() {
    let app = TestApp::spawn().await;
    let (address, handle) = listener(&app).await;
    let page = ask(address, "GET", "/metrics").await.body;
    let exported = exported(&page);
    assert!(exported.len() > 20, "{exported:?}");
    for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(page.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
    let name = Regex::new(r"\b(?:unframed|process)_[a-z_]+[a-z]\b").unwrap();
    let named = |text: &str| -> BTreeSet<String> {
        name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    };
    let base = |name: &String| {
        ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(name)
            .to_owned()
    };
    let documented = named(include_str!("../../docs/METRICS.md"));
    assert_eq!(documented, exported.iter().map(base).collect(), "left: docs/METRICS.md, right: /metrics");
    let dashboard = include_str!("../../deploy/grafana-dashboard.json");
    serde_json::from_str::<serde_json::Value>(dashboard).expect("JSON");
    for (file, text) in
        [("the dashboard", dashboard), ("the alerts", include_str!("../../deploy/prometheus-alerts.yml"))]
    {
        let used = named(text);
        assert!(used.len() > 5, "{file}: {used:?}");
        let unknown: Vec<&String> = used.difference(&exported).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}");
    }
    handle.stop(false).await;
}
