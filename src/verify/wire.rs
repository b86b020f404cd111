//! One exchange on the wire: it sends a request as bytes and reads the response exactly as it came. An HTTP
//! client would merge header lines, reject malformed ones and never send a malformed request.

pub mod incoming;
mod network;
mod proxy;

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use self::incoming::{IncomingResponse, NotHttp};
use self::network::Stream;
pub use self::network::{Network, NetworkProblem};
pub use self::proxy::{Proxies, ProxyProblem};
use super::response::Response;
use crate::domain::Origin;

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to a site. Each exchange opens a connection of its own.
#[derive(Clone)]
pub struct Wire {
    origin: Origin,
    way: Way,
}

#[derive(Clone)]
enum Way {
    /// To the site itself.
    Network(Network),
    /// To a port of this machine, without TLS.
    Port(u16),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, which need not exist.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The field lines besides Host, Connection and Content-Length.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The request that a browser sends when a person enters a URL.
    #[must_use]
    pub fn navigation(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), fields: Vec::new(), body: Vec::new() }
            .with(
                "user-agent",
                concat!("Mozilla/5.0 (compatible; unframed-verify/", env!("CARGO_PKG_VERSION"), ")"),
            )
            .with("accept", "text/html,*/*;q=0.8")
            // A compressed page could only be judged after it is unpacked, which a hostile one makes endless.
            .with("accept-encoding", "identity")
            .with("sec-fetch-dest", "document")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-site", "none")
            .with("sec-fetch-user", "?1")
    }

    /// Sets a field; an empty value removes it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(given, _)| given != name);
        if !value.is_empty() {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The request that a browser sends for a form of the same site.
    #[must_use]
    pub fn submission(origin: &Origin, path: &str, body: &str) -> Self {
        let mut request = Self::navigation("POST", path)
            .with("origin", origin.as_str())
            .with("sec-fetch-site", "same-origin")
            .with("content-type", "application/x-www-form-urlencoded");
        request.body = body.as_bytes().to_vec();
        request
    }

    /// The request on the wire. A proxy that reads it needs the whole URL, and a line of its own.
    fn bytes(&self, origin: &Origin, proxy: Option<&str>) -> Vec<u8> {
        let authority = origin.as_str().split_once("://").map_or("", |(_, authority)| authority);
        let start = proxy.map_or("", |_| origin.as_str());
        let mut head = format!(
            "{} {start}{} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n{}",
            self.method,
            self.path,
            proxy.unwrap_or_default()
        );
        for (name, value) in &self.fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

impl Wire {
    /// The way to the site itself.
    ///
    /// # Errors
    /// A [`NetworkProblem`], if there are no certificate authorities.
    pub fn to(origin: &Origin, network: &Network) -> Result<Self, NetworkProblem> {
        if origin.is_https() {
            network.tls()?;
        }
        Ok(Self { origin: origin.clone(), way: Way::Network(network.clone()) })
    }

    /// The way to a server on this machine that is configured for `origin`, without TLS, as its proxy uses.
    #[must_use]
    pub fn behind(origin: &Origin, port: u16) -> Self {
        Self { origin: origin.clone(), way: Way::Port(port) }
    }

    /// The field line for a proxy that reads the requests, as proxies do on the way to sites without TLS.
    fn reading_proxy(&self) -> Option<String> {
        match &self.way {
            Way::Network(network) if !self.origin.is_https() => {
                network.proxy(&self.origin).map(proxy::Proxy::authorization_line)
            }
            _ => None,
        }
    }

    /// The value of Proxy-Authorization for the site's proxy.
    pub(super) fn proxy_authorization(&self) -> Option<&str> {
        match &self.way {
            Way::Network(network) => network.proxy(&self.origin)?.authorization.as_deref(),
            _ => None,
        }
    }

    /// Whether a proxy reads the requests, so that it would answer malformed ones itself.
    #[must_use]
    pub fn is_read_by_proxy(&self) -> bool {
        self.reading_proxy().is_some()
    }

    /// The site.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Sends a request and waits for the response.
    ///
    /// # Errors
    /// If the server cannot be reached or trusted, is not HTTP, or does not answer in time.
    pub async fn ask(&self, request: &Request) -> io::Result<Response> {
        let bytes = request.bytes(&self.origin, self.reading_proxy().as_deref());
        self.ask_raw(&bytes, request.method == "HEAD").await
    }

    /// Sends bytes, which need not be HTTP. A response to HEAD is `bodiless`.
    ///
    /// # Errors
    /// As [`Wire::ask`].
    pub async fn ask_raw(&self, bytes: &[u8], bodiless: bool) -> io::Result<Response> {
        let deadline = Instant::now() + PATIENCE;
        let connected = async {
            match &self.way {
                Way::Network(network) => network.connect(&self.origin).await,
                Way::Port(port) => {
                    let stream: Box<dyn Stream> = Box::new(TcpStream::connect(("127.0.0.1", *port)).await?);
                    Ok(stream)
                }
            }
        };
        let stream = tokio::time::timeout_at(deadline, connected).await.map_err(|_elapsed| late())??;
        converse(stream, bytes, bodiless, deadline).await
    }
}

/// Reads while it writes: a server that refuses an oversized request answers before it has read all of it.
async fn converse(
    stream: Box<dyn Stream>,
    bytes: &[u8],
    bodiless: bool,
    deadline: Instant,
) -> io::Result<Response> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut incoming = IncomingResponse::new(bodiless);
    let reading = async {
        loop {
            let count = match reader.read_buf(incoming.buffer()).await {
                Ok(count) => count,
                // A reset connection, after a response that may be complete.
                Err(_) if incoming.has_begun() => 0,
                Err(error) => return Err(error),
            };
            let not_http = |problem| io::Error::new(io::ErrorKind::InvalidData, problem);
            match incoming.read(count == 0).map_err(not_http)? {
                Some(response) => return Ok(response),
                None if count == 0 => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the connection was closed without an answer",
                    ));
                }
                None => {}
            }
        }
    };
    let writing = async {
        // A server that refuses an oversized request may stop reading it: only the response counts.
        let _ = writer.write_all(bytes).await;
        let _ = writer.flush().await;
        std::future::pending::<std::convert::Infallible>().await
    };
    let result = tokio::select! {
        response = reading => Some(response),
        never = writing => match never {},
        () = tokio::time::sleep_until(deadline) => None,
    };
    // A body without an end, such as a stream of events, is judged by what has come of it. If nothing has, a browser may
    // show something later.
    let begun = || incoming.so_far().filter(|response| !response.body.is_empty());
    result.unwrap_or_else(|| begun().ok_or_else(late))
}

/// Whether a server answered that does not speak HTTP.
pub(super) fn is_not_http(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<NotHttp>)
}

/// The error without the bytes that it quotes of an answer, which may repeat a part of a secret.
pub(super) fn without_quote(error: io::Error) -> io::Error {
    let quotes = error.get_ref().and_then(|inner| inner.downcast_ref()).is_some_and(NotHttp::is_quote);
    if quotes { io::Error::new(error.kind(), NotHttp::Unknown) } else { error }
}

fn late() -> io::Error {
    let seconds = PATIENCE.as_secs();
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {seconds} seconds"))
}
