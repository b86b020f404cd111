//! Makes the recovery codes of an account from a token, so that a page can show codes that no one stores. Without our key
//! the token tells nothing about them.

use uuid::Uuid;

use super::keys::Key;
use crate::config::SecretKeys;
use crate::domain::{RecoveryCode, SecretToken};

/// Makes recovery codes.
#[derive(Clone, Debug)]
pub struct RecoveryCodes(Key);

impl RecoveryCodes {
    /// The number of codes that are made at once.
    pub const COUNT: u8 = 10;

    /// Derives the key from the first secret. After a change of `SECRET_KEY` the page of codes that were just made shows
    /// them no more; the codes go on working.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Key::derive(secrets.first(), "recovery codes"))
    }

    /// The codes of a token, which only one session can show.
    #[must_use]
    pub fn make(&self, token: &SecretToken, session_id: Uuid) -> Vec<RecoveryCode> {
        let token = token.encode();
        let code = |number: u8| {
            let tag = self.0.sign(&[token.as_bytes(), session_id.as_bytes(), &[number]]);
            let mut bytes = [0; 15];
            bytes.iter_mut().zip(tag).for_each(|(byte, random)| *byte = random);
            RecoveryCode::from_bytes(bytes)
        };
        (0..Self::COUNT).map(code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_codes_of_a_token_differ_and_another_session_has_others() {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("postgresql://root@localhost/d?sslmode=disable".to_owned()),
            "SECRET_KEY" => Some("uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=".to_owned()),
            "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
            _ => None,
        };
        let codes = RecoveryCodes::new(&Config::read(lookup, "test").unwrap().secret_keys);
        let (token, session) = (SecretToken::generate().unwrap(), Uuid::new_v4());
        let texts =
            |session| -> Vec<String> { codes.make(&token, session).iter().map(RecoveryCode::text).collect() };
        let made = texts(session);
        assert_eq!(made, texts(session));
        let all: std::collections::BTreeSet<String> = made.into_iter().chain(texts(Uuid::new_v4())).collect();
        assert_eq!(all.len(), 20);
    }
}
