//! Servers that answer unusually: without an end, in another protocol, slowly, or not at all.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use unframed::routes;
use unframed::verify::probe::{self, Options};
use unframed::verify::{Report, Severity};

use super::signed_in::{path_of, recorder, redirect};
use super::{entries, report, verify};

/// Answers a request.
type Answer = fn(&mut TcpStream, &str);

/// A server that answers each request by a function of its first bytes. It ends with the test run.
pub(super) fn server(answer: impl Fn(&mut TcpStream, &str) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                let request = head_of_request(&mut stream);
                answer(&mut stream, &request);
            });
        }
    });
    address
}

/// What comes up to the end of a head. What a server does not read resets the connection when it closes.
fn head_of_request(stream: &mut TcpStream) -> String {
    let (mut request, mut part) = (Vec::new(), vec![0; 65536]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(length) if length > 0 => request.extend_from_slice(&part[..length]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&request).into_owned()
}

/// A well protected page with additional header lines and body.
pub(super) fn page(lines: &str, body: &str) -> String {
    let body = format!("<title>Shop</title><form method=post><button>Buy</button></form>{body}");
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nX-Frame-Options: DENY\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'\r\n{lines}\r\n{body}",
        body.len()
    )
}

fn repeat(stream: &mut TcpStream, piece: &[u8]) {
    let many = piece.repeat(1 + 60_000 / piece.len());
    while stream.write_all(&many).is_ok() {}
}

#[test]
fn a_server_that_is_not_http_or_never_ends_its_headers_is_an_error_with_a_reason() {
    const ENDLESS_HEADERS: Answer = |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        repeat(stream, b"X-A: aaaaaaaa\r\n");
    };
    let rows: [(Answer, &str); 5] = [
        (|stream, _| repeat(stream, b"HTTP/1.1 100 Continue\r\n\r\n"), "more than 10 interim responses"),
        (ENDLESS_HEADERS, "its header lines do not end within 256 kB"),
        (|stream, _| repeat(stream, b"\0\xff"), "does not speak HTTP"),
        (|stream, _| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")), "`SSH-2.0-OpenSSH_9.2`"),
        (|stream, _| drop(stream.write_all(b"<title>HTTP/0.9</title>")), "does not speak HTTP"),
    ];
    for (answer, word) in rows {
        let output = verify(&["--url", &format!("http://{}/", server(answer))]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), text.contains(word)), (Some(2), true), "{word}: {text}");
    }
}

#[test]
fn header_lines_may_end_without_a_carriage_return() {
    let bare = server(|stream, _| drop(stream.write_all(page("", "").replace("\r\n", "\n").as_bytes())));
    let (code, report) = report(&format!("http://{bare}/"));
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
}

#[test]
fn a_site_that_is_protected_in_one_browser_only_is_a_finding() {
    for (good, odd) in [
        ("X-Frame-Options: DENY\r\n", "X-Frame-Options : DENY\r\n"),
        ("X-Frame-Options: DENY\r\n", "X-A: b\rX-Frame-Options: DENY\r\n"),
        (
            "X-Content-Type-Options: nosniff\r\n",
            "X-Content-Type-Options: nosniff\r\nX-A: b\rX-Frame-Options : SAMEORIGIN\r\n",
        ),
    ] {
        let answer = page("", "").replace(good, odd);
        let address = server(move |stream, _| drop(stream.write_all(answer.as_bytes())));
        let (code, report) = report(&format!("http://{address}/"));
        assert_eq!(code, Some(1), "{report:#}");
        assert!(!entries(&report, "framing/malformed-lines").is_empty(), "{odd}: {report:#}");
    }
    // Chromium shows such a page to every site: the policy overrides X-Frame-Options.
    let open = page("", "").replace(
        "X-Frame-Options: DENY\r\n",
        "X-Frame-Options: DENY\r\nX-A: b\rContent-Security-Policy : frame-ancestors *\r\n",
    );
    let open = open.replace("; frame-ancestors 'none'", "");
    let address = server(move |stream, _| drop(stream.write_all(open.as_bytes())));
    let (_, report) = report(&format!("http://{address}/"));
    assert_eq!(entries(&report, "framing/switched-off")[0]["severity"], "high", "{report:#}");
}

#[test]
fn a_validator_with_a_control_character_is_not_sent_back() {
    let (address, received) = recorder(|stream, request| {
        let tag = if path_of(request) == "/" { "ETag: \"a\x01b\"\r\n" } else { "ETag: \"c\"\r\n" };
        let _ = stream.write_all(page(tag, "<a href=/c>x</a>").as_bytes());
    });
    assert_eq!(report(&format!("http://{address}/")).0, Some(0));
    let all = received.all();
    let asked_again =
        |path: &str| all.iter().any(|request| path_of(request) == path && request.contains("if-none-match"));
    assert!(asked_again("/c") && !asked_again("/"), "{all:?}");
}

#[test]
fn a_body_that_never_comes_makes_the_check_incomplete() {
    let address = server(|stream, request| {
        let answer = page("", "<a href=/never>x</a>");
        if request.starts_with("GET /never") {
            let (head, _) = answer.split_once("\r\n\r\n").expect("a head");
            let _ = stream.write_all(format!("{head}\r\n\r\n").as_bytes());
            // Until the check gives up.
            while !matches!(stream.read(&mut [0; 64]), Ok(0)) {}
        } else {
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let (code, report) = report(&format!("http://{address}/"));
    let why = "GET /never: no answer within 10 seconds";
    assert_eq!((code, &report["incomplete"]), (Some(2), &serde_json::json!([why])), "{report:#}");
}

#[test]
fn a_304_that_opens_the_stored_copy_has_the_severity_of_the_page() {
    let address = server(|stream, request| {
        let answer = if request.contains("if-none-match") {
            "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Security-Policy: frame-ancestors *\r\n\r\n"
                .to_owned()
        } else {
            page("ETag: \"a\"\r\n", "")
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, report) = report(&format!("http://{address}/"));
    assert_eq!(code, Some(1));
    let [opened] = entries(&report, "framing/switched-off")[..] else { panic!("{report:#}") };
    assert_eq!(
        (&opened["severity"], &opened["places"][0]),
        (&"high".into(), &"GET / (the stored copy after a 304)".into())
    );
}

#[test]
fn an_incomplete_check_exits_with_code_two_and_says_what_is_missing() {
    let rows: [(Answer, &str); 2] = [
        (
            |stream, request| {
                if !request.starts_with("GET /silent") {
                    let _ = stream.write_all(page("", "<a href=\"/silent\">x</a>").as_bytes());
                }
            },
            "GET /silent: the connection was closed without an answer",
        ),
        (
            |stream, _| {
                let redirect = page("Location: http://other.example/\r\n", "").replace("200 OK", "302 Found");
                let _ = stream.write_all(redirect.as_bytes());
            },
            "GET / redirects to http://other.example/: that site was not checked",
        ),
    ];
    for (answer, why) in rows {
        let (code, report) = report(&format!("http://{}/", server(answer)));
        assert_eq!((code, &report["incomplete"][0]), (Some(2), &why.into()), "{report:#}");
    }
}

/// The report of a check without time: the entry page alone.
async fn report_at_once(address: SocketAddr) -> Report {
    let options = Options { longest: Duration::ZERO, ..Options::default() };
    let checked = probe::run(&format!("http://{address}/"), &options, &routes::map().expect("a table")).await;
    checked.unwrap_or_else(|problem| panic!("{problem}")).report
}

#[tokio::test]
async fn requests_that_the_time_limit_prevented_are_listed() {
    let address = server(|stream, _| drop(stream.write_all(page("", "<a href=\"/next\">x</a>").as_bytes())));
    let report = report_at_once(address).await;
    assert_eq!((report.count(), report.exit_code(Severity::Low)), (0, 2));
    let [why] = report.incomplete() else { panic!("{report:?}") };
    assert!(why.starts_with("stopped after 0 s: not asked: GET /next, "), "{why}");
    assert!(report.text().contains(&format!("incomplete: {why}")), "{}", report.text());
}

#[tokio::test]
async fn redirects_of_the_entry_page_end_at_the_time_limit() {
    let (address, received) = recorder(|stream, _| drop(stream.write_all(redirect("/next").as_bytes())));
    let report = report_at_once(address).await;
    let [why] = report.incomplete() else { panic!("{report:?}") };
    assert!(why.starts_with("stopped after 0 s: not asked: GET /next, "), "{why}");
    assert_eq!(received.pages(), ["/"]);
}

#[test]
fn a_site_cannot_control_or_flood_the_terminal() {
    let address = server(|stream, _| {
        let lines = format!("X-Powered-By: \x1b[2J\u{9b}31m\r\nServer: a/1{}\r\n", "A".repeat(20_000));
        let _ = stream.write_all(page(&lines, "").as_bytes());
    });
    for more in [None, Some("--json")] {
        let url = format!("http://{address}/");
        let output = verify(&["--url", &url].into_iter().chain(more).collect::<Vec<_>>());
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("u{1b}[2J") && text.contains(&"A".repeat(150)), "{text}");
        assert!(!text.contains(['\x1b', '\u{9b}']) && !text.contains(&"A".repeat(300)), "{text}");
    }
}

#[test]
fn a_long_redirect_is_cut() {
    let address = server(|stream, _| {
        let redirect = page(&format!("Location: http://other.example/{}\r\n", "A".repeat(20_000)), "");
        let _ = stream.write_all(redirect.replace("200 OK", "302 Found").as_bytes());
    });
    let output = verify(&["--url", &format!("http://{address}/")]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("redirects to http://other.example/AAA"), "{text}");
    assert!(!text.contains(&"A".repeat(300)), "{text}");
}

#[test]
fn links_in_upper_case_are_followed_and_a_page_without_links_is_noted() {
    let address = server(|stream, request| {
        let answer = if request.starts_with("GET /bare") {
            page("", "").replace("X-Frame-Options: DENY\r\n", "")
        } else {
            page("", "<A HREF=/bare>x</A>")
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let (code, found) = report(&format!("http://{address}/"));
    assert_eq!(code, Some(1));
    assert_eq!(entries(&found, "framing/no-x-frame-options")[0]["places"][0], "GET /bare (200)");
    let noted = |report: &serde_json::Value| report.to_string().contains("probe/no-links");
    assert!(!noted(&found), "{found:#}");
    let alone = server(|stream, _| drop(stream.write_all(page("", "").as_bytes())));
    assert!(noted(&report(&format!("http://{alone}/")).1));
}

#[test]
fn a_site_that_answers_everything_with_an_error_is_incomplete_unless_a_named_page_opens() {
    for status in ["503 Service Unavailable", "403 Forbidden", "404 Not Found"] {
        let address = server(move |stream, request| {
            let answer = page("", "");
            let answer =
                if request.starts_with("GET /open") { answer } else { answer.replace("200 OK", status) };
            let _ = stream.write_all(answer.as_bytes());
        });
        let (url, number) = (format!("http://{address}/"), &status[..3]);
        let entry = format!(
            "GET / answers {number}: the page behind it was not seen, so little of the site was checked"
        );
        let named = format!("GET /shut answers {number}: the page behind it was not seen");
        for (paths, code, incomplete) in [
            (&["--path", "/shut"][..], 2, vec![&named, &entry]),
            (&[], 2, vec![&entry]),
            (&["--path", "/open"], 0, vec![]),
        ] {
            let output = verify(&[&["--json", "--url", &url], paths].concat());
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
            assert_eq!(report["incomplete"], serde_json::json!(incomplete), "{status} {paths:?}");
            assert_eq!(output.status.code(), Some(code), "{status} {paths:?}: {report:#}");
        }
    }
}

#[test]
fn an_empty_entry_page_makes_the_check_incomplete() {
    let address = server(|stream, request| {
        let answer = if path_of(request) == "/" { page("Refresh: 0;url=/app\r\n", "") } else { page("", "") };
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let body = if path_of(request) == "/" { "" } else { body };
        let lines = head.lines().filter(|line| !line.starts_with("Content-Length"));
        let head = lines.collect::<Vec<_>>().join("\r\n");
        let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    let (code, report) = report(&format!("http://{address}/"));
    let why = "GET / answers 200 with an empty body: the page behind it was not seen, so little of the site was checked";
    assert_eq!((code, &report["incomplete"]), (Some(2), &serde_json::json!([why])), "{report:#}");
}

#[test]
fn a_page_that_is_cut_makes_a_crawl_incomplete_and_a_file_does_not() {
    let address = server(|stream, request| {
        let long = "<p>And so on, and on".repeat(300_000);
        let answer = match path_of(request) {
            "/" => page("", "<a href=/file>x</a><a href=/page>x</a>"),
            "/file" => page("", &long).replace("text/html", "application/zip"),
            "/page" => page("", &long).replace("text/html", "application/xhtml+xml"),
            _ => page("", ""),
        };
        let _ = stream.write_all(answer.as_bytes());
    });
    let url = format!("http://{address}/");
    let why = "GET /page is longer than 1 MB: its links beyond were not read";
    // Without a crawl, only the links of the entry page matter.
    for (more, code, incomplete) in [(&["--crawl", "5"][..], 2, vec![why]), (&[], 0, vec![])] {
        let output = verify(&[&["--json", "--url", &url], more].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(report["incomplete"], serde_json::json!(incomplete), "{report:#}");
        assert_eq!(output.status.code(), Some(code), "{report:#}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_judged_by_the_part_that_came() {
    let address = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<form>");
        // Until the client gives up.
        let _ = stream.set_read_timeout(None);
        let _ = stream.read(&mut [0]);
    });
    let report = report_at_once(address).await;
    let rules: Vec<&str> = report.findings().map(|(finding, _)| finding.rule.name()).collect();
    assert!(rules.contains(&"framing/none") && rules.contains(&"csp/none"), "{rules:?}");
}
