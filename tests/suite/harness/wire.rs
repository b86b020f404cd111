//! Requests as bytes and answers as field lines, for tests of requests that a well-behaved client cannot
//! send and of answers that it would normalise.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer exactly as it arrived.
#[derive(Clone, Debug)]
pub struct WireAnswer {
    /// The status.
    pub status: u16,
    /// All field lines in order, names in lower case.
    pub fields: Vec<(String, String)>,
    /// The bytes after the head; chunks are not joined.
    pub body: String,
}

impl WireAnswer {
    /// The values of all lines of a field.
    pub fn lines(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The names of all lines, in alphabetical order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// A request with `Connection: close` and, if it has a body, `Content-Length`.
pub fn request(method: &str, path: &str, fields: &[(&str, &str)], body: Option<&str>) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in fields {
        write!(text, "{name}: {value}\r\n").expect("text");
    }
    if let Some(body) = body {
        write!(text, "Content-Length: {}\r\n", body.len()).expect("text");
    }
    text + "\r\n" + body.unwrap_or_default()
}

/// Sends bytes and reads until the server closes; `None` if it closes without an answer.
pub async fn exchange(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Option<WireAnswer> {
    parse(&String::from_utf8_lossy(&read_all(server, bytes.as_ref()).await))
}

/// Sends bytes and returns all answers until the server closes. Each answer has its own body; chunks are not joined.
/// Panics if the bytes between two answers belong to neither.
pub async fn conversation(server: SocketAddr, bytes: impl AsRef<[u8]>) -> Vec<WireAnswer> {
    let all = read_all(server, bytes.as_ref()).await;
    let text = String::from_utf8_lossy(&all);
    let (mut rest, mut answers) = (text.as_ref(), Vec::new());
    while !rest.is_empty() {
        let mut answer = parse(rest).unwrap_or_else(|| panic!("after {}: {rest:?}", answers.len()));
        let length = match answer.lines("content-length").as_slice() {
            [length] => length.parse().expect("a length"),
            [] if answer.lines("transfer-encoding") == ["chunked"] => {
                answer.body.find("0\r\n\r\n").expect("a last chunk") + 5
            }
            _ => 0,
        };
        let body = answer.body.split_off(length);
        rest = &rest[rest.len() - body.len()..];
        answers.push(answer);
    }
    answers
}

async fn read_all(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let (mut reading, mut writing) =
        TcpStream::connect(server).await.expect("the server listens").into_split();
    let mut answer = Vec::new();
    // A server that has read enough may answer and close while we are still writing, and needs not read on while
    // nobody reads its answers.
    let exchange = async { tokio::join!(writing.write_all(bytes), reading.read_to_end(&mut answer)) };
    let _ = tokio::time::timeout(Duration::from_secs(30), exchange).await.expect("an answer in time");
    answer
}

fn parse(text: &str) -> Option<WireAnswer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status line");
    let fields = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no field line: {line}"));
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    Some(WireAnswer { status, fields, body: body.to_owned() })
}
