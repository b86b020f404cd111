//! TLS to the database. There is one mode: the certificate chain and the host name are always verified.

use std::path::PathBuf;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

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
        source: rustls::pki_types::pem::Error,
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
    let mut roots = RootCertStore::empty();
    if let Some(path) = &files.root {
        for certificate in certificates("sslrootcert", path)? {
            roots.add(certificate)?;
        }
        if roots.is_empty() {
            return Err(TlsProblem::NoRoots(format!(" in {}", path.display())));
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(TlsProblem::NoRoots(
                " on this system: install ca-certificates or give sslrootcert".into(),
            ));
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(match &files.client {
        Some((cert_path, key_path)) => {
            let chain = certificates("sslcert", cert_path)?;
            let key = PrivateKeyDer::from_pem_file(key_path).map_err(|source| TlsProblem::File {
                parameter: "sslkey",
                path: key_path.clone(),
                source,
            })?;
            builder.with_client_auth_cert(chain, key)?
        }
        None => builder.with_no_client_auth(),
    })
}

fn certificates(parameter: &'static str, path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let unreadable = |source| TlsProblem::File { parameter, path: path.clone(), source };
    CertificateDer::pem_file_iter(path).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)
}
