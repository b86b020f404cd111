//! The undo of what no former state can answer: a sign-in, a new password, an export. It signs out everywhere and makes
//! the password useless, as every undo does. The account gets the email address of the link's mail back: the person who
//! signed in may have changed it since, and a reset of theirs would follow the owner's.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::restore_email::RestoreEmail;
use super::undoable::UndoableChange;
use crate::domain::EmailAddress;
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::undo_link::UndoLink;

/// Signs out everywhere and starts a reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecureAccount {
    /// The address that the link was mailed to.
    pub email: EmailAddress,
}

impl SecureAccount {
    fn restore(&self) -> RestoreEmail {
        RestoreEmail { former_email: self.email.clone() }
    }
}

impl UndoableChange for SecureAccount {
    const KIND: &'static str = "secure_account";

    fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
        self.restore().notice(letters)
    }

    async fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        notice: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        self.restore().undo_in_txn(conn, link, notice, now).await
    }
}
