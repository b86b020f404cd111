//! Sends one receipt: a POST over HTTP/1.1 to an address that was checked, without following a redirect. Of the response
//! only the status counts.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use super::WebhookTally;
use crate::db::tls::{TlsFiles, TlsProblem, client_config};
use crate::domain::WebhookUrl;
use crate::security::public_address::is_public;

/// The time that a whole exchange may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of a head that are read.
const LONGEST_HEAD: usize = 16 * 1024;
/// The most field lines of a head.
const MOST_FIELDS: usize = 64;

/// The way to applications.
#[derive(Clone)]
pub struct Delivery {
    tls: TlsConnector,
    allowed_hosts: Vec<String>,
    tally: Arc<WebhookTally>,
    /// The applications to which a receipt is being sent. Each gets one at a time, so that a slow one delays no other.
    busy: Arc<Mutex<Vec<Uuid>>>,
}

/// Why a receipt was not sent. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryProblem {
    /// The stored URL is none.
    #[error("its URL is malformed")]
    Url,
    /// The host is not on the public internet, and the operator has not allowed it.
    #[error("{0} is not a public address, and its host is not in WEBHOOK_ALLOWED_HOSTS")]
    NotPublic(IpAddr),
    /// The host has no address.
    #[error("its host has no address")]
    NoAddress,
    /// The connection, or TLS.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The application did not answer in time.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    /// The response is no HTTP.
    #[error("the response is not HTTP/1.1")]
    NotHttp,
    /// The application answered otherwise than by 2xx.
    #[error("the answer was {0}")]
    Status(u16),
}

impl DeliveryProblem {
    /// Whether we refused to send it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Url | Self::NotPublic(_))
    }
}

impl Delivery {
    /// The way to applications on the public internet and on the allowed hosts.
    ///
    /// # Errors
    /// A [`TlsProblem`], if the system has no certificate authorities.
    pub fn new(allowed_hosts: Vec<String>, tally: Arc<WebhookTally>) -> Result<Self, TlsProblem> {
        let mut config = client_config(&TlsFiles::default())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), allowed_hosts, tally, busy: Arc::default() })
    }

    pub(super) fn busy(&self) -> &Mutex<Vec<Uuid>> {
        &self.busy
    }

    /// The attempts since the start.
    #[must_use]
    pub fn tally(&self) -> &WebhookTally {
        &self.tally
    }

    /// Sends a receipt.
    ///
    /// # Errors
    /// A [`DeliveryProblem`]: it was not taken, as far as we know.
    pub async fn send(&self, url: &str, receipt: &str) -> Result<(), DeliveryProblem> {
        let url = WebhookUrl::parse(url).map_err(|_malformed| DeliveryProblem::Url)?;
        let exchange = async {
            // One after the other, as they are listed: a host may not listen at each.
            let stream = TcpStream::connect(self.resolve(&url).await?.as_slice()).await?;
            let request = request(&url, receipt);
            if !url.is_https() {
                return exchange(stream, &request).await;
            }
            let name = ServerName::try_from(url.host().to_owned()).map_err(io::Error::other)?;
            exchange(self.tls.connect(name, stream).await?, &request).await
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(status)) if (200..300).contains(&status) => Ok(()),
            Ok(Ok(status)) => Err(DeliveryProblem::Status(status)),
            Ok(Err(problem)) => Err(problem),
            Err(_elapsed) => Err(DeliveryProblem::TooSlow),
        }
    }

    /// The addresses to connect to. The host is resolved once and checked, so that a name that changes its address in between (DNS
    /// rebinding) leads nowhere else. One address that is not public refuses the host.
    async fn resolve(&self, url: &WebhookUrl) -> Result<Vec<SocketAddr>, DeliveryProblem> {
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((url.host(), url.port())).await?.collect();
        let allowed = self.allowed_hosts.iter().any(|host| host == url.host());
        let private = addresses.iter().map(SocketAddr::ip).find(|address| !is_public(*address));
        match private {
            Some(address) if !allowed => Err(DeliveryProblem::NotPublic(address)),
            _ if addresses.is_empty() => Err(DeliveryProblem::NoAddress),
            _ => Ok(addresses),
        }
    }
}

/// The bytes of the request. The URL has no character that could end a line.
fn request(url: &WebhookUrl, receipt: &str) -> Vec<u8> {
    let body = serde_json::json!({ "receipt": receipt }).to_string();
    format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         User-Agent: unframed/{}\r\nAccept: */*\r\nConnection: close\r\n\r\n{body}",
        url.path_and_query(),
        url.authority(),
        body.len(),
        env!("CARGO_PKG_VERSION"),
    )
    .into_bytes()
}

/// Sends the request and reads the head of the response. The body is never read.
async fn exchange<S>(mut stream: S, request: &[u8]) -> Result<u16, DeliveryProblem>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut received = Vec::new();
    loop {
        match status(&received)? {
            // Only the last head counts (RFC 9110 §15.2).
            Some((100..200, length)) => {
                received.drain(..length);
                continue;
            }
            Some((status, _)) => return Ok(status),
            None if received.len() >= LONGEST_HEAD => return Err(DeliveryProblem::NotHttp),
            None => {}
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Err(DeliveryProblem::NotHttp);
        }
    }
}

/// The status of a head and its length; `None` before its end.
fn status(received: &[u8]) -> Result<Option<(u16, usize)>, DeliveryProblem> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    match response.parse(received) {
        Ok(httparse::Status::Complete(length)) => Ok(response.code.map(|code| (code, length))),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_malformed) => Err(DeliveryProblem::NotHttp),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const RECEIPT: &str = "aGVhZGVy.cGF5bG9hZA.c2ln";

    fn delivery(allowed: &[&str]) -> Delivery {
        Delivery::new(allowed.iter().map(|host| (*host).to_owned()).collect(), Arc::default()).unwrap()
    }

    /// A server that answers one request with these bytes, and the request that it got.
    async fn server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        (port, task)
    }

    #[tokio::test]
    async fn a_receipt_is_posted_as_json_and_the_status_alone_decides() {
        for (answer, taken) in [
            ("HTTP/1.1 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nx", true),
            ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", false),
            ("HTTP/1.1 500 Oops\r\n\r\n", false),
            ("nonsense", false),
            ("HTTP/1.1 200", false),
        ] {
            let (port, request) = server(answer).await;
            let url = format!("http://127.0.0.1:{port}/hook?a=b");
            let sent = delivery(&["127.0.0.1"]).send(&url, RECEIPT).await;
            assert_eq!(sent.is_ok(), taken, "{answer}: {sent:?}");
            let request = request.await.unwrap();
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
            assert!(head.contains(&format!("Host: 127.0.0.1:{port}\r\n")), "{head}");
            assert!(head.contains("Content-Type: application/json\r\n"), "{head}");
            assert_eq!(body, format!("{{\"receipt\":\"{RECEIPT}\"}}"));
        }
    }

    #[tokio::test]
    async fn an_address_that_is_not_public_is_refused_unless_its_host_is_allowed_by_name() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"] {
            for scheme in ["https", "http"] {
                let url = format!("{scheme}://{host}:{port}/");
                let sent = delivery(&["other.example", "127.0.0.2"]).send(&url, RECEIPT).await;
                assert!(sent.as_ref().is_err_and(DeliveryProblem::is_refusal), "{url}: {sent:?}");
            }
        }
        let unconnected = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(unconnected.is_err(), "nothing has connected");
    }

    #[tokio::test]
    async fn a_head_without_an_end_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
            while stream.write_all(b"X: ").await.is_ok()
                && stream.write_all(&vec![b'x'; 1000]).await.is_ok()
                && stream.write_all(b"\r\n").await.is_ok()
            {}
        });
        let sent = delivery(&["127.0.0.1"]).send(&format!("http://127.0.0.1:{port}/"), RECEIPT).await;
        assert!(matches!(sent, Err(DeliveryProblem::NotHttp | DeliveryProblem::Io(_))), "{sent:?}");
    }
}
