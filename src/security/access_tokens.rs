//! Makes an access token from the token of a page, so that a page can show what no one stores. Without our key the token in
//! the page's URL tells nothing about it.

use uuid::Uuid;

use super::keys::Key;
use crate::config::SecretKeys;
use crate::domain::{ApiSecret, ApiSecretKind, SecretToken};

/// Makes access tokens.
#[derive(Clone, Debug)]
pub struct AccessTokens(Key);

impl AccessTokens {
    /// Derives the key from the first secret. After a change of `SECRET_KEY` the page of a token that was just made shows
    /// it no more; the token goes on working.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Key::derive(secrets.first(), "access tokens"))
    }

    /// The access token of a page, which only one session can show.
    #[must_use]
    pub fn make(&self, page: &SecretToken, session_id: Uuid) -> ApiSecret {
        let bytes = self.0.sign(&[page.encode().as_bytes(), session_id.as_bytes()]);
        ApiSecret::from_bytes(ApiSecretKind::AccessToken, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn another_session_or_key_makes_another_token() {
        let tokens = |key: &'static str| {
            let lookup = |name: &str| match name {
                "DATABASE_URL" => Some("postgresql://root@localhost/d?sslmode=disable".to_owned()),
                "SECRET_KEY" => Some(key.to_owned()),
                "MAIL_URL" => Some("folder:/nonexistent".to_owned()),
                _ => None,
            };
            AccessTokens::new(&Config::read(lookup, "test").unwrap().secret_keys)
        };
        let one = tokens("uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=");
        let other = tokens("kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUMuN3=");
        let page = SecretToken::generate().unwrap();
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let made = one.make(&page, ada);
        assert_eq!(one.make(&page, ada), made);
        assert_ne!(one.make(&page, bob), made);
        assert_ne!(other.make(&page, ada), made);
        assert_ne!(one.make(&SecretToken::generate().unwrap(), ada), made);
    }
}
