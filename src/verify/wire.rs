//! One exchange on the wire: it sends a request as bytes and reads the response exactly as it came. An HTTP
//! client would merge header lines, reject malformed ones and never send a malformed request.

mod incoming;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(in crate::verify) use self::incoming::LONGEST_BODY;
use self::incoming::{IncomingResponse, NotHttp};
use super::response::Response;
use crate::db::tls::{TlsFiles, TlsProblem, client_config};
use crate::domain::Origin;

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to a site. Each exchange opens a connection of its own.
#[derive(Clone)]
pub struct Wire {
    origin: Origin,
    address: (String, u16),
    tls: Option<TlsConnector>,
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

    fn bytes(&self, origin: &Origin) -> Vec<u8> {
        let authority = origin.as_str().split_once("://").map_or("", |(_, authority)| authority);
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n", self.method, self.path);
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
    /// A [`TlsProblem`], if the system has no certificate authorities.
    pub fn to(origin: &Origin) -> Result<Self, TlsProblem> {
        let tls = if origin.is_https() {
            let mut config = client_config(&TlsFiles::default())?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some(TlsConnector::from(Arc::new(config)))
        } else {
            None
        };
        let host = origin.host().trim_matches(['[', ']']).to_owned();
        Ok(Self { origin: origin.clone(), address: (host, origin.port()), tls })
    }

    /// The way to a server on this machine that is configured for `origin`, without TLS, as its proxy uses.
    #[must_use]
    pub fn behind(origin: &Origin, port: u16) -> Self {
        Self { origin: origin.clone(), address: ("127.0.0.1".to_owned(), port), tls: None }
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
        self.ask_raw(&request.bytes(&self.origin), request.method == "HEAD").await
    }

    /// Sends bytes, which need not be HTTP. A response to HEAD is `bodiless`.
    ///
    /// # Errors
    /// As [`Wire::ask`].
    pub async fn ask_raw(&self, bytes: &[u8], bodiless: bool) -> io::Result<Response> {
        let deadline = Instant::now() + PATIENCE;
        let connected = async {
            let stream = TcpStream::connect(&self.address).await?;
            let Some(connector) = &self.tls else { return Ok::<_, io::Error>(Stream::Plain(stream)) };
            let name = ServerName::try_from(self.address.0.clone()).map_err(io::Error::other)?;
            Ok(Stream::Tls(Box::new(connector.connect(name, stream).await?)))
        };
        match tokio::time::timeout_at(deadline, connected).await.map_err(|_elapsed| late())?? {
            Stream::Plain(stream) => converse(stream, bytes, bodiless, deadline).await,
            Stream::Tls(stream) => converse(stream, bytes, bodiless, deadline).await,
        }
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Reads while it writes: a server that refuses an oversized request answers before it has read all of it.
async fn converse<S>(stream: S, bytes: &[u8], bodiless: bool, deadline: Instant) -> io::Result<Response>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
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
    // A body without an end, such as a stream of events, is judged by what has come of it.
    result.unwrap_or_else(|| incoming.so_far().ok_or_else(late))
}

/// Whether a server answered that does not speak HTTP.
pub(super) fn is_not_http(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<NotHttp>)
}

fn late() -> io::Error {
    let seconds = PATIENCE.as_secs();
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {seconds} seconds"))
}
