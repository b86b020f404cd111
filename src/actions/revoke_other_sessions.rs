//! Signing out everywhere else: the action that ends every session but the one that confirms it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::Done;
use crate::locales::Message;
use crate::models::pending_action::Owner;
use crate::models::{session, user};
use crate::security::limits::Attempt;

/// Ends every session but the one that confirms it, and makes the other browsers new devices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RevokeOtherSessions {}

impl SensitiveAction for RevokeOtherSessions {
    const KIND: &'static str = "revoke_other_sessions";
    const START: &'static str = "/settings/sessions/revoke-others";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::OtherSessionsEnded;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = ();

    fn prepare(&self, _: &Preparation<'_>) -> Result<(), AppError> {
        Ok(())
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        (): &(),
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        // Or the browser that is signed out could sign in again without a mail about a new device.
        user::forget_devices(conn, by.user_id, now).await?;
        let ended = session::revoke_others(conn, by.user_id, by.session_id).await?;
        Ok(Applied::Ran { ended })
    }

    fn landing(&self, (): &(), applied: Applied) -> Landing {
        let ended = if let Applied::Ran { ended } = applied { ended } else { 0 };
        Landing::Page("/settings/sessions", Done::counted(Message::DoneSessionEnded, ended))
    }
}
