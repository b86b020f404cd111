//! Encrypts the secrets of authenticator apps, for the database and for the form that adds one. Each belongs to one account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::seal::{Seal, SealProblem};
use crate::config::SecretKeys;
use crate::domain::{AuthenticatorSecret, TokenDigest};

/// Encrypts and decrypts the secrets. A form has another seal than the database, so that no page shows a stored one.
#[derive(Debug)]
pub struct AuthenticatorSecrets {
    stored: Seal,
    offered: Seal,
}

impl AuthenticatorSecrets {
    /// Derives the keys.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self {
            stored: Seal::new(secrets, "authenticator secret"),
            offered: Seal::new(secrets, "authenticator secret in a form"),
        }
    }

    /// Encrypts the secret of an account.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal(&self, user_id: Uuid, secret: &AuthenticatorSecret) -> Result<Vec<u8>, SealProblem> {
        self.stored.seal(secret.as_bytes(), user_id.as_bytes())
    }

    /// Decrypts a secret of an account.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open(&self, user_id: Uuid, sealed: &[u8]) -> Result<AuthenticatorSecret, SealProblem> {
        let bytes = self.stored.open(sealed, user_id.as_bytes())?;
        AuthenticatorSecret::from_bytes(&bytes).ok_or(SealProblem::Unreadable)
    }

    /// Encrypts a stored secret of an account under the first key; `None` if it is so already.
    ///
    /// # Errors
    /// [`SealProblem`].
    pub fn renew(&self, user_id: Uuid, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealProblem> {
        self.stored.renew(sealed, user_id.as_bytes())
    }

    /// Encrypts a secret that a form offers to a session.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal_offer(
        &self,
        session: TokenDigest,
        secret: &AuthenticatorSecret,
    ) -> Result<String, SealProblem> {
        self.offered.seal(secret.as_bytes(), session.as_bytes()).map(|sealed| URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Decrypts a secret that a form offered to this session.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open_offer(&self, session: TokenDigest, sealed: &str) -> Result<AuthenticatorSecret, SealProblem> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_malformed| SealProblem::Unreadable)?;
        let bytes = self.offered.open(&sealed, session.as_bytes())?;
        AuthenticatorSecret::from_bytes(&bytes).ok_or(SealProblem::Unreadable)
    }
}
