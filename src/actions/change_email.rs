//! Changing the email address: requested on the confirm page, done when the new address has been
//! confirmed from its own mailbox, and undone by the links that the former address gets.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notices::Notices;
use super::restore_email::RestoreEmail;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use super::undoable::MadeUndoLink;
use crate::domain::{EmailAddress, EventKind, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::Done;
use crate::locales::Message;
use crate::mail::{Draft, Drafts, OccasionLetters};
use crate::models::email_change::{self, EmailChange, EmailChangeState, NewEmailChange};
use crate::models::outgoing_mail;
use crate::models::pending_action::Owner;
use crate::models::security_event::{self, NewSecurityEvent};
use crate::models::undo_link;
use crate::models::user::{self, UserUpdate};
use crate::security::limits::Attempt;

/// Requests another email address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeEmail {
    /// The account's address when the action began.
    pub from: EmailAddress,
    /// The requested address.
    pub to: EmailAddress,
}

/// The tokens and mails that a request writes.
pub struct Prepared {
    undo: MadeUndoLink,
    to_new: PreparedMails,
    /// To the current address, with the undo link.
    notice: Draft,
    notices: Notices,
}

/// The link for the new address, and the two mails to it; one of them is sent.
pub struct PreparedMails {
    link: TokenDigest,
    /// With the link.
    confirm: Draft,
    /// Where another account has the address, without a link.
    taken: Drafts,
}

impl PreparedMails {
    /// Makes the link and the mails.
    pub fn new(letters: &OccasionLetters<'_>, to: &EmailAddress) -> Result<Self, AppError> {
        let link = SecretToken::generate()?;
        Ok(Self {
            confirm: letters.prove_address(to, &link)?,
            taken: letters.in_each_language(|letters| letters.address_wanted(to))?,
            link: link.digest(),
        })
    }
}

impl SensitiveAction for ChangeEmail {
    const KIND: &'static str = "change_email";
    const START: &'static str = "/settings/email";
    const ATTEMPT: Attempt = Attempt::EmailChange;
    const EVENT: EventKind = EventKind::EmailChangeRequested;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = false;

    type Prepared = Prepared;

    fn unproved_recipient(&self) -> Option<&EmailAddress> {
        Some(&self.to)
    }

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        // The undo link outlives the link that could still make the change.
        let undoable_until = with.now + email_change::LIFETIME + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&restore(&self.from), undoable_until)?;
        Ok(Prepared {
            to_new: PreparedMails::new(&with.letters, &self.to)?,
            notice: with.letters.email_change_asked(&self.from, &self.to, undo.token())?,
            undo,
            notices: Notices::to_former(&with.letters, with.former_addresses, Self::EVENT)?,
        })
    }

    /// Stores the change and withdraws earlier ones that still wait. Whether the new address is free decides
    /// only which mail is sent to it.
    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        may_mail: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let id = by.user_id;
        match user::find(conn, id).await? {
            Some(user) if user.email == self.from.as_str() && user.delete_after.is_none() => {}
            Some(_) | None => return Ok(Applied::Outdated),
        }
        let until = now + email_change::LIFETIME;
        if may_mail {
            request_in_txn(conn, id, self, &prepared.to_new, until, now).await?;
        } else {
            // The link in an earlier mail to the same address goes on working.
            email_change::withdraw_open(conn, id, Some(self.to.as_str()), now).await?;
            email_change::create(conn, &new_change(id, self, &prepared.to_new, until, now)).await?;
        }
        undo_link::create_in_txn(conn, &prepared.undo.row(id, now)).await?;
        outgoing_mail::create(conn, &prepared.notice.queued(now)).await?;
        prepared.notices.queue_in_txn(conn, id, now).await?;
        Ok(Applied::Ran { ended: 0 })
    }

    fn landing(&self, _: &Prepared, _: Applied) -> Landing {
        Landing::Page("/settings", Done::new(Message::DoneEmailSent))
    }
}

/// Stores a request in place of earlier ones, and mails its link to the new address.
pub async fn request_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    change: &ChangeEmail,
    prepared: &PreparedMails,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let taken = user::email_is_taken(conn, change.to.as_str(), id, now).await?;
    email_change::withdraw_open(conn, id, None, now).await?;
    email_change::create(conn, &new_change(id, change, prepared, until, now)).await?;
    let owner = user::find_language(conn, change.to.as_str()).await?;
    let wanted = prepared.taken.in_language(owner.as_deref()).filter(|_| taken);
    let mail = wanted.unwrap_or(&prepared.confirm);
    outgoing_mail::create(conn, &mail.queued(now)).await
}

fn new_change<'a>(
    id: Uuid,
    change: &'a ChangeEmail,
    prepared: &'a PreparedMails,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> NewEmailChange<'a> {
    NewEmailChange {
        token_digest: prepared.link.as_bytes(),
        user_id: id,
        old_email: change.from.as_str(),
        new_email: change.to.as_str(),
        created_at: now,
        expires_at: until,
    }
}

/// The result of confirming a new address by its link.
#[derive(Clone, Debug)]
pub enum EmailConfirmation {
    /// The account has the new address.
    Changed,
    /// Another account has taken the address.
    Taken,
    /// Nothing has changed, because of the state of the change.
    NotRun(EmailChangeState),
}

/// The undo link and the mail that confirming a new address writes.
pub struct PreparedConfirmation {
    undo: MadeUndoLink,
    notice: Draft,
    notices: Notices,
    event: NewSecurityEvent,
}

impl PreparedConfirmation {
    /// Makes the undo link for the former address, and the mail that carries it.
    pub fn new(
        letters: &OccasionLetters<'_>,
        change: &EmailChange,
        former_addresses: &[EmailAddress],
        event: NewSecurityEvent,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let (old, new) = (EmailAddress::parse(&change.old_email)?, EmailAddress::parse(&change.new_email)?);
        let until = now + undo_link::LIFETIME;
        let undo = MadeUndoLink::new(&restore(&old), until)?;
        let notice = letters.email_changed(&old, &new, undo.token(), until)?;
        let notices = Notices::to_former(letters, former_addresses, EventKind::EmailChanged)?;
        Ok(Self { undo, notice, notices, event })
    }
}

/// Gives the account the address that its link confirms.
///
/// # Errors
/// A unique violation if another account took the address at the same moment.
pub async fn confirm_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    prepared: &PreparedConfirmation,
    now: DateTime<Utc>,
) -> QueryResult<EmailConfirmation> {
    let change = match email_change::find(conn, digest, now).await? {
        EmailChangeState::Open(change) => change,
        state => return Ok(EmailConfirmation::NotRun(state)),
    };
    let EmailChange { user_id, old_email, new_email, .. } = &change;
    if user::email_is_taken(conn, new_email, *user_id, now).await? {
        return Ok(EmailConfirmation::Taken);
    }
    if user::set_email(conn, *user_id, old_email, new_email, now).await? == UserUpdate::Gone {
        return Ok(EmailConfirmation::NotRun(EmailChangeState::Withdrawn));
    }
    email_change::set_confirmed(conn, digest, now).await?;
    undo_link::create_in_txn(conn, &prepared.undo.row(*user_id, now)).await?;
    outgoing_mail::create(conn, &prepared.notice.queued(now)).await?;
    prepared.notices.queue_in_txn(conn, *user_id, now).await?;
    security_event::create(conn, &prepared.event).await?;
    Ok(EmailConfirmation::Changed)
}

fn restore(former: &EmailAddress) -> RestoreEmail {
    RestoreEmail { former_email: former.clone() }
}
