//! New email addresses that wait to be confirmed by the link that was mailed to them. The account keeps
//! its address until then. A link confirms the address it was mailed to, and no later one. The address
//! of an account that waits for its deletion cannot change: the deletion would end the undo link early.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::schema::{email_changes, users};

/// The lifetime of a link.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// A change to be stored.
#[derive(Insertable)]
#[diesel(table_name = email_changes)]
pub struct NewEmailChange<'a> {
    /// The digest of the link's token.
    pub token_digest: &'a [u8],
    /// The account.
    pub user_id: Uuid,
    /// The account's address.
    pub old_email: &'a str,
    /// The requested address.
    pub new_email: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The end of the link.
    pub expires_at: DateTime<Utc>,
}

/// A requested change.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = email_changes, check_for_backend(diesel::pg::Pg))]
pub struct EmailChange {
    /// The account.
    pub user_id: Uuid,
    /// The address that the account has until the change is confirmed.
    pub old_email: String,
    /// The address that the link confirms.
    pub new_email: String,
    expires_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

/// The state of the change that a link confirms.
#[derive(Clone, Debug)]
pub enum EmailChangeState {
    /// It waits to be confirmed.
    Open(EmailChange),
    /// The link has expired.
    Expired,
    /// The link changed the address, and the account still has the new one.
    Used(EmailChange),
    /// The link changed the address, and a later change or an undo link changed it again.
    ChangedSince,
    /// It was stopped or replaced by a later change, or the account waits for its deletion.
    Withdrawn,
    /// There is no such link, or it is so old that its row is deleted.
    NotFound,
}

/// Stores a change.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewEmailChange<'_>) -> QueryResult<()> {
    diesel::insert_into(email_changes::table).values(new).execute(conn).await.map(|_| ())
}

/// The state of the change that a link confirms.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<EmailChangeState> {
    let found: Option<(EmailChange, String, Option<DateTime<Utc>>)> = email_changes::table
        .find(digest.as_bytes())
        .inner_join(users::table.on(users::id.eq(email_changes::user_id)))
        .select((EmailChange::as_select(), users::email, users::delete_after))
        .first(conn)
        .await
        .optional()?;
    let Some((change, email, delete_after)) = found else { return Ok(EmailChangeState::NotFound) };
    Ok(if change.confirmed_at.is_some() {
        if email == change.new_email {
            EmailChangeState::Used(change)
        } else {
            EmailChangeState::ChangedSince
        }
    } else if change.withdrawn_at.is_some() || delete_after.is_some() {
        EmailChangeState::Withdrawn
    } else if change.expires_at <= now {
        EmailChangeState::Expired
    } else {
        EmailChangeState::Open(change)
    })
}

/// The address that waits to be confirmed for an account, and the end of its link.
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

/// Notes that the link of a change was used.
pub async fn set_confirmed(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(email_changes::table.find(digest.as_bytes()))
        .set(email_changes::confirmed_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Withdraws the changes of an account that wait to be confirmed, except those to the address `kept`;
/// returns how many.
pub async fn withdraw_open(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kept: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(
        email_changes::table
            .filter(email_changes::user_id.eq(user_id))
            .filter(email_changes::new_email.ne(kept.unwrap_or_default()))
            .filter(email_changes::confirmed_at.is_null())
            .filter(email_changes::withdrawn_at.is_null()),
    )
    .set(email_changes::withdrawn_at.eq(now))
    .execute(conn)
    .await
}
