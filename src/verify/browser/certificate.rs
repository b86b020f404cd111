//! The certificate of pages that frame a site over https, from an authority that each run creates. The browser
//! of the run trusts the authority's key, and nothing else does.

use std::sync::Arc;

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sha2::Digest as _;
use tokio_rustls::TlsAcceptor;

use super::problem::BrowserProblem;

/// Creates an authority and from it a certificate for these names. Returns the acceptor and the digest of the
/// authority's key.
///
/// # Errors
/// A name cannot stand in a certificate.
pub fn make(names: &[String]) -> Result<(TlsAcceptor, String), BrowserProblem> {
    let unusable = |error: rcgen::Error| BrowserProblem::Certificate(error.to_string());
    let authority_key = KeyPair::generate().map_err(unusable)?;
    let mut authority = CertificateParams::new(Vec::<String>::new()).map_err(unusable)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).map_err(unusable)?;
    let digest = sha2::Sha256::digest(authority_key.subject_public_key_info());
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().map_err(unusable)?;
    let leaf = CertificateParams::new(names.to_vec()).map_err(unusable)?;
    let leaf = leaf.signed_by(&key, &issuer).map_err(unusable)?;
    let broken = |error: &dyn std::fmt::Display| BrowserProblem::Certificate(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone(), authority_certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| broken(&error))?,
        )
        .map_err(|error| broken(&error))?;
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    Ok((TlsAcceptor::from(Arc::new(config)), digest))
}
