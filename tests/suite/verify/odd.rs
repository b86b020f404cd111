//! Servers that answer in odd ways: without an end, in another protocol, slowly, or not at all.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::{report, verify};

/// Answers each request by a function of its first bytes; ends with the test run.
pub(super) fn server(answer: impl Fn(&mut TcpStream, &str) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
                let mut request = vec![0; 65536];
                let length = stream.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                answer(&mut stream, &request);
            });
        }
    });
    address
}

/// A page that is well protected, with more header lines and more body.
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
fn what_has_no_end_or_is_no_http_is_given_up_with_a_reason() {
    const ENDLESS_HEADERS: fn(&mut TcpStream, &str) = |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        repeat(stream, b"X-A: aaaaaaaa\r\n");
    };
    let rows: [(fn(&mut TcpStream, &str), &str); 5] = [
        (|stream, _| repeat(stream, b"HTTP/1.1 100 Continue\r\n\r\n"), "more than 10 answers"),
        (ENDLESS_HEADERS, "no end of its header lines within 256 kB"),
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
fn lines_may_end_without_a_carriage_return_and_bodies_not_at_all() {
    let bare = server(|stream, _| drop(stream.write_all(page("", "").replace("\r\n", "\n").as_bytes())));
    let (code, report) = report(&format!("http://{bare}/"));
    assert_eq!((code, &report["findings"]), (Some(0), &0.into()), "{report:#}");
}
