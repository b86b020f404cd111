//! The secrets that programs send to the API. Their form is that of GitHub's tokens: a prefix says what the secret is, and a
//! checksum at its end tells a secret from a text that looks like one. So a scanner finds a leaked secret without asking us:
//! `unframed_(pat|app)_[0-9A-Za-z]{49}`, the last six characters being the checksum.

use std::fmt;

use rand::TryRng as _;
use sha2::{Digest as _, Sha256};

use super::TokenDigest;

/// What a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiSecretKind {
    /// A personal access token: it acts for the user who made it.
    AccessToken,
    /// An application that hands over confirmations.
    Application,
}

impl ApiSecretKind {
    const ALL: [Self; 2] = [Self::AccessToken, Self::Application];

    /// How its secrets begin.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AccessToken => "unframed_pat_",
            Self::Application => "unframed_app_",
        }
    }
}

/// A secret of 256 random bits from the operating system's generator.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret {
    kind: ApiSecretKind,
    bytes: [u8; 32],
}

/// Base62 in the order of ASCII: digits, capital letters, small letters.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The characters of 256 bits: 62^43 is the first power of 62 above 2^256.
const BODY_CHARS: usize = 43;
/// The characters of a CRC-32.
const CHECKSUM_CHARS: usize = 6;

/// A number in base62, with leading zeros. `bytes` begins with the highest.
fn encode(bytes: &[u8], chars: usize) -> String {
    let mut rest = bytes.to_vec();
    let mut reversed = String::with_capacity(chars);
    for _ in 0..chars {
        let mut remainder: u16 = 0;
        for byte in &mut rest {
            let part = (remainder << 8) | u16::from(*byte);
            *byte = u8::try_from(part / 62).unwrap_or_default();
            remainder = part % 62;
        }
        reversed.push(ALPHABET.get(usize::from(remainder)).copied().unwrap_or_default().into());
    }
    reversed.chars().rev().collect()
}

/// The 32 bytes of a number in base62; `None` for another alphabet, or a number that is too large.
fn decode(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == character)?;
        let mut carry = u16::try_from(digit).ok()?;
        for byte in bytes.iter_mut().rev() {
            let part = u16::from(*byte) * 62 + carry;
            *byte = part.to_be_bytes()[1];
            carry = part >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

impl ApiSecret {
    /// Generates a new secret. It fails only if the operating system gives no random bytes.
    pub fn generate(kind: ApiSecretKind) -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self { kind, bytes })
    }

    /// The secret with these bytes.
    #[must_use]
    pub fn from_bytes(kind: ApiSecretKind, bytes: [u8; 32]) -> Self {
        Self { kind, bytes }
    }

    /// Reads a secret; `None` for a text that [`ApiSecret::text`] cannot have written. The checksum needs no database: a
    /// mistyped secret costs no query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let kind = ApiSecretKind::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
        let rest = text.strip_prefix(kind.prefix())?;
        if rest.len() != BODY_CHARS + CHECKSUM_CHARS {
            return None;
        }
        let secret = Self { kind, bytes: decode(rest.get(..BODY_CHARS)?)? };
        (secret.text() == text).then_some(secret)
    }

    /// What the secret belongs to.
    #[must_use]
    pub fn kind(&self) -> ApiSecretKind {
        self.kind
    }

    /// The secret as the user copies it. Show it once; store the digest.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}{}", self.kind.prefix(), encode(&self.bytes, BODY_CHARS));
        let checksum = crc32fast::hash(text.as_bytes());
        text.push_str(&encode(&checksum.to_be_bytes(), CHECKSUM_CHARS));
        text
    }

    /// The digest to store and to look the secret up by. A fast hash without a salt is enough for 256 random bits.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        let mut hash = Sha256::new();
        hash.update(self.kind.prefix().as_bytes());
        hash.update(self.bytes);
        TokenDigest::from_bytes(hash.finalize().into())
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiSecret({}..)", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn a_secret_has_the_form_that_scanners_look_for() {
        let form = regex::Regex::new("^unframed_(pat|app)_[0-9A-Za-z]{49}$").unwrap();
        for kind in ApiSecretKind::ALL {
            for bytes in [[0; 32], [255; 32], *b"thirty-two bytes of a secret ..."] {
                let secret = ApiSecret { kind, bytes };
                assert!(form.is_match(&secret.text()), "{}", secret.text());
                assert_eq!(ApiSecret::parse(&secret.text()), Some(secret.clone()));
            }
        }
        let text = ApiSecret { kind: ApiSecretKind::AccessToken, bytes: [0; 32] }.text();
        assert_eq!(&text[..56], "unframed_pat_0000000000000000000000000000000000000000000");
    }

    #[test]
    fn a_secret_with_one_wrong_character_is_refused_before_any_query() {
        let text = ApiSecret::generate(ApiSecretKind::Application).unwrap().text();
        for at in 0..text.len() {
            for other in ['0', 'x', 'Z', '-', 'é'] {
                let mut wrong: Vec<char> = text.chars().collect();
                if std::mem::replace(&mut wrong[at], other) != other {
                    assert_eq!(
                        ApiSecret::parse(&wrong.into_iter().collect::<String>()),
                        None,
                        "{at} {other}"
                    );
                }
            }
        }
        // A number above 2^256, with the checksum that it would have.
        let large = format!("unframed_pat_{}", "z".repeat(43));
        let checksum = encode(&crc32fast::hash(large.as_bytes()).to_be_bytes(), CHECKSUM_CHARS);
        assert_eq!(ApiSecret::parse(&format!("{large}{checksum}")), None);
        assert_eq!(ApiSecret::parse(&text.replace("_app_", "_pat_")), None);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_secret_is_the_only_text_of_its_bytes(
            bytes in any::<[u8; 32]>(),
            text in prop_oneof![text(), "unframed_(pat|app)_[0-9A-Za-z]{49}"],
        ) {
            let [token, app] = ApiSecretKind::ALL.map(|kind| ApiSecret { kind, bytes });
            for secret in [&token, &app] {
                prop_assert_eq!(ApiSecret::parse(&secret.text()), Some(secret.clone()));
                let shown = format!("{secret:?}");
                prop_assert!(!shown.contains(&secret.text()[13..]));
            }
            prop_assert_ne!(token.digest(), app.digest());
            if let Some(secret) = ApiSecret::parse(&text) {
                prop_assert_eq!(secret.text(), text);
            }
        }
    }
}
