//! Requests as no browser sends them: each is refused, or read as every other server reads it. Two servers that
//! disagree on where a request ends let an attacker smuggle one past the first of them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use unframed::app::server::TimeLimits;
use unframed::security::request_body::TimeLimit;

use super::wire::{Keep, faults};
use crate::harness::TestApp;
use crate::harness::wire::{WireAnswer, conversation};

/// The request that an attacker hides in another one. Its answer would be 404, with all headers.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// A form that is answered with 422, because it holds no email address.
const FORM: &str = "email=a&password=b";

/// What is sent, and the statuses of all answers that may come back.
struct Case {
    name: String,
    bytes: Vec<u8>,
    statuses: Vec<u16>,
}

fn case(name: impl Into<String>, bytes: impl Into<Vec<u8>>, statuses: &[u16]) -> Case {
    Case { name: name.into(), bytes: bytes.into(), statuses: statuses.to_vec() }
}

/// A request for `/healthz`, with these field lines.
fn get(lines: &str) -> String {
    format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
}

/// A form from our own page, with these further field lines and a body.
fn post(origin: &str, lines: &str, body: &str) -> String {
    format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{lines}\r\n{body}"
    )
}

/// Bytes that are no request of HTTP/1.1.
fn first_lines() -> Vec<Case> {
    let hello = [&[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3][..], &[0x5a; 194]].concat();
    let line = |line: &str| format!("{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    vec![
        case("nothing", "", &[408]),
        case("empty lines", "\r\n\r\n\r\n", &[408]),
        case("HTTP/0.9", "GET /\r\n", &[400]),
        case("HTTP/0.9 by name", line("GET / HTTP/0.9"), &[400]),
        case("HTTP/1.2", line("GET / HTTP/1.2"), &[400]),
        case("HTTP/2 by name", line("GET / HTTP/2.0"), &[400]),
        case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", &[400]),
        case("a TLS ClientHello", hello, &[400]),
        case("an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n", &[400]),
        case("the PROXY protocol", format!("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n{}", get("")), &[400]),
        case(
            "its second version",
            "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\0\x01\0\x02",
            &[400],
        ),
        case("two spaces", line("GET  / HTTP/1.1"), &[400]),
        case("a tab for a space", line("GET\t/\tHTTP/1.1"), &[400]),
        case("a space in the path", line("GET /a b HTTP/1.1"), &[400]),
        case("a NUL in the path", line("GET /a\0b HTTP/1.1"), &[400]),
        case("a CR in the path", line("GET /a\rb HTTP/1.1"), &[400]),
        case(
            "a byte above ASCII in the path",
            [b"GET /\xff", &line(" HTTP/1.1").into_bytes()[..]].concat(),
            &[400],
        ),
        case("no path", line("GET HTTP/1.1"), &[400]),
        case("a scheme without host", line("GET http:// HTTP/1.1"), &[400]),
        case("a fragment", line("GET /healthz#x HTTP/1.1"), &[200]),
        case("userinfo in the URL", line("GET http://ada:pw@evil.example/healthz HTTP/1.1"), &[200]),
        case("a path of 70,000 bytes", line(&format!("GET /{} HTTP/1.1", "a".repeat(70_000))), &[400]),
        case("a method of 10,000 bytes", line(&format!("{} / HTTP/1.1", "A".repeat(10_000))), &[403]),
        case(
            "a tunnel, and a hidden request",
            format!("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n{HIDDEN}"),
            &[403],
        ),
    ]
}

/// Field lines that are malformed, too many, or ambiguous.
fn field_lines() -> Vec<Case> {
    let many = |count: usize| "X-Many: 1\r\n".repeat(count);
    let mut cases = vec![
        case("line feeds alone", "GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n", &[200]),
        case("carriage returns alone", "GET /healthz HTTP/1.1\rHost: a\r\r", &[400]),
        case("no space after the colon", get("X:a\r\nConnection:close\r\n"), &[200]),
        case(
            "bytes above ASCII in a value",
            [get("X: ").trim_end().as_bytes(), b"\xff\r\nConnection: close\r\n\r\n"].concat(),
            &[200],
        ),
        case("94 fields more", get(&(many(94) + "Connection: close\r\n")), &[200]),
        case("1,000 fields", get(&many(1000)), &[431]),
        case("a value of 140,000 bytes", get(&format!("X: {}\r\n", "a".repeat(140_000))), &[431]),
        case("a name of 140,000 bytes", get(&format!("{}: a\r\n", "a".repeat(140_000))), &[431]),
        case("two Hosts", get("Host: evil.example\r\n"), &[400]),
        case("the same Host twice", get("Host: localhost\r\n"), &[400]),
        case("an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", &[200]),
        // No response depends on Host: `PUBLIC_URL` says who we are.
        case(
            "userinfo in Host",
            "GET /healthz HTTP/1.1\r\nHost: a@evil.example\r\nConnection: close\r\n\r\n",
            &[200],
        ),
    ];
    for (name, line) in [
        ("a folded line", "X: a\r\n b\r\n"),
        ("a line that begins with a space", " X: a\r\n"),
        ("a space before the colon", "X : a\r\n"),
        ("a tab before the colon", "X\t: a\r\n"),
        ("an empty name", ": a\r\n"),
        ("a name with a bracket", "X(a): b\r\n"),
        ("a NUL in a name", "X\0: b\r\n"),
        ("a NUL in a value", "X: a\0b\r\n"),
        ("a control character in a value", "X: a\x01b\r\n"),
        ("a DEL in a value", "X: a\x7fb\r\n"),
        ("a CR in a value", "X: a\rb\r\n"),
        ("no colon", "X\r\n"),
    ] {
        cases.push(case(name, get(line), &[400]));
    }
    cases
}

/// Requests whose length can be read in more than one way.
fn lengths(origin: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [
        "+18",
        "-18",
        "18, 18",
        "18,19",
        "0x12",
        "18 18",
        "1_8",
        "18a",
        "18.0",
        "1e1",
        "",
        "18446744073709551634",
    ] {
        let bytes = post(origin, &format!("Content-Length: {length}\r\n"), FORM) + HIDDEN;
        cases.push(case(format!("Content-Length: {length}"), bytes, &[400]));
    }
    for coding in [
        "xchunked",
        "chunkedx",
        "chunked, chunked",
        "identity",
        "chunked, identity",
        "identity, chunked",
        "gzip, chunked",
        "gzip",
        "chunked;q=1",
        "\"chunked\"",
        "\x0bchunked",
        "chunked\0",
        "",
        ",chunked",
        "chunked,",
    ] {
        let bytes = post(origin, &format!("Transfer-Encoding: {coding}\r\n"), "0\r\n\r\n") + HIDDEN;
        cases.push(case(format!("Transfer-Encoding: {coding:?}"), bytes, &[400]));
    }
    for (name, lines) in [
        ("the same length twice", "Content-Length: 18\r\nContent-Length: 18\r\n"),
        ("a length with a space before the colon", "Content-Length : 18\r\n"),
        ("CL.TE", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ("chunked, and no length", "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
        ("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ("chunked and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        ("chunked with a space before the colon", "Transfer-Encoding : chunked\r\n"),
        ("a folded coding", "Transfer-Encoding:\r\n chunked\r\n"),
        // Actix reads to the end of the connection, a proxy goes by the length.
        ("an upgrade with a length", "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n"),
        ("an upgrade with length 0", "Upgrade: websocket\r\nContent-Length: 0\r\n"),
    ] {
        cases.push(case(name, post(origin, lines, "0\r\n\r\n") + HIDDEN, &[400]));
    }
    let old =
        post(origin, "Transfer-Encoding: chunked\r\n", "0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0") + HIDDEN;
    cases.push(case("chunked in HTTP/1.0", old, &[400]));
    let old = post(origin, "", FORM).replace("HTTP/1.1", "HTTP/1.0") + HIDDEN;
    cases.push(case("a form without length in HTTP/1.0", old, &[400]));
    cases
}

/// Bodies in chunks. A chunk that cannot be read ends the connection without an answer.
fn chunks(origin: &str) -> Vec<Case> {
    let chunked = |body: &str| post(origin, "Transfer-Encoding: chunked\r\n", body) + HIDDEN;
    let form = |size: &str| chunked(&format!("{size}\r\n{FORM}\r\n0\r\n\r\n"));
    let mut cases = Vec::new();
    for size in
        ["-12", "+12", "0x12", "12 2", "G", "", " 12", ";a=b", "12;a\nb", "12;a\0b", "fffffffffffffffff"]
    {
        cases.push(case(format!("a chunk of size {size:?}"), form(size), &[]));
    }
    for size in ["12", "012", "0000000012", "12 ", "12\t", "12;a=b", "12;a=\"b\"", "12 ; a"] {
        cases.push(case(format!("a chunk of size {size:?}"), form(size), &[422, 404]));
    }
    for (name, body, statuses) in [
        ("a line feed after the size", "12\nemail=a&password=b\r\n0\r\n\r\n", &[][..]),
        ("a CR after the size", "12\remail=a&password=b\r\n0\r\n\r\n", &[]),
        ("a chunk longer than its size", "5\r\nemail=a\r\n0\r\n\r\n", &[]),
        ("a chunk without its end", "5\r\nemail0\r\n\r\n", &[]),
        ("a line feed after a chunk", "5\r\nemail\n0\r\n\r\n", &[]),
        ("a trailer", "12\r\nemail=a&password=b\r\n0\r\nContent-Length: 5\r\n\r\n", &[422, 404]),
        ("a request as a trailer", "0\r\nGET /hidden HTTP/1.1\r\n\r\n", &[422, 404]),
    ] {
        cases.push(case(name, chunked(body), statuses));
    }
    // What is hidden is a part of the chunk, of which more may come.
    cases.push(case("a chunk of 8 EiB", form("7fffffffffffffff"), &[408]));
    let open = post(origin, "Transfer-Encoding: chunked\r\n", "12\r\nemail=a&password=b\r\n0\r\n");
    cases.push(case("no end after the last chunk", open, &[408]));
    cases
}

/// Bodies that hold a request, and bodies that are too large.
fn bodies(origin: &str) -> Vec<Case> {
    let sized = |body: &str| post(origin, &format!("Content-Length: {}\r\n", body.len()), body);
    let hidden =
        |first: &str| format!("{first}\r\nHost: a\r\nContent-Length: {}\r\n\r\n{HIDDEN}", HIDDEN.len());
    let large = format!("email={}", "x".repeat(10_000_000));
    vec![
        case("a request as a form", sized(HIDDEN), &[422]),
        case("a request in the body of GET", hidden("GET /healthz HTTP/1.1"), &[200]),
        case("a request in the body of a page that is missing", hidden("GET /nope HTTP/1.1"), &[404]),
        case("a request in the body of a method that is refused", hidden("PUT / HTTP/1.1"), &[403]),
        case("leading zeros", post(origin, "Content-Length: 00018\r\n", FORM) + HIDDEN, &[422, 404]),
        case("length 0", post(origin, "Content-Length: 0\r\n", "") + HIDDEN, &[422, 404]),
        case(
            "a lower-case coding with a tab",
            post(origin, "transfer-encoding:\tChunked\r\n", "0\r\n\r\n") + HIDDEN,
            &[422, 404],
        ),
        // Fields that others might take for a length: unknown ones, so the request has no body.
        case(
            "an underscore in the length",
            get(&format!("Content_Length: {}\r\n", HIDDEN.len())) + HIDDEN,
            &[200, 404],
        ),
        case("an underscore in the coding", get("Transfer_Encoding: chunked\r\n") + HIDDEN, &[200, 404]),
        case(
            "an upgrade to WebSocket",
            get("Upgrade: websocket\r\nConnection: Upgrade\r\n") + HIDDEN,
            &[200],
        ),
        case(
            "an upgrade to HTTP/2",
            get("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"),
            &[200],
        ),
        case(
            "a client that waits for 100",
            post(origin, "Expect: 100-continue\r\nContent-Length: 18\r\n", FORM),
            &[100, 422],
        ),
        case("an unknown expectation", post(origin, "Expect: tea\r\nContent-Length: 18\r\n", FORM), &[422]),
        case("a form of 10 MB", sized(&large), &[413]),
        case("a body that ends early", post(origin, "Content-Length: 100\r\n", FORM), &[408]),
        case("1,000 requests at once", get("").repeat(1000), &[200; 1000]),
        case(
            "500 requests, and nonsense",
            get("").repeat(500) + "nonsense\r\n\r\n" + get("").as_str(),
            &[&[200; 500][..], &[400]].concat(),
        ),
        case("20 forms at once", sized(FORM).repeat(20), &[422; 20]),
    ]
}

/// What is wrong with the answers to a case.
fn judge(case: &Case, answers: &[WireAnswer]) -> Vec<String> {
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let mut wrong = Vec::new();
    if statuses != case.statuses {
        wrong.push(format!("{statuses:?}, not {:?}", case.statuses));
    }
    for answer in answers.iter().filter(|answer| answer.status != 100) {
        // actix-http refuses what it cannot read below our code, without a body.
        let below = answer.lines("x-request-id").is_empty();
        if below && !(matches!(answer.status, 400 | 408 | 431) && answer.body.is_empty()) {
            wrong.push(format!("from below: {answer:?}"));
        } else if !below {
            wrong.extend(faults(answer, Keep::Never));
        }
    }
    wrong.into_iter().map(|fault| format!("{}: {fault}", case.name)).collect()
}

#[tokio::test]
async fn raw_bytes_are_refused_or_read_as_other_servers_read_them() {
    let app = TestApp::spawn().await;
    let second = Duration::from_secs(1);
    let limits = TimeLimits { head: second * 2, keep_alive: second, stall: second * 20 };
    let (address, handle) = app
        .listen(limits, move |config| {
            config.app_data(TimeLimit(second * 3));
        })
        .await;
    let origin = app.origin.as_str();
    let cases =
        [first_lines(), field_lines(), lengths(origin), chunks(origin), bodies(origin)].into_iter().flatten();
    let cases: Vec<Case> = cases.collect();
    let mut wrong = Vec::new();
    for some in cases.chunks(32) {
        let answers = join_all(some.iter().map(|case| conversation(address, &case.bytes))).await;
        wrong.extend(some.iter().zip(answers).flat_map(|(case, answers)| judge(case, &answers)));
        // No worker hangs: each of them takes some of these connections.
        let start = Instant::now();
        for answers in join_all((0..8).map(|_| conversation(address, get("Connection: close\r\n")))).await {
            assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200]);
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?} after {}", start.elapsed(), some[0].name);
    }
    println!("{} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    handle.stop(false).await;
}
