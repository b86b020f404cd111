//! Encrypts what leaves the program and comes back: queued mails in the database, and the state of a ceremony in a form.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::keys::Key;
use crate::config::SecretKeys;

/// Encrypts with the first secret and decrypts with all: AES-256-GCM (NIST SP 800-38D) with random nonces, under a key
/// of one purpose. What is sealed is bound to associated data: it opens only with the same.
pub struct Seal {
    first: LessSafeKey,
    former: Vec<LessSafeKey>,
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealProblem {
    /// The operating system gives no random bytes.
    #[error("no random bytes for a nonce")]
    NoRandomness,
    /// No key in `SECRET_KEY` has sealed it for this, or it was changed.
    #[error("it cannot be decrypted with any key in SECRET_KEY")]
    Unreadable,
}

impl Seal {
    /// Derives the keys for `purpose`.
    #[must_use]
    pub fn new(secrets: &SecretKeys, purpose: &str) -> Self {
        Self {
            first: key(&Key::derive(secrets.first(), purpose)),
            former: secrets.former().iter().map(|secret| key(&Key::derive(secret, purpose))).collect(),
        }
    }

    /// Encrypts bytes: the nonce, then the ciphertext.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal(&self, bytes: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, SealProblem> {
        let mut nonce = [0; NONCE_LEN];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut nonce)
            .map_err(|_no_randomness| SealProblem::NoRandomness)?;
        let mut sealed = bytes.to_vec();
        self.first
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound_to), &mut sealed)
            .map_err(|_too_long| SealProblem::NoRandomness)?;
        sealed.splice(..0, nonce);
        Ok(sealed)
    }

    /// Decrypts bytes.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, SealProblem> {
        let mut keys = std::iter::once(&self.first).chain(&self.former);
        keys.find_map(|key| open_with(key, sealed, bound_to)).ok_or(SealProblem::Unreadable)
    }

    /// Encrypts what a former key has sealed under the first one; `None` if the first one has sealed it.
    ///
    /// # Errors
    /// [`SealProblem`].
    pub fn renew(&self, sealed: &[u8], bound_to: &[u8]) -> Result<Option<Vec<u8>>, SealProblem> {
        if open_with(&self.first, sealed, bound_to).is_some() {
            return Ok(None);
        }
        self.seal(&self.open(sealed, bound_to)?, bound_to).map(Some)
    }
}

fn open_with(key: &LessSafeKey, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
    let (nonce, bytes) = sealed.split_first_chunk()?;
    let mut bytes = bytes.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let length = key.open_in_place(nonce, Aad::from(bound_to), &mut bytes).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

fn key(derived: &Key) -> LessSafeKey {
    #[expect(clippy::expect_used, reason = "a key of AES-256 has the 32 bytes of a tag")]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derived.sign(&[b"key"])).expect("32 bytes"))
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_seal_opens_for_its_purpose_and_its_associated_data_alone() {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("postgresql://root@localhost/d?sslmode=disable".to_owned()),
            "SECRET_KEY" => Some("uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=".to_owned()),
            "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
            _ => None,
        };
        let secrets = Config::read(lookup, "test").unwrap().secret_keys;
        let seal = Seal::new(&secrets, "a purpose");
        let sealed = seal.seal(b"bytes", b"session").unwrap();
        assert_eq!(seal.open(&sealed, b"session").unwrap(), b"bytes");
        assert_eq!(seal.open(&sealed, b"sessio"), Err(SealProblem::Unreadable));
        assert_eq!(seal.open(b"", b"session"), Err(SealProblem::Unreadable));
        let other = Seal::new(&secrets, "another purpose");
        assert_eq!(other.open(&sealed, b"session"), Err(SealProblem::Unreadable));
        assert_eq!(format!("{seal:?}"), "Seal(..)");
    }
}
