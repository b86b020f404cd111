//! TLS to the database. There is one mode: the certificate chain and the host name are always verified.

use std::path::{Path, PathBuf};

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

/// The certificate files of a connection string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// `sslrootcert`: the authorities that may sign the server's certificate. `None`: the system's roots.
    pub root: Option<PathBuf>,
    /// `sslcert` and `sslkey`: our client certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Why the certificate files give no TLS configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsProblem {
    /// A file cannot be read as PEM.
    #[error("{parameter}: cannot read {path}")]
    File {
        /// The parameter that names it.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: pem::Error,
    },
    /// The root file holds no certificate, or the system has no roots.
    #[error("sslrootcert: no certificate authority found{0}")]
    NoRoots(String),
    /// The client certificate does not match its key, or a root is not a certificate authority.
    #[error("the certificate files do not match")]
    Rejected(#[from] rustls::Error),
}

/// Builds the TLS configuration from the certificate files.
pub fn client_config(files: &TlsFiles) -> Result<ClientConfig, TlsProblem> {
    let unreadable = |parameter, path: &Path| {
        let path = path.to_owned();
        move |source| TlsProblem::File { parameter, path, source }
    };
    let mut roots = RootCertStore::empty();
    if let Some(path) = &files.root {
        for certificate in certificates(path).map_err(unreadable("sslrootcert", path))? {
            roots.add(certificate)?;
        }
        if roots.is_empty() {
            return Err(TlsProblem::NoRoots(format!(" in {}", path.display())));
        }
    } else {
        roots = system_roots();
        if roots.is_empty() {
            return Err(TlsProblem::NoRoots(
                " on this system: install ca-certificates or give sslrootcert".into(),
            ));
        }
    }
    let builder = trusting(roots)?;
    Ok(match &files.client {
        Some((cert_path, key_path)) => {
            let chain = certificates(cert_path).map_err(unreadable("sslcert", cert_path))?;
            let key = PrivateKeyDer::from_pem_file(key_path).map_err(unreadable("sslkey", key_path))?;
            builder.with_client_auth_cert(chain, key)?
        }
        None => builder.with_no_client_auth(),
    })
}

/// The authorities that the system trusts; none, where it has no such list.
#[must_use]
pub fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// A configuration that verifies servers by these authorities.
pub fn trusting(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots))
}

/// The certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}
