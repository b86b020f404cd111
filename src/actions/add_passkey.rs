//! Adding a passkey. The browser made it when the action began, and what it sent was verified then.

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
use crate::models::passkey::{self, NewPasskey, PasskeyCreation};
use crate::models::pending_action::Owner;
use crate::models::second_factor;
use crate::security::limits::Attempt;

/// Adds a passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddPasskey {
    /// The name that its owner gave it.
    pub name: String,
    /// The id that the authenticator gave it, in base64url.
    pub credential_id: String,
    /// The passkey as JSON, to be stored. It holds no secret.
    pub credential: String,
}

/// The row, recovery codes and mails that the action writes.
pub struct Prepared {
    id: Uuid,
    credential_id: Vec<u8>,
    addition: FactorAddition,
}

impl SensitiveAction for AddPasskey {
    const KIND: &'static str = "add_passkey";
    const START: &'static str = "/settings/two-factor/passkey";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::PasskeyAdded;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Prepared;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let unreadable = |error| AppError::Internal(format!("a stored id is no base64url: {error}"));
        Ok(Prepared {
            id: Uuid::new_v4(),
            credential_id: URL_SAFE_NO_PAD.decode(&self.credential_id).map_err(unreadable)?,
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
        if !factors.has_room_for_passkey() {
            return Ok(Applied::Outdated);
        }
        let number = prepared.addition.tell_in_txn(conn, by, now).await?;
        let new = NewPasskey {
            id: prepared.id,
            user_id: by.user_id,
            name: &self.name,
            credential_id: &prepared.credential_id,
            credential: &self.credential,
            created_at: now,
            added_number: number,
        };
        if passkey::create_in_txn(conn, &new).await? == PasskeyCreation::Taken {
            return Ok(Applied::Outdated);
        }
        prepared.addition.finish_in_txn(conn, by, &factors, number, now).await
    }

    fn landing(&self, prepared: &Prepared, applied: Applied) -> Landing {
        prepared.addition.landing(applied, Done::new(Message::DonePasskeyAdded))
    }
}
