//! The judge of header lines. Each row says what browsers did with those lines in tests.

use unframed::verify::judge::{Circumstances, Reach, Severity, judge, reach};
use unframed::verify::response::Response;

const PAGE: &str = "<form method=post><button>Pay</button></form>";

fn page(lines: &[(&str, &str)]) -> Response {
    let mut fields = vec![("content-type".to_owned(), "text/html".to_owned())];
    fields.extend(lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Response { status: 200, fields, body: PAGE.into(), cut: false }
}

const XFO: &str = "x-frame-options";
const CSP: &str = "content-security-policy";
const REPORT_ONLY: &str = "content-security-policy-report-only";

/// The findings about framing, with their severity.
fn framing(response: &Response) -> Vec<(&'static str, Severity)> {
    let findings = judge(response, Circumstances::default());
    findings
        .into_iter()
        .filter(|finding| finding.rule.name().starts_with("framing/") && finding.severity > Severity::Note)
        .map(|finding| (finding.rule.name(), finding.severity))
        .collect()
}

#[test]
fn a_page_that_any_site_can_frame_is_a_finding_of_high_severity() {
    let rows: &[(&str, &[(&str, &str)])] = &[
        ("framing/none", &[]),
        ("framing/none", &[(REPORT_ONLY, "frame-ancestors 'none'")]),
        ("framing/none", &[("cross-origin-opener-policy", "same-origin"), (CSP, "sandbox")]),
        ("framing/none", &[(CSP, "default-src 'none'")]),
        ("framing/not-a-value", &[(XFO, "DENY;")]),
        ("framing/not-a-value", &[(XFO, "\"DENY\"")]),
        ("framing/not-a-value", &[(XFO, "")]),
        ("framing/not-a-value", &[(XFO, "INVALID")]),
        ("framing/not-a-value", &[(XFO, "ALLOW-FROM https://partner.example")]),
        ("framing/not-a-value", &[(XFO, "ALLOWALL")]),
        ("framing/switched-off", &[(XFO, "DENY"), (CSP, "frame-ancestors *")]),
        ("framing/switched-off", &[(XFO, "DENY"), (CSP, "frame-ancestors https:")]),
        ("framing/wide", &[(CSP, "frame-ancestors *; frame-ancestors 'none'")]),
        ("framing/switched-off", &[(XFO, "DENY"), (CSP, "frame-ancestors *:*")]),
        ("framing/switched-off", &[(XFO, "DENY"), (CSP, "frame-ancestors https://*:*")]),
        ("framing/wide", &[(CSP, "frame-ancestors https://partner.example *:9501")]),
        ("framing/wide", &[(CSP, "frame-ancestors HTTP://*:8080/")]),
        ("framing/none", &[(CSP, "frame-ancestor 'none'")]),
        ("framing/none", &[(CSP, "frame-ancestors 'none'\u{a0}")]),
        ("framing/none", &[(CSP, "frame-ancestors 'none'\u{b}")]),
        ("framing/none", &[(CSP, "frame-ancestors \u{e2}\u{80}\u{98}none\u{e2}\u{80}\u{99}")]),
    ];
    for (rule, lines) in rows {
        let response = page(lines);
        assert_eq!(reach(&response), Reach::Anyone, "{lines:?}");
        assert!(framing(&response).contains(&(rule, Severity::High)), "{lines:?}: {:?}", framing(&response));
    }
}

#[test]
fn a_page_that_listed_sites_can_frame_is_reported_with_the_list() {
    let listed = |source: &str| Reach::Listed(vec![source.to_owned()]);
    for (lines, expected, rule) in [
        (
            vec![(CSP, "frame-ancestors 'none' https://evil.example")],
            listed("https://evil.example"),
            Some(("framing/none-beside-others", Severity::High)),
        ),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors https://evil.example")],
            listed("https://evil.example"),
            None,
        ),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors https://*.partner.example")],
            listed("https://*.partner.example"),
            Some(("framing/odd-source", Severity::Low)),
        ),
    ] {
        let response = page(&lines);
        assert_eq!(reach(&response), expected, "{lines:?}");
        assert_eq!(framing(&response).first().copied(), rule, "{lines:?}");
        let strict = judge(&response, Circumstances { strict: true, ..Circumstances::default() });
        assert!(
            strict
                .iter()
                .any(|finding| finding.rule.name() == "framing/listed" && finding.severity == Severity::High)
        );
    }
}

#[test]
fn headers_that_forbid_every_frame_are_recognized() {
    for lines in [
        vec![(XFO, "DENY")],
        vec![(CSP, "frame-ancestors 'none'")],
        vec![(XFO, "DENY"), (CSP, "frame-ancestors 'none'")],
        vec![(XFO, "DENY"), (CSP, "default-src 'self'")],
        vec![(XFO, "DENY"), (REPORT_ONLY, "frame-ancestors *")],
        vec![(XFO, "deny")],
        vec![(XFO, " DENY ")],
        vec![(XFO, "\tDENY")],
        vec![(XFO, "DENY,")],
        vec![(XFO, "DENY, DENY")],
        vec![(XFO, "SAMEORIGIN, DENY")],
        vec![(XFO, "SAMEORIGIN"), (XFO, "DENY")],
        vec![(XFO, "DENY"), (XFO, "SAMEORIGIN")],
        vec![(XFO, "DENY, INVALID")],
        vec![(XFO, "SAMEORIGIN, INVALID")],
        vec![(XFO, "ALLOWALL, DENY")],
        vec![(CSP, "frame-ancestors *"), (CSP, "frame-ancestors 'none'")],
        vec![(CSP, "frame-ancestors 'none'"), (CSP, "frame-ancestors *")],
        vec![(CSP, "frame-ancestors 'none', frame-ancestors *")],
        vec![(CSP, "frame-ancestors 'none'; frame-ancestors *")],
        vec![(CSP, "frame-ancestors")],
        vec![(CSP, "FRAME-ANCESTORS 'NONE'")],
        vec![(CSP, "frame-ancestors none")],
        vec![(CSP, "frame-ancestors \"none\"")],
    ] {
        assert_eq!(reach(&page(&lines)), Reach::Nobody, "{lines:?}");
    }
    assert_eq!(reach(&page(&[(XFO, "SAMEORIGIN")])), Reach::OwnOrigin);
    assert_eq!(reach(&page(&[(CSP, "frame-ancestors 'self'")])), Reach::OwnOrigin);
    // The second policy may list the site's own origin.
    let both = [(CSP, "frame-ancestors 'self'"), (CSP, "frame-ancestors https://shop.example")];
    assert_eq!(reach(&page(&both)), Reach::OwnOrigin);
}

#[test]
fn headers_that_are_missing_doubled_or_contradictory_are_findings() {
    for (lines, rule, severity) in [
        (vec![(XFO, "DENY")], "framing/no-frame-ancestors", Severity::Medium),
        (vec![(CSP, "frame-ancestors 'none'")], "framing/no-x-frame-options", Severity::Medium),
        (vec![(XFO, "DENY;"), (CSP, "frame-ancestors 'none'")], "framing/not-a-value", Severity::Medium),
        (vec![(XFO, "SAMEORIGIN"), (CSP, "frame-ancestors 'none'")], "framing/contradiction", Severity::Low),
        (
            vec![(XFO, "DENY"), (XFO, "DENY"), (CSP, "frame-ancestors 'none'")],
            "framing/doubled-x-frame-options",
            Severity::Low,
        ),
        (
            vec![(XFO, "DENY"), (XFO, "SAMEORIGIN"), (CSP, "frame-ancestors 'none'")],
            "framing/doubled-x-frame-options",
            Severity::Medium,
        ),
        (
            vec![(XFO, "INVALID"), (XFO, "ALLOW-FROM x"), (CSP, "frame-ancestors 'none'")],
            "framing/doubled-x-frame-options",
            Severity::Medium,
        ),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors 'none'; frame-ancestors *")],
            "framing/repeated-frame-ancestors",
            Severity::Low,
        ),
        (
            vec![(CSP, "frame-ancestors https:; frame-ancestors 'none'")],
            "framing/repeated-frame-ancestors",
            Severity::High,
        ),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors 'none'"), (CSP, "frame-ancestors 'none'")],
            "framing/doubled-frame-ancestors",
            Severity::Low,
        ),
        (vec![(XFO, "DENY"), (CSP, "frame-ancester 'none'")], "framing/misspelt", Severity::Medium),
        (vec![(CSP, "frame-ancester 'none'")], "framing/misspelt", Severity::High),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors \u{e2}\u{80}\u{98}none\u{e2}\u{80}\u{99}")],
            "framing/not-ascii",
            Severity::Medium,
        ),
        (vec![(XFO, "DENY"), (CSP, "frame-ancestors none")], "framing/odd-source", Severity::Low),
        (vec![(XFO, "DENY"), (CSP, "frame-ancestors https://*.com")], "framing/wide", Severity::High),
        (vec![(CSP, "frame-ancestors 'self' *.Org:*")], "framing/wide", Severity::High),
        (
            vec![(CSP, "frame-ancestors https://*.com"), (CSP, "frame-ancestors https://a.com")],
            "framing/odd-source",
            Severity::Low,
        ),
        (vec![(XFO, "DENY"), (CSP, "frame-ancestors https://[::1]")], "framing/odd-source", Severity::Low),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors https://a@b.example")],
            "framing/odd-source",
            Severity::Low,
        ),
        (
            vec![(XFO, "DENY"), (CSP, "frame-ancestors https://b.example:")],
            "framing/odd-source",
            Severity::Low,
        ),
    ] {
        let found = framing(&page(&lines));
        assert!(found.contains(&(rule, severity)), "{lines:?}: {found:?}");
    }
    assert_eq!(framing(&page(&[(XFO, "DENY"), (CSP, "frame-ancestors 'none'")])), []);
    assert_eq!(framing(&page(&[(XFO, "SAMEORIGIN"), (CSP, "frame-ancestors 'self'")])), []);
}

#[test]
fn lines_that_browsers_read_differently_are_a_finding() {
    for (lines, severity) in [
        ("X-Frame-Options : DENY", Severity::High),
        ("X-A: b\rX-Frame-Options: DENY", Severity::High),
        ("X-Frame-Options: DENY\rX-A: b", Severity::High),
        ("X-Frame-Options: DENY\r\nX-A: b\rContent-Security-Policy: frame-ancestors *", Severity::High),
        ("X-Frame-Options: DENY\r\nServer : a", Severity::Low),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{lines}\r\n\r\n");
        let response = Response::head(head.as_bytes()).expect("a head");
        let found = framing(&Response { body: PAGE.into(), ..response });
        assert!(found.contains(&("framing/malformed-lines", severity)), "{lines:?}: {found:?}");
    }
    assert!(framing(&page(&[])).iter().all(|(rule, _)| *rule != "framing/malformed-lines"));
}

#[test]
fn a_policy_of_thousands_of_mistakes_has_a_few_findings_of_each_rule() {
    let many = |piece: &str| -> String { (0..17_000).map(|number| format!("{piece}{number} ")).collect() };
    let policy =
        format!("script-src {}; frame-ancestors {}; {}", many("http://x"), many("http://y"), many("x-src;y"));
    let findings = judge(&page(&[(CSP, policy.as_str())]), Circumstances::default());
    for rule in ["csp/broad-source", "framing/odd-source", "csp/unknown"] {
        let of_rule: Vec<_> = findings.iter().filter(|finding| finding.rule.name() == rule).collect();
        assert_eq!(of_rule.len(), 51, "{rule}");
        let rest = of_rule
            .iter()
            .filter(|finding| finding.what.contains("more findings of this rule on one response"));
        assert_eq!(rest.count(), 1, "{rule}");
    }
    assert!(findings.len() < 200, "{}", findings.len());
}

#[test]
fn a_meta_tag_cannot_forbid_frames() {
    let meta = r#"<meta http-equiv="Content-Security-Policy" content="frame-ancestors 'none'"><meta http-equiv="X-Frame-Options" content="DENY">"#;
    let mut response = page(&[]);
    response.body = format!("{meta}{PAGE}").into();
    assert_eq!(reach(&response), Reach::Anyone);
    let findings = judge(&response, Circumstances::default());
    assert!(findings[0].what.contains("meta tag"), "{findings:#?}");
    response.fields.push((XFO.to_owned(), "DENY".to_owned()));
    response.fields.push((CSP.to_owned(), "frame-ancestors 'none'".to_owned()));
    assert_eq!(framing(&response), [("framing/meta", Severity::Low); 2]);
}

#[test]
fn the_severity_is_lower_where_nothing_can_be_clicked() {
    let bare = |status, kind: &str, body: &str| Response {
        status,
        fields: vec![("content-type".to_owned(), kind.to_owned()), ("location".to_owned(), "/".to_owned())],
        body: body.into(),
        cut: false,
    };
    for (response, severity) in [
        (bare(200, "text/html", PAGE), Severity::High),
        (bare(404, "text/html", "<h1>Not Found</h1>"), Severity::Medium),
        (bare(200, "text/css", "a {}"), Severity::Low),
        (bare(302, "text/html", PAGE), Severity::Low),
        (bare(304, "text/html", ""), Severity::Note),
        (bare(405, "text/html", ""), Severity::Note),
    ] {
        let findings = judge(&response, Circumstances::default());
        let found = findings.iter().find(|finding| finding.rule.name() == "framing/none").unwrap();
        assert_eq!(found.severity, severity, "{response:?}");
    }
}

/// The findings except those about framing on a page with these lines, over https.
fn others(lines: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let sound = [
        (XFO, "DENY"),
        ("x-content-type-options", "nosniff"),
        ("strict-transport-security", "max-age=63072000"),
    ];
    let mut response = page(&sound);
    for (name, value) in lines {
        response.fields.retain(|(given, _)| given != name || *name == "set-cookie");
        if !value.is_empty() {
            response.fields.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let circumstances = Circumstances { https: true, ..Circumstances::default() };
    let findings = judge(&response, circumstances).into_iter();
    let others = findings.filter(|finding| !finding.rule.name().starts_with("framing/"));
    others.map(|finding| (finding.rule.name(), finding.what)).collect()
}

#[test]
fn a_weak_policy_is_a_finding() {
    const GOOD: &str =
        "default-src 'none'; base-uri 'none'; form-action 'self'; style-src 'self'; frame-ancestors 'none'";
    assert_eq!(others(&[(CSP, GOOD)]), []);
    for (policy, rule, word) in [
        ("", "csp/none", "no Content-Security-Policy"),
        ("frame-ancestors 'none'; base-uri 'none'; form-action 'self'", "csp/missing", "object-src"),
        ("default-src 'self'; form-action 'self'", "csp/missing", "base-uri"),
        ("default-src 'self'; base-uri 'none'", "csp/missing", "form-action"),
        (
            "default-src 'self'; base-uri 'none'; form-action *",
            "csp/missing",
            "form-action allows every site",
        ),
        (
            "default-src 'self'; base-uri https:; form-action 'self'",
            "csp/missing",
            "base-uri allows every site",
        ),
        (
            "default-src 'none'; base-uri 'none'; form-action 'self'; img-src \u{201c}x\u{201d}",
            "csp/not-ascii",
            "img-src",
        ),
        (
            "default-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'",
            "csp/unsafe-inline",
            "script-src",
        ),
        ("script-src * ; default-src 'none'; base-uri 'none'; form-action 'self'", "csp/broad-source", "`*`"),
        (
            "script-src http://cdn.example; default-src 'none'; base-uri 'none'; form-action 'self'",
            "csp/broad-source",
            "http://",
        ),
        (
            "default-src 'none'; base-uri 'none'; form-action 'self'; obect-src 'none'",
            "csp/unknown",
            "obect-src",
        ),
        ("default-src 'none'; base-uri 'none'; form-action 'self'; base-uri *", "csp/repeated", "base-uri"),
        (
            "default-src 'none'; base-uri 'none'; form-action 'self'; report-uri /r; report-to r",
            "csp/report-to",
            "report-uri",
        ),
    ] {
        let found = others(&[(CSP, policy)]);
        assert!(
            found.iter().any(|(given, what)| *given == rule && what.contains(word)),
            "{policy}: {found:?}"
        );
    }
    let nonce =
        "script-src 'nonce-abc' 'unsafe-inline'; default-src 'none'; base-uri 'none'; form-action 'self'";
    assert_eq!(others(&[(CSP, nonce)]), [], "a nonce disables 'unsafe-inline'");
    let dynamic = "script-src 'nonce-abc' 'strict-dynamic' 'unsafe-inline' https: http:; object-src 'none'; base-uri 'none'; form-action 'self'";
    assert_eq!(others(&[(CSP, dynamic)]), [], "'strict-dynamic' disables hosts");
}

#[test]
fn weak_cookies_plain_transport_and_versions_are_findings() {
    const POLICY: (&str, &str) =
        (CSP, "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    let rules = |lines: &[(&str, &str)]| -> Vec<&str> {
        let all: Vec<_> = std::iter::once(POLICY).chain(lines.iter().copied()).collect();
        others(&all).into_iter().map(|(rule, _)| rule).collect()
    };
    for (cookie, expected) in [
        ("__Host-session=x; Secure; HttpOnly; Path=/; SameSite=Lax", vec![]),
        ("session=x; HttpOnly; SameSite=Strict", vec!["cookie/secure"]),
        ("session=x; Secure; SameSite=Lax", vec!["cookie/httponly"]),
        ("session=x; Secure; HttpOnly", vec!["cookie/samesite"]),
        ("session=x; secure; httponly; samesite=none", vec!["cookie/samesite"]),
        ("__Host-s=x; Secure; HttpOnly; SameSite=Lax; Path=/; Domain=x.example", vec!["cookie/prefix"]),
        ("session=; Max-Age=0", vec![]),
        ("old=deleted; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/", vec![]),
        ("old=deleted; Expires=Thu, 01-Jan-1970 00:00:01 GMT", vec![]),
        (
            "s=x; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; SameSite=Lax",
            vec!["cookie/httponly"],
        ),
    ] {
        assert_eq!(rules(&[("set-cookie", cookie)]), expected, "{cookie}");
    }
    assert_eq!(rules(&[("strict-transport-security", "")]), ["transport/hsts"]);
    assert_eq!(rules(&[("strict-transport-security", "max-age=0")]), ["transport/hsts"]);
    assert_eq!(rules(&[("server", "nginx/1.22.1")]), ["version/server"]);
    assert_eq!(rules(&[("server", "gws/v2")]), ["version/server"]);
    for name in ["nginx", "AmazonS3", "h2o"] {
        assert_eq!(rules(&[("server", name)]), [] as [&str; 0], "{name}");
    }
    assert_eq!(rules(&[("x-powered-by", "PHP/8")]), ["version/software"]);
    assert_eq!(rules(&[("x-content-type-options", "")]), ["transport/nosniff"]);
}

#[test]
fn the_findings_depend_on_the_address_of_the_site_and_on_the_request() {
    let rules = |lines: &[(&str, &str)], circumstances| -> Vec<&'static str> {
        let findings = judge(&page(lines), circumstances).into_iter();
        findings
            .filter(|finding| finding.severity > Severity::Note)
            .map(|finding| finding.rule.name())
            .collect()
    };
    let at = Circumstances::default();
    let prefixed = [("set-cookie", "__Host-s=x; Secure; HttpOnly; Path=/; SameSite=Lax")];
    assert!(rules(&prefixed, at).contains(&"cookie/prefix"));
    assert!(!rules(&prefixed, Circumstances { is_loopback: true, ..at }).contains(&"cookie/prefix"));
    let https = Circumstances { https: true, ..at };
    assert!(rules(&[], https).contains(&"transport/hsts"));
    assert!(!rules(&[], Circumstances { is_address: true, ..https }).contains(&"transport/hsts"));
    assert_eq!(rules(&[], Circumstances { malformed: true, ..https }), [] as [&str; 0]);
}

#[test]
fn advice_keeps_frames_of_the_own_origin_working() {
    for (lines, word) in [
        (vec![(XFO, "SAMEORIGIN")], "`frame-ancestors 'self'`"),
        (vec![(XFO, "DENY")], "`frame-ancestors 'none'`"),
        (vec![(CSP, "frame-ancestors 'self'")], "X-Frame-Options: SAMEORIGIN"),
        (vec![(CSP, "frame-ancestors 'none'")], "X-Frame-Options: DENY"),
    ] {
        let findings = judge(&page(&lines), Circumstances::default());
        let missing = findings.iter().find(|finding| finding.rule.name().starts_with("framing/no-")).unwrap();
        assert!(missing.change.contains(word), "{missing:?}");
    }
}
