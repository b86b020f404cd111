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
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

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

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_encoded_token_is_the_only_text_of_its_bytes(
            bytes in any::<[u8; 32]>(),
            text in prop_oneof![text(), "[A-Za-z0-9_-]{43}"],
        ) {
            let token = SecretToken(bytes);
            prop_assert_eq!(SecretToken::decode(&token.encode()), Some(token.clone()));
            prop_assert_eq!(TokenDigest::from_bytes(bytes), TokenDigest(bytes));
            prop_assert_ne!(token.digest(), TokenDigest(bytes));
            if let Some(decoded) = SecretToken::decode(&text) {
                prop_assert_eq!(decoded.encode(), text);
            }
        }

        #[test]
        fn debug_shows_neither_a_token_nor_a_digest(bytes in any::<[u8; 32]>()) {
            let token = SecretToken(bytes);
            prop_assert_eq!(format!("{token:?} {:?}", token.digest()), "SecretToken(..) TokenDigest(..)");
        }

        #[test]
        fn each_purpose_has_a_secret_of_its_own(bytes in any::<[u8; 32]>(), one in text(), other in text()) {
            let token = SecretToken(bytes);
            prop_assert_ne!(&token.derive(&one), &token);
            prop_assert_eq!(token.derive(&one) == token.derive(&other), one == other);
        }
    }
}
