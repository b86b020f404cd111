//! `SECRET_KEY`, the key of an installation, or several while it is replaced.

use std::fmt;

use base64::Engine as _;

/// A key from which all keys for single purposes are derived.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Vec<u8>);

/// Why a text is not accepted as a [`SecretKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyProblem {
    /// It is too short to be secure.
    #[error("has fewer than 32 bytes")]
    TooShort,
    /// It is weak, which is only accepted for development on http.
    #[error("is a sample or not random, and PUBLIC_URL is https")]
    Weak,
}

impl SecretKey {
    /// Parses a key in base64, in hex or as plain text. A key for production must also look random.
    pub(super) fn parse(text: &str, production: bool) -> Result<Self, SecretKeyProblem> {
        let bytes = decode(text);
        if bytes.len() < 32 {
            return Err(SecretKeyProblem::TooShort);
        }
        if production && is_weak(text, &bytes) {
            return Err(SecretKeyProblem::Weak);
        }
        Ok(Self(bytes))
    }

    /// The bytes of the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The keys of an installation. The first key signs. All keys verify, so users can still send the forms
/// that a former key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKeys {
    first: SecretKey,
    former: Vec<SecretKey>,
}

impl SecretKeys {
    /// The keys in the order in which they are listed, or `None` where there is no key.
    pub(super) fn new(listed: Vec<SecretKey>) -> Option<Self> {
        let mut keys = listed.into_iter();
        Some(Self { first: keys.next()?, former: keys.collect() })
    }

    /// The key that signs.
    #[must_use]
    pub fn first(&self) -> &SecretKey {
        &self.first
    }

    /// The keys that only verify.
    #[must_use]
    pub fn former(&self) -> &[SecretKey] {
        &self.former
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// Decodes base64 or hex, and takes any other text as it is.
fn decode(text: &str) -> Vec<u8> {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hex {
        return text
            .as_bytes()
            .chunks(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
    }
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE_NO_PAD.decode(text))
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// Whether a person seems to have invented or copied the key. 32 random bytes have fewer than 20 different
/// values in less than one of 10^7 cases.
fn is_weak(text: &str, bytes: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let sample_words = ["change", "secret", "sample", "example", "unframed", "password", "0123456789"];
    let different: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
    sample_words.iter().any(|word| lower.contains(word)) || different.len() < 20
}
