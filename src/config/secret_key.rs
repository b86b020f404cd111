//! The key of an installation: how it is written, and which are refused.

use std::fmt;

use base64::Engine as _;

/// The key from which all others are derived.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Vec<u8>);

impl SecretKey {
    /// Reads one in base64, in hex, or as it is. What is for production must also look random.
    pub(super) fn parse(text: &str, production: bool) -> Result<Self, &'static str> {
        let bytes = decode(text);
        if bytes.len() < 32 {
            return Err("holds fewer than 32 bytes");
        }
        if production && is_weak(text, &bytes) {
            return Err("is a sample or not random, and PUBLIC_URL is https");
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// Base64 or hex if it is that, else the text's own bytes.
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

/// A key that a person made up or copied: 32 random bytes hold more than 20 different ones in all
/// but one of 10^7 cases.
fn is_weak(text: &str, bytes: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let sample = ["change", "secret", "sample", "example", "unframed", "password", "0123456789"];
    let different: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
    sample.iter().any(|word| lower.contains(word)) || different.len() < 20
}
