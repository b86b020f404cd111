//! Secret tokens for cookies and links. We store only their digests.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};

/// A secret of 256 random bits from the operating system's generator.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken([u8; 32]);

/// The SHA-256 digest of a [`SecretToken`], as stored in the database. A fast hash without a salt is
/// enough, because 256 random bits cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl SecretToken {
    /// Generates a new token. It fails only if the operating system gives no random bytes.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Decodes a token; `None` for a text that [`SecretToken::encode`] cannot have written.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// Encodes the token for a cookie or a link, as 43 characters of base64url.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Another secret that can be computed from this one, and not the other way round.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(self.0);
        Self(hash.finalize().into())
    }

    /// The digest to store and to look the token up by.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0).into())
    }
}

impl TokenDigest {
    /// Wraps a digest that was computed elsewhere, such as an HMAC.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the digest.
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
    fn only_an_encoded_token_can_be_decoded() {
        let token = SecretToken::generate().unwrap();
        assert_eq!(SecretToken::decode(&token.encode()), Some(token.clone()));
        assert_eq!(token.encode().len(), 43);
        for text in ["", "x", &token.encode()[1..], &format!("{}=", token.encode()), &"é".repeat(43)] {
            assert_eq!(SecretToken::decode(text), None);
        }
        assert!(!format!("{token:?}{:?}", token.digest()).contains(&token.encode()));
    }
}
