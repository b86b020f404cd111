//! Encrypts the secrets of authenticator apps, for the database and for the form that adds one. Each belongs to one account.

use uuid::Uuid;

use super::seal::{Seal, SealProblem};
use crate::config::SecretKeys;
use crate::domain::AuthenticatorSecret;

/// Encrypts and decrypts the secrets.
#[derive(Debug)]
pub struct AuthenticatorSecrets(Seal);

impl AuthenticatorSecrets {
    /// Derives the keys.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self(Seal::new(secrets, "authenticator secret"))
    }

    /// Encrypts the secret of an account.
    ///
    /// # Errors
    /// [`SealProblem::NoRandomness`].
    pub fn seal(&self, user_id: Uuid, secret: &AuthenticatorSecret) -> Result<Vec<u8>, SealProblem> {
        self.0.seal(secret.as_bytes(), user_id.as_bytes())
    }

    /// Decrypts a secret of an account.
    ///
    /// # Errors
    /// [`SealProblem::Unreadable`].
    pub fn open(&self, user_id: Uuid, sealed: &[u8]) -> Result<AuthenticatorSecret, SealProblem> {
        let bytes = self.0.open(sealed, user_id.as_bytes())?;
        AuthenticatorSecret::from_bytes(&bytes).ok_or(SealProblem::Unreadable)
    }
}
