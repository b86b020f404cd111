//! Receipts of confirmations: signed statements of what a user was shown and decided, which an application verifies without
//! asking us. Compact JWS (RFC 7515) with Ed25519 (RFC 8037); the keys are published as a JWK Set (RFC 7517).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::seal::{Seal, SealProblem};
use crate::config::SecretKeys;

/// The media type of a receipt, in its header `typ`.
pub const TYPE: &str = "unframed-receipt+jwt";
/// RFC 9864 prefers the name `Ed25519`, which fewer libraries know.
const ALGORITHM: &str = "EdDSA";

/// Makes signing keys, and opens stored ones.
#[derive(Debug)]
pub struct ReceiptKeys(Seal);

/// A new signing key, to be stored.
pub struct GeneratedKey {
    /// Its name: the JWK thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// The public key.
    pub public_key: Vec<u8>,
    /// The private key, sealed.
    pub sealed_private_key: Vec<u8>,
}

/// A key that signs.
pub struct Signer {
    kid: String,
    pair: Ed25519KeyPair,
}

/// Why a key cannot be made or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The operating system gives no random bytes.
    #[error("no random bytes for a signing key")]
    NoRandomness,
    /// A stored key cannot be opened.
    #[error(
        "the signing key {0} cannot be decrypted with any key in SECRET_KEY: `unframed admin keys rotate` makes another one"
    )]
    Unreadable(String),
}

/// The claims of a receipt. `docs/CONFIRMATIONS.md` describes them to applications.
#[derive(Debug, Serialize)]
pub struct Claims<'a> {
    /// Who says it: `PUBLIC_URL`.
    pub iss: &'a str,
    /// The application that asked.
    pub aud: Uuid,
    /// The account that decided.
    pub sub: Uuid,
    /// When, in seconds since 1970.
    pub iat: i64,
    /// Identifies the receipt.
    pub jti: Uuid,
    /// The confirmation.
    pub confirmation: Uuid,
    /// `approved` or `declined`.
    pub outcome: &'a str,
    /// The digest of what was shown.
    pub displayed: &'a str,
    /// The kind of proof of an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<&'a str>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// A public key as applications read it (RFC 8037 §2).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    /// The key itself, as base64url.
    x: String,
    /// The id of the key, which the header of a receipt names.
    kid: String,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
}

impl Jwk {
    /// A published key.
    #[must_use]
    pub fn new(kid: String, public_key: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        Self { kty: "OKP", crv: "Ed25519", x, kid, purpose: "sig", alg: ALGORITHM }
    }
}

/// The published keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct JwkSet {
    /// The keys, newest first.
    pub keys: Vec<Jwk>,
}

fn thumbprint(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}")))
}

impl ReceiptKeys {
    /// Derives the key that seals them.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Seal::new(secrets, "signing key of receipts"))
    }

    /// Makes a key.
    ///
    /// # Errors
    /// [`KeyProblem::NoRandomness`].
    pub fn generate(&self) -> Result<GeneratedKey, KeyProblem> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_no_randomness| KeyProblem::NoRandomness)?;
        let pair =
            Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_unreadable| KeyProblem::NoRandomness)?;
        let public_key = pair.public_key().as_ref().to_vec();
        let kid = thumbprint(&public_key);
        let sealed_private_key = self
            .0
            .seal(document.as_ref(), kid.as_bytes())
            .map_err(|_no_randomness| KeyProblem::NoRandomness)?;
        Ok(GeneratedKey { kid, public_key, sealed_private_key })
    }

    /// Opens a stored key.
    ///
    /// # Errors
    /// [`KeyProblem::Unreadable`].
    pub fn open(&self, kid: &str, sealed: &[u8]) -> Result<Signer, KeyProblem> {
        let unreadable = || KeyProblem::Unreadable(kid.to_owned());
        let document = self.0.open(sealed, kid.as_bytes()).map_err(|_sealed| unreadable())?;
        let pair = Ed25519KeyPair::from_pkcs8(&document).map_err(|_no_key| unreadable())?;
        Ok(Signer { kid: kid.to_owned(), pair })
    }

    /// Seals a stored key under the first secret; `None` if it is so already.
    ///
    /// # Errors
    /// [`SealProblem`].
    pub fn renew(&self, kid: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealProblem> {
        self.0.renew(sealed, kid.as_bytes())
    }
}

impl Signer {
    /// Signs a receipt: a compact JWS.
    #[must_use]
    pub fn sign(&self, claims: &Claims<'_>) -> String {
        let header = Header { alg: ALGORITHM, kid: &self.kid, typ: TYPE };
        // Structs of texts and numbers always have a JSON form.
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(serde_json::json!(header)), part(serde_json::json!(claims)));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}

impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeneratedKey({})", self.kid)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;
    use crate::config::Config;

    const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const NEW: &str = "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=";

    fn keys(secret_key: &str) -> ReceiptKeys {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("postgresql://root@localhost/d?sslmode=disable".to_owned()),
            "SECRET_KEY" => Some(secret_key.to_owned()),
            "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
            _ => None,
        };
        ReceiptKeys::new(&Config::read(lookup, "test").unwrap().secret_keys)
    }

    #[test]
    fn a_receipt_is_verified_with_the_published_key_and_no_changed_one_is() {
        let generated = keys(NEW).generate().unwrap();
        let signer = keys(NEW).open(&generated.kid, &generated.sealed_private_key).unwrap();
        let claims = Claims {
            iss: "https://account.example.com",
            aud: Uuid::nil(),
            sub: Uuid::nil(),
            iat: 7,
            jti: Uuid::nil(),
            confirmation: Uuid::nil(),
            outcome: "approved",
            displayed: "digest",
            proof: None,
        };
        let receipt = signer.sign(&claims);
        let parts: Vec<&str> = receipt.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("{receipt}") };
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        assert_eq!(
            read(header),
            serde_json::json!({"alg": "EdDSA", "kid": generated.kid, "typ": "unframed-receipt+jwt"})
        );
        assert_eq!(read(payload)["iss"], "https://account.example.com");
        assert!(read(payload).get("proof").is_none());
        let public = UnparsedPublicKey::new(&ED25519, &generated.public_key);
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(public.verify(format!("{header}.{payload}").as_bytes(), &signature).is_ok());
        assert!(public.verify(format!("{header}.{payload}x").as_bytes(), &signature).is_err());
    }

    #[test]
    fn a_stored_key_opens_under_its_own_name_with_its_own_secret() {
        let generated = keys(OLD).generate().unwrap();
        let sealed = &generated.sealed_private_key;
        assert!(keys(OLD).open(&generated.kid, sealed).is_ok());
        let problem = keys(NEW).open(&generated.kid, sealed).unwrap_err().to_string();
        assert!(problem.contains(&generated.kid) && problem.contains("admin keys rotate"), "{problem}");
        assert!(keys(OLD).open("another", sealed).is_err());
        let both = keys(&format!("{NEW},{OLD}"));
        let renewed = both.renew(&generated.kid, sealed).unwrap().unwrap();
        assert!(keys(NEW).open(&generated.kid, &renewed).is_ok());
        assert!(both.renew(&generated.kid, &renewed).unwrap().is_none());
        let shown = format!("{generated:?}{:?}", both.open(&generated.kid, sealed).unwrap());
        assert_eq!(shown, format!("GeneratedKey({0})Signer({0})", generated.kid));
    }

    #[test]
    fn the_name_of_a_key_is_its_thumbprint() {
        // RFC 8037, appendix A.3.
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(thumbprint(&public), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
