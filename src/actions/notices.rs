//! The mails about a security event: to the email address of the account, with an undo link, and to each former address
//! that can still take the account back. An attacker who changed the address does not keep later events from the owner.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::secure_account::SecureAccount;
use super::undoable::MadeUndoLink;
use crate::db;
use crate::domain::{EmailAddress, EventKind};
use crate::error::AppError;
use crate::mail::{Draft, OccasionLetters};
use crate::models::{outgoing_mail, undo_link};
use crate::state::AppState;

/// The mails about an event, with the undo link that one of them carries.
pub struct Notices {
    undo: Option<MadeUndoLink>,
    mails: Vec<Draft>,
}

/// The former email addresses of an account that can still take it back.
pub async fn former_addresses(state: &AppState, user_id: Uuid) -> Result<Vec<EmailAddress>, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "undo_link_reserved_emails", async |conn| {
        undo_link::reserved_emails(conn, user_id, now).await
    });
    found.await?.iter().map(|email| Ok(EmailAddress::parse(email)?)).collect()
}

impl Notices {
    /// The mails about an event that only a new password can answer. The undo link in the mail to the owner signs out
    /// everywhere and starts a reset.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn with_link(
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        event: EventKind,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let until = now + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&SecureAccount { email: to.clone() }, until)?;
        let mail = letters.security_notice(to, event, undo.token(), until)?;
        let mut mails = Self::to_former(letters, former, event)?.mails;
        mails.push(mail);
        Ok(Self { undo: Some(undo), mails })
    }

    /// Only the mails to the former addresses, about an event that has its own mail to the owner.
    ///
    /// # Errors
    /// A fault in a template.
    pub fn to_former(
        letters: &OccasionLetters<'_>,
        former: &[EmailAddress],
        event: EventKind,
    ) -> Result<Self, AppError> {
        let mails = former.iter().map(|to| letters.former_address_notice(to, event));
        Ok(Self { undo: None, mails: mails.collect::<Result<_, _>>()? })
    }

    /// Stores the undo link and queues the mails. Returns the number of the link; without one, the number of no link.
    pub async fn queue_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        user_id: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<i64> {
        let mut number = 0;
        if let Some(undo) = &self.undo {
            number = undo_link::create_in_txn(conn, &undo.row(user_id, now)).await?;
        }
        for mail in &self.mails {
            outgoing_mail::create(conn, &mail.queued(now)).await?;
        }
        Ok(number)
    }
}
