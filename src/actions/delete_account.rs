//! Deleting an account after a grace period in which its owner can keep it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keep_account::KeepAccount;
use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use super::undoable::MadeUndoLink;
use crate::domain::{EmailAddress, EventKind};
use crate::error::AppError;
use crate::locales::Message;
use crate::mail::{Draft, OccasionLetters};
use crate::models::pending_action::Owner;
use crate::models::undo_link;
use crate::models::user;
use crate::models::{access_token, email_change, outgoing_mail, pending_action, session};
use crate::security::limits::Attempt;

/// Requests the deletion of the account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DeleteAccount {}

/// The date, undo link and mail that a deletion request writes.
pub struct Prepared {
    delete_after: DateTime<Utc>,
    undo: MadeUndoLink,
    notice: Draft,
    notices: Notices,
}

impl Prepared {
    /// The deletion that an operator requests, with its own mail to the owner.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn by_operator(
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let delete_after = now + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&KeepAccount {}, delete_after)?;
        let notice = letters.deletion_scheduled_by_operator(to, undo.token(), delete_after)?;
        let notices = Notices::to_former(letters, former, EventKind::DeletionRequestedByOperator)?;
        Ok(Self { delete_after, undo, notice, notices })
    }

    /// The time from which the account is deleted.
    #[must_use]
    pub fn delete_after(&self) -> DateTime<Utc> {
        self.delete_after
    }

    /// Sets the date, ends all sessions, revokes all access tokens, and withdraws all pending actions and changes: the email address cannot change
    /// from now on. Returns the number of sessions.
    pub async fn schedule_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<usize> {
        user::set_delete_after(conn, id, Some(self.delete_after), now).await?;
        pending_action::withdraw_all(conn, id, now).await?;
        email_change::withdraw_open(conn, id, None, now).await?;
        undo_link::create_in_txn(conn, &self.undo.row(id, now)).await?;
        outgoing_mail::create(conn, &self.notice.queued(now)).await?;
        self.notices.queue_in_txn(conn, id, now).await?;
        access_token::revoke_all(conn, id).await?;
        session::revoke_all(conn, id).await
    }
}

impl SensitiveAction for DeleteAccount {
    const KIND: &'static str = "delete_account";
    const START: &'static str = "/settings/delete";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::DeletionRequested;
    const WORD: Option<Message> = Some(Message::ConfirmWordDelete);
    const WHILE_DELETION_WAITS: bool = false;

    type Prepared = Prepared;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let delete_after = with.now + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&KeepAccount {}, delete_after)?;
        let notice = with.letters.deletion_scheduled(&with.member.email()?, undo.token(), delete_after)?;
        let notices = Notices::to_former(&with.letters, with.former_addresses, Self::EVENT)?;
        Ok(Prepared { delete_after, undo, notice, notices })
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        Ok(Applied::Ran { ended: prepared.schedule_in_txn(conn, by.user_id, now).await? })
    }

    fn landing(&self, _: &Prepared, _: Applied) -> Landing {
        Landing::SignedOut("/deletion-scheduled")
    }
}
