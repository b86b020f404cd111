//! Adding an authenticator app as a second factor. Its code was checked when the action began.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::factor_addition::FactorAddition;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::Done;
use crate::locales::Message;
use crate::models::authenticator::{self, NewAuthenticator};
use crate::models::pending_action::Owner;
use crate::models::second_factor;
use crate::security::limits::Attempt;

/// Adds an authenticator app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddAuthenticator {
    /// Follows from the secret.
    pub id: Uuid,
    /// The name that its owner gave it.
    pub name: String,
    /// The shared secret, encrypted, in base64url.
    pub sealed_secret: String,
    /// The time step of the code that proved it.
    pub step: i64,
}

/// The secret, recovery codes and mails that the action writes.
pub struct Prepared {
    sealed_secret: Vec<u8>,
    addition: FactorAddition,
}

impl SensitiveAction for AddAuthenticator {
    const KIND: &'static str = "add_authenticator";
    const START: &'static str = "/settings/two-factor/authenticator";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::AuthenticatorAdded;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Prepared;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let unreadable = |error| AppError::Internal(format!("a stored secret is no base64url: {error}"));
        Ok(Prepared {
            sealed_secret: URL_SAFE_NO_PAD.decode(&self.sealed_secret).map_err(unreadable)?,
            addition: FactorAddition::prepare(with, Self::EVENT)?,
        })
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let factors = second_factor::find(conn, by.user_id).await?;
        if !factors.has_room_for_authenticator() {
            return Ok(Applied::Outdated);
        }
        let number = prepared.addition.tell_in_txn(conn, by, now).await?;
        let new = NewAuthenticator {
            id: self.id,
            user_id: by.user_id,
            name: &self.name,
            sealed_secret: &prepared.sealed_secret,
            last_step: self.step,
            created_at: now,
            added_number: number,
        };
        if !authenticator::create(conn, &new).await? {
            return Ok(Applied::Outdated);
        }
        prepared.addition.finish_in_txn(conn, by, &factors, number, now).await
    }

    fn landing(&self, prepared: &Prepared, applied: Applied) -> Landing {
        prepared.addition.landing(applied, Done::new(Message::DoneAuthenticatorAdded))
    }
}
