//! nginx in front of the application, with configurations that administrators write.

use super::{entries, report, verify};
use crate::harness::wire::exchange;
use crate::harness::{Nginx, TestApp};

#[tokio::test]
async fn a_plain_nginx_discloses_its_version_and_sends_its_own_errors_without_headers() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "");
    let (code, report) = report(&nginx.url());
    assert_eq!(code, Some(1), "{report:#}");
    assert_eq!(entries(&report, "version/server")[0]["change"], "in nginx `server_tokens off;`");
    let bare = entries(&report, "framing/none");
    assert!(!bare.is_empty(), "{report:#}");
    for entry in bare {
        assert!(entry["severity"] != "high", "its error pages contain nothing to click: {report:#}");
    }
    assert!(entries(&report, "framing/doubled-x-frame-options").is_empty(), "{report:#}");
}

#[tokio::test]
async fn an_nginx_that_removes_the_headers_is_a_finding_of_high_severity() {
    let app = TestApp::spawn().await;
    let nginx =
        Nginx::before(&app, "proxy_hide_header X-Frame-Options; proxy_hide_header Content-Security-Policy;");
    let (code, stripped) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let found = entries(&stripped, "framing/none");
    let worst = found.iter().find(|entry| entry["severity"] == "high").expect("a finding of high severity");
    let places = worst["places"].as_array().expect("places");
    for place in ["GET /sign-in (200)", "GET /sign-up (200)"] {
        assert!(places.iter().any(|given| given == place), "{worst:#}");
    }
    let change = worst["change"].as_str().expect("text");
    let (hidden, added) = (change.find("`proxy_hide_header X-Frame-Options`"), change.find("always;"));
    assert!(hidden.is_some() && hidden < added, "{change}");
    let missing = entries(&stripped, "unframed/header");
    assert!(missing.is_empty(), "nginx's own pages need not carry our headers: {missing:#?}");

    let nginx = Nginx::before(&app, "proxy_hide_header X-Frame-Options;");
    let (code, one) = report(&nginx.url());
    assert_eq!(code, Some(1));
    assert!(!entries(&one, "framing/no-x-frame-options").is_empty(), "{one:#}");
}

#[tokio::test]
async fn an_nginx_that_doubles_a_header_is_a_finding_that_says_how_to_stop() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "add_header X-Frame-Options SAMEORIGIN always;");
    let output = verify(&["--url", &nginx.url()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("X-Frame-Options has 2 values: deny, sameorigin"), "{text}");
    assert!(
        text.contains("nginx adds a second X-Frame-Options: remove `add_header X-Frame-Options …`"),
        "{text}"
    );
}

#[tokio::test]
async fn an_nginx_that_replaces_the_policy_overrides_x_frame_options() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(
        &app,
        "proxy_hide_header Content-Security-Policy;
         add_header Content-Security-Policy \"default-src 'self' 'unsafe-inline'; frame-ancestors *\" always;",
    );
    let (code, report) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let off = entries(&report, "framing/switched-off");
    assert!(off.iter().any(|entry| entry["severity"] == "high"), "{report:#}");
    assert!(!entries(&report, "csp/unsafe-inline").is_empty(), "{report:#}");
}

#[tokio::test]
async fn each_header_that_nginx_changes_on_a_site_of_this_program_is_a_finding() {
    const LOCATION: &str = "location /sign-in { PASS proxy_set_header Sec-Fetch-Dest document; }";
    const BLIND: &str = "proxy_set_header Sec-Fetch-Dest \"\"; proxy_set_header Sec-Fetch-Mode \"\"; proxy_set_header Sec-Fetch-Site \"\";";
    let app = TestApp::spawn().await;
    let rows = [
        ("", BLIND, "gate/open", "GET /settings, framed (303)", "Sec-Fetch-Dest"),
        (LOCATION, "", "gate/open", "GET /sign-in, framed (200)", "`proxy_set_header Sec-Fetch-Dest"),
        ("", "proxy_set_header Sec-Fetch-Dest \"\";", "gate/shut", "GET /sign-in (403)", "Sec-Fetch-Dest"),
        ("", "proxy_set_header Sec-Fetch-Site \"\";", "gate/shut", ".css (403)", "Sec-Fetch-Site"),
        (
            "",
            "proxy_set_header Sec-Fetch-Mode \"\";",
            "gate/open",
            "as no browser asks (401)",
            "Sec-Fetch-Mode",
        ),
        ("", "proxy_set_header Sec-Purpose \"\";", "gate/open", "ahead of time", "Sec-Purpose"),
        (
            "",
            "proxy_hide_header Cache-Control; add_header Cache-Control \"public, max-age=60\" always;",
            "unframed/header",
            "GET /sign-in (200)",
            "Cache-Control",
        ),
        (
            "",
            "proxy_hide_header Cross-Origin-Opener-Policy;",
            "unframed/header",
            "GET /sign-in (200)",
            "cross-origin-opener-policy",
        ),
        (
            "",
            "proxy_hide_header Document-Policy;",
            "unframed/header",
            "GET /sign-in (200)",
            "document-policy",
        ),
        (
            "",
            "proxy_hide_header Referrer-Policy; add_header Referrer-Policy no-referrer always;",
            "unframed/header",
            "GET /sign-in (200)",
            "referrer-policy",
        ),
    ];
    for (server, directives, rule, place, word) in rows {
        let nginx = Nginx::with(&app, server, directives);
        let (code, report) = report(&nginx.url());
        assert_eq!(code, Some(1), "{directives}");
        let found = entries(&report, rule).into_iter().any(|entry| {
            let change = entry["change"].as_str().expect("text").to_ascii_lowercase();
            let places = entry["places"].as_array().expect("places");
            change.contains(&word.to_ascii_lowercase())
                && places.iter().any(|given| given.as_str().is_some_and(|given| given.contains(place)))
        });
        assert!(found, "{server}{directives}: {report:#}");
    }
}

#[tokio::test]
async fn the_configuration_that_we_ship_has_no_findings() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::shipped(&app);
    let (code, report) = report(&nginx.url());
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
    // Requests that the check does not send.
    for (line, status) in
        [("TRACE / HTTP/1.1", 405), ("GET / HTTP/3.0", 505), ("GET / HTTP/1.1\r\nTransfer-Encoding: x", 501)]
    {
        let answer = exchange(nginx.address, format!("{line}\r\nHost: x\r\n\r\n")).await.expect("an answer");
        assert_eq!((answer.status, answer.lines("x-frame-options")), (status, vec!["DENY"]), "{line}");
    }
}

#[tokio::test]
async fn the_advice_on_nginx_s_own_error_pages_removes_the_finding() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::with(&app, "server_tokens off;", "");
    let (code, before) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let bare = entries(&before, "framing/none");
    let [bare] = bare[..] else { panic!("{before:#}") };
    let change = bare["change"].as_str().expect("text");
    let advice = change.split_once("in the server block `").expect(change).1.split('`').next().expect(change);
    let nginx = Nginx::with(&app, &format!("server_tokens off; {advice}"), "");
    let (code, after) = report(&nginx.url());
    assert_eq!(code, Some(0), "{advice}: {after:#}");
}
