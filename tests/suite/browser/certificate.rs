//! The certificate of the stage, from an authority that each run creates.

use std::sync::Arc;

use base64::Engine as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PublicKeyData as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sha2::Digest as _;
use tokio_rustls::TlsAcceptor;

/// Creates an authority and a certificate from it. Returns the acceptor and the digest of the authority's key.
pub fn make() -> (TlsAcceptor, String) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).expect("a certificate");
    let digest = sha2::Sha256::digest(authority_key.subject_public_key_info());
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("a key");
    let names = ["account.victim.example", "sibling.victim.example", "attacker.example", "partner.example"];
    let leaf = CertificateParams::new(names.map(str::to_owned)).expect("parameters");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone(), authority_certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a certificate that fits its key");
    let digest = base64::engine::general_purpose::STANDARD.encode(digest);
    (TlsAcceptor::from(Arc::new(config)), digest)
}
