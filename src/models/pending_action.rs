//! Sensitive changes that wait for their owner on a confirm page. What a row holds is what the page
//! shows and what runs; a form adds nothing to it. It runs once, for the session that began it.

mod action;
mod claim;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{auto_type, case_when};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

pub use self::action::Action;
pub use self::claim::{Claim, Effect, Outcome, confirm_in_txn};
use crate::domain::TokenDigest;
use crate::schema::pending_actions;

/// How long it waits.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long its page can say what became of it.
const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// How many wrong passwords and words withdraw it.
pub const MAX_ATTEMPTS: i64 = 5;
/// How far the clocks of two instances may be apart.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

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
    /// It was cancelled, replaced, tried too often, or called off with its account's deletion or by
    /// the way back.
    Withdrawn,
    /// There is none, or it is not this owner's.
    NotFound,
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
        Some(row) => Found::Open { action: Action::stored(&row.payload)?, spent_until: row.spent_until },
    })
}

/// The row of an action that can be confirmed or withdrawn by its owner, but for its time.
#[auto_type]
fn open<'a>(digest: &'a [u8], owner: Owner) -> _ {
    let (user_id, session_id): (Uuid, Uuid) = (owner.user_id, owner.session_id);
    pending_actions::table
        .find(digest)
        .filter(pending_actions::user_id.eq(user_id))
        .filter(pending_actions::session_id.eq(session_id))
        .filter(pending_actions::used_at.is_null())
        .filter(pending_actions::withdrawn_at.is_null())
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
    // Tries reach us in any order: one from an older rendering must not make a newer one good again.
    let spent_until =
        case_when(pending_actions::spent_until.lt(served_at), served_at.into_sql::<Timestamptz>())
            .otherwise(pending_actions::spent_until);
    let attempts: Option<i64> = diesel::update(open(digest.as_bytes(), owner))
        .set((
            pending_actions::attempts.eq(pending_actions::attempts + 1),
            pending_actions::spent_until.eq(spent_until),
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
    diesel::update(open(digest.as_bytes(), owner))
        .set(pending_actions::withdrawn_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Withdraws all that waits for an account, whichever session began it: for when all of them end. A
/// confirmation that is under way already must not run after that.
///
/// # Errors
/// As any query.
pub async fn withdraw_all(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        pending_actions::table
            .filter(pending_actions::user_id.eq(user_id))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set(pending_actions::withdrawn_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
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
