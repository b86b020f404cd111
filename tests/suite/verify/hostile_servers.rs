//! Servers that try to exhaust or to deceive a check. Each check ends in time, prints little, and no secret.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::signed_in::{path_of, recorder, redirect};
use super::unusual_servers::page;
use super::{said, verify};

/// What the check is signed in with; a server may repeat it.
const SECRET: &str = "C00kie-Secret-99";
/// The longest that a check of a server of this file may take, on a loaded machine.
const LONGEST: Duration = Duration::from_secs(60);
/// The most bytes that it may print.
const MOST_PRINTED: usize = 500_000;

/// A server, and what the check of it must say.
struct Row {
    name: &'static str,
    answer: fn(&mut TcpStream, &str),
    code: i32,
    says: &'static [&'static str],
}

/// Sends the same bytes until the client closes the connection.
fn forever(stream: &mut TcpStream, start: &str, piece: &[u8]) {
    let many = piece.repeat(1 + 60_000 / piece.len());
    if stream.write_all(start.as_bytes()).is_ok() {
        while stream.write_all(&many).is_ok() {}
    }
}

/// Whether a person opens the entry page. Only this request gets the costly answers.
fn is_entry(request: &str) -> bool {
    request.starts_with("GET / ")
        && request.contains("sec-fetch-dest: document")
        && !request.contains("oversized")
}

fn send(stream: &mut TcpStream, answer: &str) {
    let _ = stream.write_all(answer.as_bytes());
}

const ROWS: [Row; 16] = [
    Row {
        name: "a body without an end",
        answer: |stream, request| {
            if is_entry(request) {
                forever(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Frame-Options: DENY\r\n\r\n<form>",
                    b"<p>And so it goes on, and on, and on, and on.",
                );
            } else {
                send(stream, &page("", ""));
            }
        },
        code: 1,
        says: &["csp/none"],
    },
    Row {
        name: "chunks without an end",
        answer: |stream, request| {
            if is_entry(request) {
                forever(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n",
                    b"1\r\na\r\n",
                );
            } else {
                send(stream, &page("", ""));
            }
        },
        code: 1,
        says: &["csp/none"],
    },
    Row {
        name: "headers without an end",
        answer: |stream, request| match path_of(request) {
            "/" => send(stream, &page("", "<a href=/endless>x</a>")),
            "/endless" => forever(stream, "HTTP/1.1 200 OK\r\n", b"X-A: aaaaaaaa\r\n"),
            _ => send(stream, &page("", "")),
        },
        code: 2,
        says: &["GET /endless: the server does not speak HTTP: its header lines do not end within 256 kB"],
    },
    Row {
        name: "redirects without an end",
        answer: |stream, request| {
            let number: u32 = path_of(request).trim_start_matches("/r").parse().unwrap_or_default();
            send(stream, &redirect(&format!("/r{}", number + 1)));
        },
        code: 2,
        says: &["it redirects more than 5 times"],
    },
    Row {
        name: "a crawl of redirects without an end",
        answer: |stream, request| match path_of(request) {
            "/" => send(stream, &page("", "<a href=/r0>x</a>")),
            "/robots.txt" => send(stream, &redirect("/robots.txt")),
            _ => send(stream, &redirect(&format!("{}0", path_of(request)))),
        },
        code: 2,
        says: &["robots.txt cannot be read"],
    },
    Row {
        name: "a compressed body that would unpack to gigabytes",
        answer: |stream, request| {
            if !is_entry(request) {
                return send(stream, &page("", ""));
            }
            let mut packer = GzEncoder::new(Vec::new(), Compression::best());
            let _ = packer.write_all(&vec![0; 1_000_000]);
            let packed = packer.finish().expect("in memory");
            assert!(packed.len() < 2_000, "each piece unpacks to a megabyte, and there are hundreds");
            forever(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nX-Frame-Options: DENY\r\n\r\n",
                &packed,
            );
        },
        code: 1,
        says: &["probe/compressed", "does not unpack the body"],
    },
    Row {
        name: "bytes that are not UTF-8",
        answer: |stream, request| {
            let odd = b"X-Powered-By: \xff\xfe\xc0\xaf\r\nLocation: /\xff\r\nSet-Cookie: \xff\xf0=\xff\r\n";
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Frame-Options: D\xffENY\r\n";
            let body = b"\r\n<form><a href='/\xff\xed\xa0\x80'>\xff</a>\0";
            if is_entry(request) {
                let _ = stream.write_all(&[head.as_slice(), odd, body].concat());
            } else {
                send(stream, &page("", ""));
            }
        },
        code: 1,
        says: &["version/software", "the cookie"],
    },
    Row {
        name: "thousands of cookies",
        answer: |stream, request| {
            let lines: String = (0..5_000)
                .map(|number| format!("Set-Cookie: c{number}-{}=1\r\n", path_of(request).len()))
                .collect();
            send(stream, &page(&lines, "<a href=/a>x</a><a href=/bb>x</a>"));
        },
        code: 1,
        says: &["one response sets more than 50 cookies"],
    },
    Row {
        name: "terminal escapes",
        answer: |stream, request| {
            let lines =
                "Server: a/1\x1b]0;x\x07\r\nSet-Cookie: \x1b[2J=1\r\nX-Frame-Options: \x1b[31mDENY\r\n";
            let body = "<a href='/\x1b[2J\u{9b}31m'>x</a><form action='\x1b[2J'>";
            send(stream, &page(if is_entry(request) { lines } else { "" }, body));
        },
        code: 1,
        says: &["u{1b}[2J"],
    },
    Row {
        name: "a million links",
        answer: |stream, request| {
            if is_entry(request) {
                forever(stream, &page("", "").replace("Content-Length", "X-Length"), b"<a href=a>");
            } else {
                send(stream, &page("", ""));
            }
        },
        code: 2,
        says: &["0 findings", "incomplete: GET / is longer than 1 MB: its links beyond were not read"],
    },
    Row {
        name: "links of a megabyte",
        answer: |stream, request| {
            let long = "a".repeat(400_000);
            let body =
                format!("<a href=/{long}>x</a><a href='/?{long}'>x</a><a href=/{}>x</a>", "b".repeat(1_500));
            send(stream, &page("", if is_entry(request) { &body } else { "" }));
        },
        code: 0,
        says: &["0 findings"],
    },
    Row {
        name: "robots.txt without an end",
        answer: |stream, request| match path_of(request) {
            "/robots.txt" => forever(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Frame-Options: DENY\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\r\nUser-agent: *\n",
                b"Disallow: /*a*a*a$\n",
            ),
            _ => send(stream, &page("", "<a href=/aaa>x</a><a href=/b>x</a>")),
        },
        code: 0,
        says: &["crawl/robots", "GET /aaa"],
    },
    Row {
        name: "a robots.txt of stars against links of many letters",
        answer: |stream, request| match path_of(request) {
            "/robots.txt" => {
                let rules = format!("Disallow: /{}b$\n", "*a".repeat(480)).repeat(1_000);
                send(stream, &page("", &format!("\nUser-agent: *\n{rules}Disallow: /a\n")));
            }
            "/" => {
                let letters = "a".repeat(400);
                let links: String =
                    (0..1_900).map(|number| format!("<a href=/{letters}{number}>x</a>")).collect();
                send(stream, &page("", &links));
            }
            _ => send(stream, &page("", "")),
        },
        code: 0,
        says: &["crawl/robots", "because robots.txt disallows them: 1900"],
    },
    Row {
        name: "header values of many kilobytes",
        answer: |stream, request| {
            let long = |piece: &str| piece.repeat(40_000 / piece.len());
            let lines = format!(
                "X-Frame-Options: {}\r\nContent-Security-Policy: frame-ancestors {}; {}\r\nServer: a/1{}\r\nSet-Cookie: {}=1\r\nX-Generator: {}\r\n",
                long("a,"),
                long("https://*.a "),
                long("img-src *;"),
                long("v"),
                long("n"),
                long("g")
            );
            send(stream, &page(if is_entry(request) { &lines } else { "" }, ""));
        },
        code: 1,
        says: &["version/server"],
    },
    Row {
        name: "policies of tens of thousands of odd words",
        answer: |stream, request| {
            let many = |piece: &str, count: u32| -> String {
                (0..count).map(|number| format!("{piece}{number} ")).collect()
            };
            let lines = format!(
                "Content-Security-Policy: script-src {}\r\nContent-Security-Policy: frame-ancestors {}; {}\r\n",
                many("http://x", 5_000),
                many("http://y", 5_000),
                many("x-src;y", 5_000)
            );
            send(stream, &page(if is_entry(request) { &lines } else { "" }, ""));
        },
        code: 1,
        says: &["framing/odd-source", "csp/unknown", "4950 more findings of this rule on one response"],
    },
    Row {
        name: "an echo of everything that it receives",
        answer: |stream, request| {
            let cookie =
                request.lines().find_map(|line| line.strip_prefix("cookie: sid=")).unwrap_or_default();
            let lines = format!(
                "Server: a/1 {cookie}\r\nX-Powered-By: {}\r\nSet-Cookie: {cookie}=1\r\nX-Generator: {}{cookie}\r\nContent-Security-Policy: {cookie}-src *\r\n",
                cookie.to_lowercase(),
                "x".repeat(188)
            );
            send(stream, &page(&lines, &format!("<a href=/{cookie}>x</a><a href='/?{cookie}'>x</a>")));
        },
        code: 1,
        says: &["[hidden]"],
    },
];

#[test]
fn a_hostile_server_costs_a_check_little_time_and_little_output() {
    for Row { name, answer, code, says } in ROWS {
        let (address, received) = recorder(answer);
        let start = Instant::now();
        let cookie = format!("sid={SECRET}");
        let output = verify(&["--url", &format!("http://{address}/"), "--cookie", &cookie, "--crawl", "4"]);
        let (elapsed, (ended, text)) = (start.elapsed(), said(&output));
        let brief: String = text.chars().take(4_000).collect();
        println!("{name}: {elapsed:.1?}, {} bytes, {} requests", text.len(), received.all().len());
        assert_eq!(ended, Some(code), "{name}: {brief}");
        assert!(elapsed < LONGEST, "{name}: {elapsed:?}");
        assert!(text.len() < MOST_PRINTED, "{name}: {} bytes: {brief}", text.len());
        for word in says {
            assert!(text.contains(word), "{name}: {word}: {brief}");
        }
        assert!(!text.contains(['\x1b', '\x07', '\u{9b}', '\0']), "{name}: {brief}");
        assert!(!text.to_lowercase().contains("c00kie"), "{name}: {brief}");
        assert!(received.all().len() < 60, "{name}: {} requests", received.all().len());
    }
}
