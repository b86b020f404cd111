//! The removal of all second factors of a user who has lost them, at the request of an operator. The removal waits for a
//! day, in which the owner of the email address can stop it: the operator may have believed a thief.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::keep_factors::KeepFactors;
use super::notices::Notices;
use super::undoable::MadeUndoLink;
use crate::domain::{EmailAddress, EventKind};
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::{outgoing_mail, pending_action, pending_sign_in, second_factor, undo_link, user};

/// The time between the request and the removal.
pub const WAIT: TimeDelta = TimeDelta::hours(24);

/// The date, undo link and mails that a request writes.
pub struct FactorResetRequest {
    reset_after: DateTime<Utc>,
    undo: MadeUndoLink,
    notice: Draft,
    notices: Notices,
}

impl FactorResetRequest {
    /// Prepares a request.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn prepare(
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let reset_after = now + WAIT;
        // The link outlives the wait: after the removal it restores the factors.
        let undo = MadeUndoLink::new(&KeepFactors { email: to.clone() }, now + undo_link::LIFETIME)?;
        let notice = letters.factor_reset_scheduled(to, undo.token(), reset_after)?;
        let notices = Notices::to_former(letters, former, EventKind::FactorResetRequestedByOperator)?;
        Ok(Self { reset_after, undo, notice, notices })
    }

    /// The time from which the factors are removed.
    #[must_use]
    pub fn reset_after(&self) -> DateTime<Utc> {
        self.reset_after
    }

    /// Sets the date, stores the undo link and queues the mails.
    pub async fn store_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        user::set_factors_reset_after(conn, id, Some(self.reset_after), now).await?;
        undo_link::create_in_txn(conn, &self.undo.row(id, now)).await?;
        outgoing_mail::create(conn, &self.notice.queued(now)).await?;
        self.notices.queue_in_txn(conn, id, now).await.map(|_| ())
    }
}

/// The undo link and mails that a removal writes.
pub struct FactorReset {
    short_password: bool,
    undo: MadeUndoLink,
    notice: Draft,
    notices: Notices,
}

impl FactorReset {
    /// Prepares a removal. `short_password`: the password is too short to stand alone.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn prepare(
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        short_password: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let until = now + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&KeepFactors { email: to.clone() }, until)?;
        let notice = letters.factors_reset_by_operator(to, undo.token(), until, short_password)?;
        let notices = Notices::to_former(letters, former, EventKind::FactorsResetByOperator)?;
        Ok(Self { short_password, undo, notice, notices })
    }

    /// Whether the removal makes the password useless.
    #[must_use]
    pub fn short_password(&self) -> bool {
        self.short_password
    }

    /// Removes all factors and recovery codes, withdraws what waits for one of them, and makes a short password useless.
    /// Sessions stay.
    pub async fn carry_out_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<()> {
        let number = undo_link::create_in_txn(conn, &self.undo.row(id, now)).await?;
        pending_action::withdraw_all(conn, id, now).await?;
        pending_sign_in::delete_all(conn, id).await?;
        if self.short_password {
            user::replace_password(conn, id, None, now).await?;
        }
        second_factor::remove_all_in_txn(conn, id, number, now).await?;
        user::set_factors_reset_after(conn, id, None, now).await?;
        outgoing_mail::create(conn, &self.notice.queued(now)).await?;
        self.notices.queue_in_txn(conn, id, now).await.map(|_| ())
    }
}
