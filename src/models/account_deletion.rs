//! Deleting an account, after a grace in which its owner can keep it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::undo_link::{self, NewUndoLink};
use super::user::Change;
use super::{email_change, pending_action, session};
use crate::schema::users;

/// Sets the day on which an account is deleted, withdraws all that waits for it (its address cannot
/// be changed from now on), and queues the mail with the way back.
///
/// # Errors
/// As any query.
pub async fn schedule_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    delete_after: DateTime<Utc>,
    undo: &NewUndoLink<'_>,
    told: &NewOutgoingMail<'_>,
) -> QueryResult<()> {
    let now = undo.created_at;
    diesel::update(users::table.find(id))
        .set((users::delete_after.eq(delete_after), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    pending_action::withdraw_all(conn, id, now).await?;
    email_change::withdraw_open(conn, id, now).await?;
    undo_link::create(conn, undo).await?;
    outgoing_mail::create(conn, told).await
}

/// Calls a deletion off; the links that would do so end with it, and no others.
///
/// # Errors
/// As any query.
pub async fn keep_in_txn(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<Change> {
    undo_link::void_deletion(conn, id, now).await?;
    let changed = diesel::update(users::table.find(id))
        .set((users::delete_after.eq(None::<DateTime<Utc>>), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(if changed == 1 { Change::Done } else { Change::Gone })
}

/// Up to `limit` accounts whose grace is over, with their addresses.
///
/// # Errors
/// As any query.
pub async fn find_due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(Uuid, String)>> {
    users::table
        .filter(users::delete_after.is_not_null())
        .filter(users::delete_after.le(now))
        .select((users::id, users::email))
        .limit(limit)
        .load(conn)
        .await
}

/// Deletes an account whose grace is over, with all that belongs to it, and queues the last mail.
/// Its sessions stay until they expire, without address and device, so that their pages can say
/// that the account is gone.
///
/// # Errors
/// As any query.
pub async fn delete_due_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    told: &NewOutgoingMail<'_>,
    now: DateTime<Utc>,
) -> QueryResult<Change> {
    let deleted =
        diesel::delete(users::table.find(id).filter(users::delete_after.le(now))).execute(conn).await?;
    if deleted == 0 {
        return Ok(Change::Gone);
    }
    pending_action::delete_of(conn, id).await?;
    email_change::delete_of(conn, id).await?;
    undo_link::delete_of(conn, id).await?;
    session::forget_client(conn, id).await?;
    outgoing_mail::create(conn, told).await?;
    Ok(Change::Done)
}
