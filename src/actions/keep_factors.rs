//! Keeping the second factors of an account that waits for their removal, or has lost them by it: the undo of a removal
//! that an operator requested. The account also gets the email address of the link's mail back, as with
//! [`SecureAccount`]: a thief who signed in without a second factor may have changed it since.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::secure_account::SecureAccount;
use super::undoable::UndoableChange;
use crate::domain::EmailAddress;
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::undo_link::UndoLink;

/// The undo of the removal of all second factors. Every undo restores the factors and cancels a removal that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepFactors {
    /// The address that the link was mailed to.
    pub email: EmailAddress,
}

impl KeepFactors {
    fn secure(&self) -> SecureAccount {
        SecureAccount { email: self.email.clone() }
    }
}

impl UndoableChange for KeepFactors {
    const KIND: &'static str = "reset_factors";

    fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
        self.secure().notice(letters)
    }

    async fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        notice: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        self.secure().undo_in_txn(conn, link, notice, now).await
    }
}
