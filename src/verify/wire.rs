//! One exchange on the wire: a request as bytes, the answer as it came. A client library would
//! merge lines, refuse odd ones and never send a malformed request; a check needs all three.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::response::Response;
use crate::db::tls::{TlsFiles, client_config};
use crate::domain::Origin;

/// The most bytes of a response that are read.
const LONGEST: usize = 1024 * 1024;
/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A way to a site. Each exchange takes a connection of its own.
#[derive(Clone)]
pub struct Wire {
    origin: Origin,
    address: (String, u16),
    tls: Option<TlsConnector>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method; an invented one is sent as it is.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Field lines besides Host and Connection.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// What a browser sends when somebody opens an address.
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

    /// With a field put over what was there; an empty value takes it away.
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
    /// To the site itself.
    ///
    /// # Errors
    /// When the system has no certificate authorities.
    pub fn to(origin: &Origin) -> Result<Self, String> {
        let tls = if origin.is_https() {
            let mut config: ClientConfig =
                client_config(&TlsFiles::default()).map_err(|problem| problem.to_string())?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some(TlsConnector::from(Arc::new(config)))
        } else {
            None
        };
        let host = origin.host().trim_matches(['[', ']']).to_owned();
        Ok(Self { origin: origin.clone(), address: (host, origin.port()), tls })
    }

    /// To a server on this machine that believes to be at `origin`, without TLS: as its proxy would.
    #[must_use]
    pub fn behind(origin: &Origin, port: u16) -> Self {
        Self { origin: origin.clone(), address: ("127.0.0.1".to_owned(), port), tls: None }
    }

    /// The site.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// When there is none: not reached, not trusted, closed in silence, too late.
    pub async fn ask(&self, request: &Request) -> io::Result<Response> {
        self.ask_raw(&request.bytes(&self.origin), request.method == "HEAD").await
    }

    /// Sends bytes that need not be HTTP.
    ///
    /// # Errors
    /// As [`Wire::ask`].
    pub async fn ask_raw(&self, bytes: &[u8], bodiless: bool) -> io::Result<Response> {
        let late = |_elapsed| io::Error::new(io::ErrorKind::TimedOut, "no answer within ten seconds");
        tokio::time::timeout(PATIENCE, self.exchange(bytes, bodiless)).await.map_err(late)?
    }

    async fn exchange(&self, bytes: &[u8], bodiless: bool) -> io::Result<Response> {
        let stream = TcpStream::connect(&self.address).await?;
        match &self.tls {
            None => converse(stream, bytes, bodiless).await,
            Some(connector) => {
                let name = ServerName::try_from(self.address.0.clone()).map_err(io::Error::other)?;
                converse(connector.connect(name, stream).await?, bytes, bodiless).await
            }
        }
    }
}

async fn converse<S>(stream: S, bytes: &[u8], bodiless: bool) -> io::Result<Response>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut received = Vec::new();
    let reading = async {
        loop {
            let count = match reader.read_buf(&mut received).await {
                Ok(count) => count,
                // Closed without a goodbye, after an answer that may well be whole.
                Err(_) if !received.is_empty() => 0,
                Err(error) => return Err(error),
            };
            match answer(&received, bodiless, count == 0) {
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
        // Whoever refuses an oversized request may stop reading it: the answer is what counts.
        let _ = writer.write_all(bytes).await;
        let _ = writer.flush().await;
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        response = reading => response,
        never = writing => match never {},
    }
}

/// The final response, once its end is there, or the connection's.
fn answer(received: &[u8], bodiless: bool, closed: bool) -> Option<Response> {
    let (mut response, length) = Response::head(received)?;
    let rest = received.get(length..)?;
    if (100..200).contains(&response.status) && response.status != 101 {
        return answer(rest, bodiless, closed);
    }
    if bodiless || matches!(response.status, 101 | 204 | 304) {
        return Some(response);
    }
    let chunked =
        response.lines("transfer-encoding").any(|line| line.to_ascii_lowercase().contains("chunked"));
    let announced = response.first("content-length").and_then(|text| text.parse::<usize>().ok());
    let (body, whole) = if chunked {
        unchunk(rest)
    } else {
        let length = announced.unwrap_or(usize::MAX).min(rest.len());
        (rest.get(..length)?.to_vec(), announced.is_some_and(|announced| rest.len() >= announced))
    };
    response.body = body;
    (whole || closed || rest.len() >= LONGEST).then_some(response)
}

/// The data of the chunks so far, and whether the last was there.
fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return (body, false) };
        let line = rest.get(..end).map(String::from_utf8_lossy).unwrap_or_default();
        let size = line.split(';').next().and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
        match size {
            None | Some(0) => return (body, true),
            Some(size) => {
                let data = rest.get(end + 2..).unwrap_or_default();
                body.extend_from_slice(data.get(..size.min(data.len())).unwrap_or_default());
                rest = data.get(size.saturating_add(2).min(data.len())..).unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_end_and_no_further() {
        let chunked = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n";
        let response = answer(chunked, false, false).unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, b"Wikipedia ".as_slice()));
        assert_eq!(answer(&chunked[..chunked.len() - 6], false, false), None);
        let measured = b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabcdef";
        assert_eq!(answer(measured, false, false).unwrap().body, b"abc");
        assert_eq!(answer(&measured[..measured.len() - 4], false, false), None);
        assert_eq!(answer(&measured[..measured.len() - 4], false, true).unwrap().body, b"ab");
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", true, false).unwrap().body, b"");
    }
}
