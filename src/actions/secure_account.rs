//! The undo of what no former state can answer: a sign-in, a new password, an export. It signs out everywhere and makes
//! the password useless, as every undo does, and stops what waits.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::undoable::UndoableChange;
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::email_change;
use crate::models::undo_link::UndoLink;

/// Signs out everywhere and starts a reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecureAccount {}

impl UndoableChange for SecureAccount {
    const KIND: &'static str = "secure_account";

    fn notice(&self, _: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
        Ok(None)
    }

    async fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        _: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        email_change::withdraw_open(conn, link.user_id, None, now).await.map(|_| ())
    }
}
