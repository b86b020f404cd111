//! The proof of a sign-in, re-checked and spent in the transaction that starts the session.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::factor_proof::{FactorUse, ProvenFactor};
use crate::domain::{EmailAddress, TokenDigest};
use crate::error::AppError;
use crate::mail::OccasionLetters;
use crate::models::pending_sign_in;
use crate::models::security_event::NewSecurityEvent;
use crate::models::user::{self, Credentials, UserUpdate};

/// A right proof.
#[derive(Clone, Copy)]
pub enum SignInProof<'a> {
    /// The password alone, of an account without a second factor.
    Password {
        /// The hash that matched.
        hash: &'a str,
        /// The same password hashed with stronger parameters.
        renewed: Option<&'a str>,
    },
    /// A second factor after the password.
    SecondFactor {
        /// The sign-in that waited for it.
        pending: TokenDigest,
        /// The factor.
        factor: &'a ProvenFactor,
    },
    /// A passkey alone.
    Passkey(&'a ProvenFactor),
}

/// A proof with what its use writes.
pub struct SignInSpending<'a> {
    proof: SignInProof<'a>,
    spent: Option<FactorUse<'a>>,
}

impl<'a> SignInProof<'a> {
    /// Prepares to spend the proof.
    ///
    /// # Errors
    /// As [`ProvenFactor::prepare`].
    pub fn prepare(
        self,
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        event: NewSecurityEvent,
        now: DateTime<Utc>,
    ) -> Result<SignInSpending<'a>, AppError> {
        let factor = match self {
            Self::Password { .. } => None,
            Self::SecondFactor { factor, .. } | Self::Passkey(factor) => Some(factor),
        };
        let spent = factor.map(|factor| factor.prepare(letters, to, former, event, now)).transpose()?;
        Ok(SignInSpending { proof: self, spent })
    }
}

impl SignInSpending<'_> {
    /// Spends the proof; returns whether it still counted.
    pub async fn spend_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        address: &EmailAddress,
        now: DateTime<Utc>,
    ) -> QueryResult<bool> {
        match self.proof {
            SignInProof::Password { hash, renewed } => {
                let stored = renewed.unwrap_or(hash);
                let kept = user::set_password_hash(conn, id, address, hash, stored, now).await?;
                return Ok(kept == UserUpdate::Stored && user::has_only_password(conn, id, stored).await?);
            }
            SignInProof::SecondFactor { pending, .. } => {
                // The password may have changed, and the account may have been disabled, since the factor was checked.
                let waits = pending_sign_in::find(conn, pending, now).await?.is_some();
                if !waits || !pending_sign_in::delete(conn, pending).await? {
                    return Ok(false);
                }
            }
            SignInProof::Passkey(_) => {
                let account = user::find_credentials(conn, id).await?;
                // An undo has made the password useless: until its owner has chosen a new one, no passkey opens the account, as
                // it may be a thief's.
                let opens =
                    |account: Credentials| account.disabled_at.is_none() && account.password_hash.is_some();
                if !account.is_some_and(opens) {
                    return Ok(false);
                }
            }
        }
        let Some(spent) = &self.spent else { return Ok(false) };
        // The mails were written to this address.
        if !user::has_email(conn, id, address.as_str()).await? {
            return Ok(false);
        }
        if !spent.spend_in_txn(conn, id, now).await? {
            return Ok(false);
        }
        // The owner still has the factor, so an operator who was asked to remove it may have believed a thief.
        if !spent.is_recovery_code() {
            user::keep_factors(conn, id, now).await?;
        }
        Ok(true)
    }
}
