//! Keys derived from `SECRET_KEY`, one for each purpose, so that a tag for one purpose is not valid for
//! another.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::config::{SecretKey, SecretKeys};

/// HMAC-SHA-256 (RFC 2104) under a key of one purpose.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key for `purpose`.
    #[must_use]
    pub fn derive(secret: &SecretKey, purpose: &str) -> Self {
        let derived = Self(mac(secret.as_bytes())).sign(&[purpose.as_bytes()]);
        Self(mac(&derived))
    }

    /// The tag of a message of several parts. Their lengths are signed too, so bytes cannot move from one
    /// part to the next.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The keys of one purpose. The first key signs, and all keys verify.
#[derive(Clone, Debug)]
pub struct Keys {
    first: Key,
    former: Vec<Key>,
}

impl Keys {
    /// The keys for `purpose`.
    #[must_use]
    pub fn derive(secrets: &SecretKeys, purpose: &str) -> Self {
        let former = secrets.former().iter().map(|secret| Key::derive(secret, purpose));
        Self { first: Key::derive(secrets.first(), purpose), former: former.collect() }
    }

    /// The tag of a message under the first key.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.first.sign(parts)
    }

    /// The tags of a message under all keys.
    pub fn tags(&self, parts: &[&[u8]]) -> impl Iterator<Item = [u8; 32]> {
        std::iter::once(&self.first).chain(&self.former).map(|key| key.sign(parts))
    }

    /// Whether `tag` is the tag of the message under one of the keys, compared in constant time.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.tags(parts).any(|own| subtle::ConstantTimeEq::ct_eq(own.as_slice(), tag).into())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}
