//! New addresses that wait to be proven by the link that was mailed to them. The account keeps its
//! address until then. A link proves the address it was mailed to and no later one. While an account
//! waits for its deletion its address cannot be changed: the deletion would take the way back with it
//! before its time.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::undo_link::{self, NewUndoLink};
use super::user;
use crate::domain::TokenDigest;
use crate::schema::{email_changes, users};

/// How long a link lives.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A change to be stored.
#[derive(Insertable)]
#[diesel(table_name = email_changes)]
pub struct NewEmailChange<'a> {
    /// What the link's token is found by.
    pub token_digest: &'a [u8],
    /// Whose address changes.
    pub user_id: Uuid,
    /// The account's address.
    pub old_email: &'a str,
    /// The wanted one.
    pub new_email: &'a str,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
}

/// All that asking for another address writes.
pub struct EmailRequest<'a> {
    /// The row.
    pub change: NewEmailChange<'a>,
    /// The way back, mailed to the old address.
    pub undo: NewUndoLink<'a>,
    /// To the new address: the link.
    pub prove: NewOutgoingMail<'a>,
    /// To the new address where another account has it: no link.
    pub taken: NewOutgoingMail<'a>,
    /// To the old address: what was asked for, and the way back.
    pub told: NewOutgoingMail<'a>,
}

/// What became of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// The mails are queued.
    Queued,
    /// The account has another address by now, waits for its deletion, or has gone.
    Outdated,
}

/// A change that a link leads to.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = email_changes, check_for_backend(diesel::pg::Pg))]
pub struct EmailChange {
    /// Whose address changes.
    pub user_id: Uuid,
    /// The address that the account has until then.
    pub old_email: String,
    /// The address that is proven.
    pub new_email: String,
    expires_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

/// What a link leads to.
#[derive(Clone, Debug)]
pub enum Found {
    /// A change that waits.
    Open(EmailChange),
    /// The link is too old.
    Expired,
    /// The address was changed by it, and is the account's.
    AlreadyUsed,
    /// The address was changed by it, and since then again or back.
    ChangedSince,
    /// It was stopped, or replaced by a later change, or the account waits for its deletion.
    Withdrawn,
    /// No such link, or one so old that nothing is known of it.
    NotFound,
}

/// What became of proving an address.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The account has the new address.
    Confirmed,
    /// Another account was faster.
    AddressTaken,
    /// Nothing was changed, for this reason.
    Over(Found),
}

/// Stores a change, in the place of those that wait, and queues the mails. Whether the new address
/// is free decides which mail it gets and nothing else.
///
/// # Errors
/// As any query.
pub async fn request_in_txn(
    conn: &mut AsyncPgConnection,
    request: &EmailRequest<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Requested> {
    let change = &request.change;
    match user::find(conn, change.user_id).await? {
        Some(user) if user.email == change.old_email && user.delete_after.is_none() => {}
        Some(_) | None => return Ok(Requested::Outdated),
    }
    let taken = user::email_is_taken(conn, change.new_email, change.user_id, now).await?;
    withdraw_open(conn, change.user_id, now).await?;
    diesel::insert_into(email_changes::table).values(change).execute(conn).await?;
    undo_link::create(conn, &request.undo).await?;
    outgoing_mail::create(conn, if taken { &request.taken } else { &request.prove }).await?;
    outgoing_mail::create(conn, &request.told).await?;
    Ok(Requested::Queued)
}

/// What a link leads to.
///
/// # Errors
/// As any query.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Found> {
    let found: Option<(EmailChange, String, Option<DateTime<Utc>>)> = email_changes::table
        .find(digest.as_bytes())
        .inner_join(users::table.on(users::id.eq(email_changes::user_id)))
        .select((EmailChange::as_select(), users::email, users::delete_after))
        .first(conn)
        .await
        .optional()?;
    let Some((change, email, delete_after)) = found else { return Ok(Found::NotFound) };
    Ok(if change.confirmed_at.is_some() {
        if email == change.new_email { Found::AlreadyUsed } else { Found::ChangedSince }
    } else if change.withdrawn_at.is_some() || delete_after.is_some() {
        Found::Withdrawn
    } else if change.expires_at <= now {
        Found::Expired
    } else {
        Found::Open(change)
    })
}

/// The address that an account waits to see proven, and until when.
///
/// # Errors
/// As any query.
pub async fn find_waiting(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Option<(String, DateTime<Utc>)>> {
    email_changes::table
        .filter(email_changes::user_id.eq(user_id))
        .filter(email_changes::expires_at.gt(now))
        .filter(email_changes::confirmed_at.is_null())
        .filter(email_changes::withdrawn_at.is_null())
        .order(email_changes::created_at.desc())
        .select((email_changes::new_email, email_changes::expires_at))
        .first(conn)
        .await
        .optional()
}

/// Gives the account the address that its link proves, and queues a mail with a way back for the
/// old one.
///
/// # Errors
/// As any query. A unique violation means that another account took the address at the same moment.
pub async fn confirm_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    undo: &NewUndoLink<'_>,
    told: &NewOutgoingMail<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let change = match find(conn, digest, now).await? {
        Found::Open(change) => change,
        over => return Ok(Outcome::Over(over)),
    };
    if user::email_is_taken(conn, &change.new_email, change.user_id, now).await? {
        return Ok(Outcome::AddressTaken);
    }
    if user::set_email(conn, change.user_id, &change.old_email, &change.new_email, now).await?
        == user::Change::Gone
    {
        return Ok(Outcome::Over(Found::Withdrawn));
    }
    diesel::update(email_changes::table.find(digest.as_bytes()))
        .set(email_changes::confirmed_at.eq(now))
        .execute(conn)
        .await?;
    undo_link::create(conn, undo).await?;
    outgoing_mail::create(conn, told).await?;
    Ok(Outcome::Confirmed)
}

/// Stops what waits.
///
/// # Errors
/// As any query.
pub async fn withdraw_open(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        email_changes::table
            .filter(email_changes::user_id.eq(user_id))
            .filter(email_changes::confirmed_at.is_null())
            .filter(email_changes::withdrawn_at.is_null()),
    )
    .set(email_changes::withdrawn_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
}

/// Deletes the changes of an account that goes.
///
/// # Errors
/// As any query.
pub async fn delete_of(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    diesel::delete(email_changes::table.filter(email_changes::user_id.eq(user_id)))
        .execute(conn)
        .await
        .map(|_| ())
}
