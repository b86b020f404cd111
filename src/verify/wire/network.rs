//! How this machine reaches sites: through which proxy, and which certificate authorities it trusts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::{CertificateDer, ServerName, pem};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::proxy::{Proxies, Proxy};
use crate::db::tls::{certificates, system_roots, trusting};
use crate::domain::Origin;

/// The most bytes of the head of a proxy's answer to CONNECT.
const LONGEST_PROXY_HEAD: usize = 16 * 1024;

/// The way to every site of a check. Copies share what was read once.
#[derive(Clone, Default)]
pub struct Network {
    proxies: Proxies,
    authorities: Vec<CertificateDer<'static>>,
    tls: Arc<OnceLock<TlsConnector>>,
}

/// Why sites cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum NetworkProblem {
    /// The file of authorities cannot be read.
    #[error("--cacert {path}: {cause}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The file holds no certificate.
    #[error("--cacert {path}: the file holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)", path = .0.display())]
    Empty(PathBuf),
    /// There are no authorities at all.
    #[error(
        "this system has no certificate authorities: install ca-certificates, or name a file with --cacert"
    )]
    NoAuthorities,
    /// The authorities were refused.
    #[error("the certificate authorities cannot be used: {0}")]
    Rejected(#[from] rustls::Error),
}

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Network {
    /// The network with these proxies, and with the authorities of a PEM file beside the system's.
    ///
    /// # Errors
    /// A [`NetworkProblem`], if the file cannot be used.
    pub fn new(proxies: Proxies, authorities: Option<&Path>) -> Result<Self, NetworkProblem> {
        let Some(path) = authorities else { return Ok(Self { proxies, ..Self::default() }) };
        let unreadable = |cause: String| NetworkProblem::File { path: path.to_owned(), cause };
        let authorities = certificates(path).map_err(|error| match error {
            pem::Error::Io(error) => unreadable(error.to_string()),
            error => unreadable(format!("the file is not in PEM form: {error}")),
        })?;
        if authorities.is_empty() {
            return Err(NetworkProblem::Empty(path.to_owned()));
        }
        let mut roots = rustls::RootCertStore::empty();
        for certificate in &authorities {
            roots.add(certificate.clone()).map_err(|error| unreadable(error.to_string()))?;
        }
        Ok(Self { proxies, authorities, ..Self::default() })
    }

    /// The certificate authorities that are trusted besides the system's.
    pub(in crate::verify) fn authorities(&self) -> impl Iterator<Item = &[u8]> {
        self.authorities.iter().map(AsRef::as_ref)
    }

    /// Where the proxies are, and the exceptions. Their passwords are left out.
    pub(in crate::verify) fn proxy_names(&self) -> Vec<String> {
        self.proxies.names()
    }

    pub(super) fn proxy(&self, site: &Origin) -> Option<&Proxy> {
        self.proxies.of(site)
    }

    /// What encrypts connections. Reading the system's authorities takes a while, so it is made once.
    pub(super) fn tls(&self) -> Result<TlsConnector, NetworkProblem> {
        if let Some(connector) = self.tls.get() {
            return Ok(connector.clone());
        }
        let mut roots = system_roots();
        for certificate in &self.authorities {
            roots.add(certificate.clone())?;
        }
        if roots.is_empty() {
            return Err(NetworkProblem::NoAuthorities);
        }
        let mut config = trusting(roots)?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self.tls.get_or_init(|| TlsConnector::from(Arc::new(config))).clone())
    }

    /// Connects to a site: to the site itself, to a proxy that passes plain requests on, or through a
    /// tunnel that a proxy opens.
    pub(super) async fn connect(&self, site: &Origin) -> io::Result<Box<dyn Stream>> {
        let host = site.host().trim_matches(['[', ']']);
        let stream: Box<dyn Stream> = match self.proxy(site) {
            None => Box::new(TcpStream::connect((host, site.port())).await?),
            Some(proxy) => {
                let stream =
                    self.connect_to(proxy).await.map_err(|error| at_proxy(proxy, &error.to_string()))?;
                if !site.is_https() {
                    return Ok(stream);
                }
                tunnel(proxy, stream, &format!("{}:{}", site.host(), site.port())).await?
            }
        };
        if site.is_https() { self.encrypt(host, stream).await } else { Ok(stream) }
    }

    async fn connect_to(&self, proxy: &Proxy) -> io::Result<Box<dyn Stream>> {
        let stream = Box::new(TcpStream::connect((proxy.host.as_str(), proxy.port)).await?);
        if proxy.tls { self.encrypt(&proxy.host, stream).await } else { Ok(stream) }
    }

    async fn encrypt(&self, host: &str, stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
        let connector = self.tls().map_err(io::Error::other)?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(connector.connect(name, stream).await.map_err(explained)?))
    }
}

/// Opens a tunnel through a proxy. Nothing of it is read beyond the head: the site does not speak first.
async fn tunnel(proxy: &Proxy, mut stream: Box<dyn Stream>, authority: &str) -> io::Result<Box<dyn Stream>> {
    stream.write_all(&proxy.connect_request(authority)).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() >= LONGEST_PROXY_HEAD {
            return Err(at_proxy(proxy, "its answer does not end"));
        }
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return Err(at_proxy(proxy, "it closed the connection without an answer")),
        }
    }
    let text = String::from_utf8_lossy(&head);
    let mut words = text.split([' ', '\r', '\n']);
    let http = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    match words.next().and_then(|status| status.parse::<u16>().ok()).filter(|_| http) {
        Some(200..=299) => Ok(stream),
        Some(407) => {
            Err(at_proxy(proxy, "it asks for a user name and a password (407): write them into its URL"))
        }
        Some(status) => Err(at_proxy(proxy, &format!("it refuses to connect to {authority} ({status})"))),
        None => Err(at_proxy(proxy, "it does not speak HTTP")),
    }
}

fn at_proxy(proxy: &Proxy, what: &str) -> io::Error {
    io::Error::other(format!("the proxy {}:{}: {what}", proxy.host, proxy.port))
}

/// An error of TLS, with what to do about an authority that is not trusted.
fn explained(error: io::Error) -> io::Error {
    let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if inner != Some(&unknown) {
        return error;
    }
    io::Error::other(
        "this system does not know the authority that signed the certificate; if you trust that authority, name its certificate with --cacert FILE",
    )
}
