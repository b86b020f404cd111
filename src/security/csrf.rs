//! The token in every member's form. It is derived from the session, so it needs no table and no query,
//! ends with the session and is valid for no other one. Guests' forms have no session to abuse: Origin
//! and Fetch Metadata alone guard them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keys::Keys;
use crate::config::SecretKeys;
use crate::domain::TokenDigest;

/// The name of the hidden field.
pub const FIELD: &str = "csrf_token";

/// Makes and checks tokens.
#[derive(Clone, Debug)]
pub struct Csrf(Keys);

impl Csrf {
    /// Derives the keys from the secrets.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Keys::derive(secrets, "csrf token"))
    }

    /// The token of a session.
    #[must_use]
    pub fn token(&self, session: TokenDigest) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(&[session.as_bytes()]))
    }

    /// Whether `token` is the token of the session.
    #[must_use]
    pub fn verify(&self, session: TokenDigest, token: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|tag| self.0.verify(&[session.as_bytes()], &tag))
    }
}
