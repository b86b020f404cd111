//! Recovery codes: each stands in for a second factor once.

use std::fmt;

use base32::Alphabet::Crockford;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::TokenDigest;

/// A code of 120 bits: 24 characters of Crockford's base32, which has no letters that look like digits. It has more than the
/// 112 bits with which a fast hash is enough (OWASP ASVS 5.0, 6.5.2).
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; 15]);

impl RecoveryCode {
    /// The characters of a code, without the hyphens between its groups.
    pub const CHARS: usize = 24;

    /// The code with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 15]) -> Self {
        Self(bytes)
    }

    /// Reads what the user typed: in any case, with or without hyphens and spaces, and with the letters O, I and L for
    /// the digits that they look like.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let chars: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if chars.len() != Self::CHARS || !chars.is_ascii() {
            return None;
        }
        base32::decode(Crockford, &chars)?.try_into().ok().map(Self)
    }

    /// The code as it is shown: six groups of four characters.
    #[must_use]
    pub fn text(&self) -> String {
        let chars: Vec<char> = base32::encode(Crockford, &self.0).to_lowercase().chars().collect();
        let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }

    /// The digest to store, of the code of one account.
    #[must_use]
    pub fn digest(&self, user_id: Uuid) -> TokenDigest {
        let mut hash = Sha256::new();
        hash.update(user_id.as_bytes());
        hash.update(self.0);
        TokenDigest::from_bytes(hash.finalize().into())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn a_code_is_read_however_it_is_copied() {
        let code = RecoveryCode::from_bytes(*b"fifteen letters");
        let shown = code.text();
        assert_eq!(shown.len(), 29);
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            format!("  {} ", shown.replace('-', " ")),
            shown.replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(RecoveryCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        for typed in ["", "123456", &shown[1..], &format!("{shown}0"), &"u".repeat(24), &"é".repeat(24)] {
            assert_eq!(RecoveryCode::parse(typed), None, "{typed}");
        }
        assert!(!format!("{code:?}").contains("fifteen"));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_code_is_read_as_it_was_shown_and_belongs_to_one_account(
            bytes in any::<[u8; 15]>(),
            other in any::<[u8; 15]>(),
            typed in prop_oneof![text(), "[0-9a-z-]{24,29}"],
        ) {
            let code = RecoveryCode(bytes);
            prop_assert_eq!(RecoveryCode::parse(&code.text()), Some(code.clone()));
            let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
            prop_assert_ne!(code.digest(ada), code.digest(bob));
            prop_assert_eq!(code.digest(ada) == RecoveryCode(other).digest(ada), bytes == other);
            if let Some(read) = RecoveryCode::parse(&typed) {
                prop_assert_eq!(read.text().replace('-', "").len(), RecoveryCode::CHARS);
            }
        }
    }
}
