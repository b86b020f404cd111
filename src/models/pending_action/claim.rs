//! Confirming a pending action: what its row is claimed by, and what running it writes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Action, Found, Owner, find};
use crate::domain::TokenDigest;
use crate::models::email_change::{self, EmailRequest, Requested};
use crate::models::outgoing_mail::NewOutgoingMail;
use crate::models::undo_link::NewUndoLink;
use crate::models::{account_deletion, session, user};
use crate::schema::pending_actions;

/// What became of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran, now.
    Confirmed {
        /// How many sessions it ended.
        ended: usize,
    },
    /// It did not run, for this reason.
    Over(Found),
    /// The password was changed while it was being compared.
    WrongProof,
}

/// A confirmation: everything that the row is claimed by.
pub struct Claim<'a> {
    /// The action's page.
    pub digest: TokenDigest,
    /// Who confirms.
    pub owner: Owner,
    /// What was read and shown.
    pub action: &'a Action,
    /// The rendering that it was confirmed on.
    pub served_at: DateTime<Utc>,
    /// What the proof was compared with.
    pub password_hash: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What running an action writes, prepared outside the transaction.
pub enum Effect<'a> {
    /// Mails to both addresses.
    ChangeEmail(Box<EmailRequest<'a>>),
    /// Nothing but the end of the sessions.
    RevokeOtherSessions,
    /// The date, the way back and the mail that tells of both.
    DeleteAccount {
        /// When the account goes.
        delete_after: DateTime<Utc>,
        /// The way back.
        undo: NewUndoLink<'a>,
        /// To the account's address.
        told: NewOutgoingMail<'a>,
    },
}

/// Runs an action, once: of several confirmations at the same time one claims the row, the others
/// find it used.
///
/// # Errors
/// As any query.
pub async fn confirm_in_txn(
    conn: &mut AsyncPgConnection,
    claim: &Claim<'_>,
    effect: &Effect<'_>,
) -> QueryResult<Outcome> {
    let Claim { digest, owner, action, served_at, password_hash, now } = *claim;
    if !user::has_password_hash(conn, owner.user_id, password_hash).await? {
        return Ok(Outcome::WrongProof);
    }
    let claimed = diesel::update(
        super::open(digest.as_bytes(), owner)
            .filter(pending_actions::expires_at.gt(now))
            .filter(pending_actions::spent_until.lt(served_at))
            .filter(pending_actions::payload.eq(action.payload()?)),
    )
    .set(pending_actions::used_at.eq(now))
    .execute(conn)
    .await?;
    if claimed == 0 {
        return Ok(Outcome::Over(find(conn, digest, owner, now).await?));
    }
    let ended = match effect {
        Effect::ChangeEmail(request) => {
            if email_change::request_in_txn(conn, request, now).await? != Requested::Queued {
                let row = pending_actions::table.find(digest.as_bytes());
                diesel::update(row)
                    .set((
                        pending_actions::used_at.eq(None::<DateTime<Utc>>),
                        pending_actions::withdrawn_at.eq(now),
                    ))
                    .execute(conn)
                    .await?;
                return Ok(Outcome::Over(Found::Withdrawn));
            }
            0
        }
        Effect::RevokeOtherSessions => session::revoke_others(conn, owner.user_id, owner.session_id).await?,
        Effect::DeleteAccount { delete_after, undo, told } => {
            account_deletion::schedule_in_txn(conn, owner.user_id, *delete_after, undo, told).await?;
            session::revoke_all(conn, owner.user_id).await?
        }
    };
    Ok(Outcome::Confirmed { ended })
}
