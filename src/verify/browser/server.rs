//! Serves the attacker's pages on this machine while the check runs, over http and https, under any name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::attacker::{self, AttackPage};
use super::certificate;
use super::problem::BrowserProblem;

/// The path of a page that every site may frame, with a button: each vector must show it.
pub(super) const OPEN: &str = "/control/open";
/// The path of a page that no site may frame.
pub(super) const DENIED: &str = "/control/denied";

/// The longest request head, and the longest that one exchange may take.
const LONGEST_HEAD: usize = 32 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// The running server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Server {
    /// The port for http.
    pub(super) http: u16,
    /// The port for https.
    pub(super) https: u16,
    /// The digest of the key that the browser has to trust.
    pub(super) key: String,
    went_back: Arc<AtomicBool>,
    tasks: [JoinHandle<()>; 2],
}

impl Server {
    /// Starts it, with a certificate for these names.
    pub(super) async fn start(names: &[String]) -> Result<Self, BrowserProblem> {
        let (acceptor, key) = certificate::make(names)?;
        let (plain, secure) = (listen().await?, listen().await?);
        let went_back = Arc::new(AtomicBool::new(false));
        let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
        let failed = |cause| BrowserProblem::Io { what: "127.0.0.1".to_owned(), cause };
        Ok(Self {
            http: port(&plain).map_err(failed)?,
            https: port(&secure).map_err(failed)?,
            key,
            tasks: [
                tokio::spawn(serve(plain, None, Arc::clone(&went_back))),
                tokio::spawn(serve(secure, Some(acceptor), Arc::clone(&went_back))),
            ],
            went_back,
        })
    }

    /// Whether the vector of the session history has gone back since [`Server::forget`].
    pub(super) fn went_back(&self) -> bool {
        self.went_back.load(Ordering::Relaxed)
    }

    /// Begins the next load.
    pub(super) fn forget(&self) {
        self.went_back.store(false, Ordering::Relaxed);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen() -> Result<TcpListener, BrowserProblem> {
    TcpListener::bind(("127.0.0.1", 0)).await.map_err(BrowserProblem::io("127.0.0.1"))
}

async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, went_back: Arc<AtomicBool>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example: the browser asks again.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, went_back) = (acceptor.clone(), Arc::clone(&went_back));
        tokio::spawn(tokio::time::timeout(PATIENCE, async move {
            match acceptor {
                None => answer(stream, &went_back).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => answer(stream, &went_back).await,
                    Err(_not_tls) => {}
                },
            }
        }));
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, went_back: &AtomicBool) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read_buf(&mut head).await {
            Ok(count) if count > 0 && head.len() <= LONGEST_HEAD => {}
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.split(' ').nth(1).unwrap_or_default();
    let response = respond(target, went_back);
    // The browser may have gone.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn respond(target: &str, went_back: &AtomicBool) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if (path, query) == ("/collect", "back") {
        went_back.store(true, Ordering::Relaxed);
    }
    let control = format!("<!doctype html><title>Control</title><button>{path}</button>");
    let (line, page) = match path {
        OPEN => ("", Some(AttackPage { status: 200, location: None, body: control })),
        DENIED => {
            ("x-frame-options: DENY\r\n", Some(AttackPage { status: 200, location: None, body: control }))
        }
        _ => ("", attacker::page(path, |name| parameter(query, name))),
    };
    let page = page.unwrap_or(AttackPage { status: 404, location: None, body: String::new() });
    // Only a target that could split the line would not be a URL.
    let location = page.location.filter(|location| location.bytes().all(|byte| byte.is_ascii_graphic()));
    let location = location.map(|location| format!("location: {location}\r\n")).unwrap_or_default();
    format!(
        "HTTP/1.1 {} .\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nconnection: close\r\n{line}{location}\r\n{}",
        page.status,
        page.body.len(),
        page.body
    )
}

fn parameter(query: &str, name: &str) -> String {
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_cannot_add_a_header_line_and_an_unknown_path_is_a_404() {
        let seen = AtomicBool::new(false);
        let split = respond("/redirect?status=302&u=https://x.example/%0d%0aSet-Cookie:a", &seen);
        assert!(split.starts_with("HTTP/1.1 302 ") && !split.contains("Set-Cookie"), "{split}");
        let kept = respond("/redirect?status=302&u=https%3A%2F%2Fx.example%2F%3Fa%3D1", &seen);
        assert!(kept.contains("\r\nlocation: https://x.example/?a=1\r\n"), "{kept}");
        assert!(respond("/no-such-page", &seen).starts_with("HTTP/1.1 404 "));
        assert!(respond(DENIED, &seen).contains("\r\nx-frame-options: DENY\r\n"));
        assert!(!seen.load(Ordering::Relaxed));
        respond("/collect?back", &seen);
        assert!(seen.load(Ordering::Relaxed));
    }
}
