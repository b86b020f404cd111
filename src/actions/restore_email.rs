//! Giving an account a former email address back: the undo of a change of email address.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keep_account::keep_in_txn;
use super::undoable::UndoableChange;
use crate::domain::EmailAddress;
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::outgoing_mail::{self, NewOutgoingMail};
use crate::models::undo_link::{self, UndoLink};
use crate::models::{email_change, user};

/// The undo of a change of email address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreEmail {
    /// The address that the account gets back.
    pub former_email: EmailAddress,
}

impl RestoreEmail {
    fn loses(&self, link: &UndoLink) -> bool {
        link.email != self.former_email.as_str()
    }
}

impl UndoableChange for RestoreEmail {
    const KIND: &'static str = "change_email";

    fn reserves(&self) -> Option<&EmailAddress> {
        Some(&self.former_email)
    }

    fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
        letters.email_change_undone(&self.former_email).map(Some)
    }

    /// Voids the links of later changes too: an attacker may have made those changes.
    async fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        notice: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        let id: Uuid = link.user_id;
        keep_in_txn(conn, id, now).await?;
        undo_link::void_from(conn, id, link.number, now).await?;
        email_change::withdraw_open(conn, id, None, now).await?;
        user::restore_email(conn, id, self.former_email.as_str(), now).await?;
        if let Some(notice) = notice.filter(|_| self.loses(link)) {
            // Only the transaction knows which address loses the account.
            let mail = NewOutgoingMail { recipient: &link.email, ..notice.queued(now) };
            outgoing_mail::create(conn, &mail).await?;
        }
        Ok(())
    }
}
