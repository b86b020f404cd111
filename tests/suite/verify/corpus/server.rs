//! The server of the corpus: the pages around the frames, and the framed responses, byte for byte as a case
//! says. It speaks http and https on one port, so that a case can change the scheme alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use unframed::verify::browser::certificate;

use super::case::{Case, cases_at};
use super::position::Position;
use crate::browser::world;
use crate::harness::database::RUNTIME;

/// The colour of a framed page. An attribute sets it, because a policy may forbid styles.
pub const COLOUR: [u8; 3] = [255, 0, 255];

/// The server. It ends with the test run.
pub struct Server {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The digest of the certificate authority's key, for Chromium to trust.
    pub key: String,
    seen: Arc<Mutex<Seen>>,
}

/// What was asked of the server.
#[derive(Default)]
struct Seen {
    answered: BTreeSet<(Position, usize)>,
    unchanged: usize,
}

impl Server {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a socket");
        let (acceptor, key) = certificate::make(&world::NAMES.map(str::to_owned)).expect("a certificate");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let answers = seen.clone();
        RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), answers.clone());
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    // A TLS connection begins with a record of type 22.
                    let mut first = [0];
                    if stream.peek(&mut first).await.is_ok_and(|_| first == [22]) {
                        let Ok(stream) = acceptor.accept(stream).await else { return };
                        converse(stream, port, &seen).await;
                    } else {
                        converse(stream, port, &seen).await;
                    }
                });
            }
        });
        Self { port, key, seen }
    }

    /// Waits until each frame of these positions has asked for its page.
    pub async fn has_answered(&self, positions: &[Position]) {
        let wanted = |&position: &Position| cases_at(position).into_iter().map(move |case| (position, case));
        let wanted: BTreeSet<_> = positions.iter().flat_map(wanted).collect();
        for _ in 0..3000 {
            if self.seen.lock().unwrap().answered.is_superset(&wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let seen = self.seen.lock().unwrap();
        let silent: Vec<_> = wanted.difference(&seen.answered).collect();
        panic!("{} of {} frames did not ask within a minute: {silent:?}", silent.len(), wanted.len());
    }

    /// Forgets the requests so far, and returns how many of them were answered with 304.
    pub fn forget(&self) -> usize {
        std::mem::take(&mut *self.seen.lock().unwrap()).unchanged
    }
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16, seen: &Mutex<Seen>) {
    let mut head = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut head).await {
        assert!(head.len() < 65536, "a request is small");
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let request = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
        head.drain(..end + 4);
        if stream.write_all(&answer(&request, port, seen)).await.is_err() {
            return;
        }
        let _ = stream.flush().await;
    }
}

fn answer(request: &str, port: u16, seen: &Mutex<Seen>) -> Vec<u8> {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let kind = parts.next().unwrap_or_default();
    let numbers: Vec<usize> = parts.filter_map(|part| part.parse().ok()).collect();
    let [position, number] = numbers[..] else {
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec();
    };
    let place = Position::ALL[position];
    let page = match kind {
        "top" => Some(place.top_page(port)),
        "page" => Some(place.page(number, port)),
        _ => None,
    };
    if let Some(page) = page {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncache-control: no-store";
        return format!("{head}\r\ncontent-length: {}\r\n\r\n{page}", page.len()).into_bytes();
    }
    let case = &Case::all()[number];
    if kind == "case" && case.redirect.is_some() {
        return case.redirect_head(&format!("/redirected/{position}/{number}"), port);
    }
    let mut seen = seen.lock().unwrap();
    seen.answered.insert((place, number));
    if case.unchanged.is_some() && request.contains("\r\nif-none-match:") {
        seen.unchanged += 1;
        return case.unchanged_head(port);
    }
    case.response(port)
}
