//! Sensitive changes that wait for their owner on a confirm page. What a row holds is what the page
//! shows and what runs; a form adds nothing to it. It runs once, for the session that began it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::email_change::{self, EmailRequest, Requested};
use super::outgoing_mail::NewOutgoingMail;
use super::undo_link::NewUndoLink;
use super::{account_deletion, session, user};
use crate::domain::{EmailAddress, TokenDigest};
use crate::schema::pending_actions;

/// How long it waits.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long its page can say what became of it.
const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// How many wrong passwords and words withdraw it.
pub const MAX_ATTEMPTS: i64 = 5;
/// How far the clocks of two instances may be apart.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// A sensitive change, with all that it needs to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Another address, once that has been proven.
    ChangeEmail {
        /// The account's address when it was begun.
        from: EmailAddress,
        /// The address that is wanted.
        to: EmailAddress,
    },
    /// End every session but the one that confirms.
    RevokeOtherSessions,
    /// Delete the account after a grace period.
    DeleteAccount,
}

impl Action {
    /// What stands in the column `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChangeEmail { .. } => "change_email",
            Self::RevokeOtherSessions => "revoke_other_sessions",
            Self::DeleteAccount => "delete_account",
        }
    }

    /// Whether a word must be typed besides the proof: a password may be filled in by itself.
    #[must_use]
    pub fn asks_for_word(&self) -> bool {
        matches!(self, Self::DeleteAccount)
    }

    fn payload(&self) -> QueryResult<String> {
        serde_json::to_string(self).map_err(|error| QueryError::SerializationError(error.into()))
    }
}

/// The one member who may see and confirm a pending action.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The account.
    pub user_id: Uuid,
    /// The session that began it.
    pub session_id: Uuid,
}

/// What became of a pending action, or that it still waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It can be confirmed.
    Open {
        /// The change.
        action: Action,
        /// Renderings served up to then are spent.
        spent_until: DateTime<Utc>,
    },
    /// Its time is over.
    Expired,
    /// It ran.
    AlreadyUsed,
    /// It was cancelled, replaced, or tried too often.
    Withdrawn,
    /// There is none, or it is not this owner's.
    NotFound,
}

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

/// Stores an action and withdraws what the same session began of the same kind before.
///
/// # Errors
/// As any query.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    action: &Action,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        pending_actions::table
            .filter(pending_actions::user_id.eq(owner.user_id))
            .filter(pending_actions::session_id.eq(owner.session_id))
            .filter(pending_actions::kind.eq(action.kind()))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set(pending_actions::withdrawn_at.eq(now))
    .execute(conn)
    .await?;
    diesel::insert_into(pending_actions::table)
        .values((
            pending_actions::token_digest.eq(digest.as_bytes()),
            pending_actions::user_id.eq(owner.user_id),
            pending_actions::session_id.eq(owner.session_id),
            pending_actions::kind.eq(action.kind()),
            pending_actions::payload.eq(action.payload()?),
            pending_actions::spent_until.eq(now - CLOCK_SKEW),
            pending_actions::created_at.eq(now),
            pending_actions::expires_at.eq(now + LIFETIME),
            pending_actions::delete_at.eq(now + REMEMBERED),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = pending_actions, check_for_backend(diesel::pg::Pg))]
struct Row {
    payload: String,
    spent_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

/// The action of a confirm page, as its owner sees it.
///
/// # Errors
/// As any query.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<Found> {
    let row: Option<Row> = pending_actions::table
        .find(digest.as_bytes())
        .filter(pending_actions::user_id.eq(owner.user_id))
        .filter(pending_actions::session_id.eq(owner.session_id))
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(match row {
        None => Found::NotFound,
        Some(row) if row.used_at.is_some() => Found::AlreadyUsed,
        Some(row) if row.withdrawn_at.is_some() => Found::Withdrawn,
        Some(row) if row.expires_at <= now => Found::Expired,
        Some(row) => Found::Open {
            action: serde_json::from_str(&row.payload)
                .map_err(|error| QueryError::DeserializationError(error.into()))?,
            spent_until: row.spent_until,
        },
    })
}

/// Counts a wrong password or word, and spends the rendering that it came from, with all before it.
/// The last try that is allowed withdraws the action.
///
/// # Errors
/// As any query.
pub async fn note_wrong_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    served_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Found> {
    let attempts: Option<i64> = diesel::update(
        pending_actions::table
            .find(digest.as_bytes())
            .filter(pending_actions::user_id.eq(owner.user_id))
            .filter(pending_actions::session_id.eq(owner.session_id))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set((
        pending_actions::attempts.eq(pending_actions::attempts + 1),
        pending_actions::spent_until.eq(served_at),
    ))
    .returning(pending_actions::attempts)
    .get_result(conn)
    .await
    .optional()?;
    if attempts.is_some_and(|attempts| attempts >= MAX_ATTEMPTS) {
        withdraw(conn, digest, owner, now).await?;
    }
    find(conn, digest, owner, now).await
}

/// Takes an action back that has not run.
///
/// # Errors
/// As any query.
pub async fn withdraw(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        pending_actions::table
            .find(digest.as_bytes())
            .filter(pending_actions::user_id.eq(owner.user_id))
            .filter(pending_actions::session_id.eq(owner.session_id))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set(pending_actions::withdrawn_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
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
    let row = pending_actions::table
        .find(digest.as_bytes())
        .filter(pending_actions::user_id.eq(owner.user_id))
        .filter(pending_actions::session_id.eq(owner.session_id))
        .filter(pending_actions::used_at.is_null())
        .filter(pending_actions::withdrawn_at.is_null());
    let claimed = diesel::update(
        row.filter(pending_actions::expires_at.gt(now))
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
            if email_change::request_in_txn(conn, request, now).await? == Requested::Outdated {
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

/// Deletes what an account that goes has begun.
///
/// # Errors
/// As any query.
pub async fn delete_of(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    diesel::delete(pending_actions::table.filter(pending_actions::user_id.eq(user_id)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Deletes up to `limit` rows that nothing is told of any more and says how many they were.
///
/// # Errors
/// As any query.
pub async fn delete_expired(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let dead: Vec<Vec<u8>> = pending_actions::table
        .filter(pending_actions::delete_at.le(now))
        .select(pending_actions::token_digest)
        .limit(limit)
        .load(conn)
        .await?;
    diesel::delete(pending_actions::table.filter(pending_actions::token_digest.eq_any(dead)))
        .execute(conn)
        .await
}
