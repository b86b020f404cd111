//! Encrypts queued mails. Their links give access to accounts, so a copy of the database must not hold
//! them in clear.

use uuid::Uuid;

use crate::config::SecretKeys;
use crate::security::seal::Seal;
pub use crate::security::seal::SealProblem;

/// Seals the text of a mail, bound to the id of the mail.
#[derive(Debug)]
pub struct MailSeal(Seal);

impl MailSeal {
    /// Derives the keys.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Seal::new(secrets, "queued mail"))
    }

    /// Encrypts the text of a mail.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal(&self, id: Uuid, text: &str) -> Result<Vec<u8>, SealProblem> {
        self.0.seal(text.as_bytes(), id.as_bytes())
    }

    /// Decrypts the text of a mail.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open(&self, id: Uuid, sealed: &[u8]) -> Result<String, SealProblem> {
        String::from_utf8(self.0.open(sealed, id.as_bytes())?).map_err(|_no_text| SealProblem::Unreadable)
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
