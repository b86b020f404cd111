//! Keeping an account that waits for its deletion: the undo of a deletion request.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::undoable::UndoableChange;
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::outgoing_mail::{self, NewOutgoingMail};
use crate::models::undo_link::{self, UndoLink};
use crate::models::user::{self, UserUpdate};

/// Cancels the deletion and voids the undo links of deletions. Links that restore an email address stay:
/// one of them may be the owner's only link.
pub async fn keep_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    undo_link::void_kind(conn, id, KeepAccount::KIND, now).await?;
    user::set_delete_after(conn, id, None, now).await
}

/// The undo of a deletion request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepAccount {}

impl UndoableChange for KeepAccount {
    const KIND: &'static str = "delete_account";

    fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
        letters.deletion_cancelled().map(Some)
    }

    async fn undo_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        link: &UndoLink,
        notice: Option<&Draft>,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        if let Some(notice) = notice.filter(|_| link.delete_after.is_some()) {
            let mail = NewOutgoingMail { recipient: &link.email, ..notice.queued(now) };
            outgoing_mail::create(conn, &mail).await?;
        }
        keep_in_txn(conn, link.user_id, now).await.map(|_| ())
    }
}
