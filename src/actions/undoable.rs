//! What each kind of undo implements, and the link that carries it.

use std::fmt;
use std::future::Future;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::domain::{EmailAddress, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::undo_link::{NewUndoLink, UndoLink};

/// A kind of undo: what it restores, what it reserves and whom it tells.
pub trait UndoableChange: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync {
    /// The kind of action that is undone.
    const KIND: &'static str;

    /// The email address that no other account may take while the link lives.
    fn reserves(&self) -> Option<&EmailAddress> {
        None
    }

    /// The mail about the undo, if there is one.
    fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError>;

    /// Restores the former state of the account of `link`.
    fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        notice: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = QueryResult<()>> + Send;
}

/// A new undo link, made outside the transaction that stores it.
pub struct MadeUndoLink {
    token: SecretToken,
    digest: TokenDigest,
    kind: &'static str,
    payload: String,
    reserves: Option<EmailAddress>,
    expires_at: DateTime<Utc>,
}

impl MadeUndoLink {
    /// Makes a link that works until `expires_at`.
    pub fn new<U: UndoableChange>(undo: &U, expires_at: DateTime<Utc>) -> Result<Self, AppError> {
        let token = SecretToken::generate()?;
        Ok(Self {
            digest: token.digest(),
            kind: U::KIND,
            payload: serde_json::json!(undo).to_string(),
            reserves: undo.reserves().cloned(),
            token,
            expires_at,
        })
    }

    /// The token for the mail.
    #[must_use]
    pub fn token(&self) -> &SecretToken {
        &self.token
    }

    /// The row to be stored.
    #[must_use]
    pub fn row(&self, user_id: Uuid, now: DateTime<Utc>) -> NewUndoLink<'_> {
        NewUndoLink {
            token_digest: self.digest.as_bytes(),
            user_id,
            kind: self.kind,
            payload: &self.payload,
            reserved_email: self.reserves.as_ref().map(EmailAddress::as_str),
            created_at: now,
            expires_at: self.expires_at,
        }
    }
}
