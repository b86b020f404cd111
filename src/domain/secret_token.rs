//! Secrets that a person carries (in a cookie, in a link) and of which we store only a digest.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};

/// 256 random bits from the operating system's generator.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken([u8; 32]);

/// SHA-256 of a [`SecretToken`]: what the database holds. A token has 256 random bits, so a fast
/// hash without salt is enough: there is nothing to guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl SecretToken {
    /// A new token.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a token back; `None` for anything that [`SecretToken::encode`] cannot have written.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The token for a cookie or a link: 43 characters of base64url.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What to store and to look it up by.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0).into())
    }
}

impl TokenDigest {
    /// A digest that was made elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_cookie_and_nothing_else_does() {
        let token = SecretToken::generate().unwrap();
        assert_eq!(SecretToken::decode(&token.encode()), Some(token.clone()));
        assert_eq!(token.encode().len(), 43);
        for text in ["", "x", &token.encode()[1..], &format!("{}=", token.encode()), &"é".repeat(43)] {
            assert_eq!(SecretToken::decode(text), None);
        }
        assert!(!format!("{token:?}{:?}", token.digest()).contains(&token.encode()));
    }
}
