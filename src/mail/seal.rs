//! Encrypts queued mails. Their links give access to accounts, so a copy of the database must not hold
//! them in clear.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use crate::config::SecretKeys;
use crate::security::keys::Key;

/// Encrypts with the first secret and decrypts with all: AES-256-GCM (NIST SP 800-38D), random nonces, and
/// the id of the mail as associated data.
pub struct MailSeal {
    first: LessSafeKey,
    former: Vec<LessSafeKey>,
}

/// Why a mail cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealProblem {
    /// The operating system gives no random bytes.
    #[error("no random bytes for a nonce")]
    NoRandomness,
    /// No key in `SECRET_KEY` has sealed the mail, or it was changed.
    #[error("the mail cannot be decrypted with any key in SECRET_KEY")]
    Unreadable,
}

impl MailSeal {
    /// Derives the keys.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self {
            first: key(Key::derive(secrets.first(), PURPOSE)),
            former: secrets.former().iter().map(|secret| key(Key::derive(secret, PURPOSE))).collect(),
        }
    }

    /// Encrypts the text of a mail: the nonce, then the ciphertext.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal(&self, id: Uuid, text: &str) -> Result<Vec<u8>, SealProblem> {
        let mut nonce = [0; NONCE_LEN];
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut nonce)
            .map_err(|_no_randomness| SealProblem::NoRandomness)?;
        let mut sealed = text.as_bytes().to_vec();
        self.first
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(id.as_bytes()),
                &mut sealed,
            )
            .map_err(|_too_long| SealProblem::NoRandomness)?;
        sealed.splice(..0, nonce);
        Ok(sealed)
    }

    /// Decrypts the text of a mail.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Result<String, SealProblem> {
        let (nonce, text) = sealed.split_first_chunk().ok_or(SealProblem::Unreadable)?;
        let opened = std::iter::once(&self.first).chain(&self.former).find_map(|key| {
            let mut text = text.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let length = key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut text).ok()?.len();
            text.truncate(length);
            String::from_utf8(text).ok()
        });
        opened.ok_or(SealProblem::Unreadable)
    }
}

const PURPOSE: &str = "queued mail";

fn key(derived: Key) -> LessSafeKey {
    #[expect(clippy::expect_used, reason = "a key of AES-256 has the 32 bytes of a tag")]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derived.sign(&[b"key"])).expect("32 bytes"))
}

impl fmt::Debug for MailSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailSeal(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const NEW: &str = "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=";

    fn seal(secret_key: &str) -> MailSeal {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("postgresql://root@localhost/d?sslmode=disable".to_owned()),
            "SECRET_KEY" => Some(secret_key.to_owned()),
            "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
            "ASSETS_DIR" => Some(env!("CARGO_MANIFEST_DIR").to_owned()),
            _ => None,
        };
        MailSeal::new(&Config::read(lookup, "test").unwrap().secret_keys)
    }

    #[test]
    fn a_sealed_mail_holds_nothing_of_its_text_and_is_different_each_time() {
        let (seal, id, text) = (seal(NEW), Uuid::new_v4(), "http://localhost:8080/undo/abc");
        let sealed = seal.seal(id, text).unwrap();
        assert!(!sealed.windows(4).any(|part| text.as_bytes().windows(4).any(|clear| clear == part)));
        assert_ne!(sealed, seal.seal(id, text).unwrap());
        assert_eq!(seal.open(id, &sealed).unwrap(), text);
    }

    #[test]
    fn a_mail_is_opened_by_former_keys_and_by_no_other() {
        let id = Uuid::new_v4();
        let sealed = seal(OLD).seal(id, "text").unwrap();
        assert_eq!(seal(&format!("{NEW},{OLD}")).open(id, &sealed).unwrap(), "text");
        assert_eq!(seal(NEW).open(id, &sealed), Err(SealProblem::Unreadable));
    }

    #[test]
    fn a_changed_mail_and_the_text_of_another_one_are_not_opened() {
        let (seal, id) = (seal(NEW), Uuid::new_v4());
        let sealed = seal.seal(id, "text").unwrap();
        assert_eq!(seal.open(Uuid::new_v4(), &sealed), Err(SealProblem::Unreadable));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(id, &changed), Err(SealProblem::Unreadable), "byte {at}");
        }
        for cut in 0..sealed.len() {
            assert_eq!(seal.open(id, &sealed[..cut]), Err(SealProblem::Unreadable), "{cut} bytes");
        }
    }
}
