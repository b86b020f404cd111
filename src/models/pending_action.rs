//! Sensitive actions that wait on a confirm page. The stored action is what the page shows and what runs;
//! the form adds nothing. An action runs once, for the session that began it or the one that followed it in the same
//! browser.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{auto_type, case_when};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::schema::pending_actions;

/// The time in which an action can be confirmed.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The time for which its page can show the result.
const REMEMBERED: TimeDelta = TimeDelta::days(1);
/// The number of wrong passwords and words that withdraws an action.
pub const MAX_ATTEMPTS: i64 = 5;
/// The payload of an action that is over: the hash of a password that waited is not kept.
const NOTHING: &str = "{}";
/// The most that the clocks of two instances may differ.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The one member who may see and confirm a pending action.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The account.
    pub user_id: Uuid,
    /// The session that began the action.
    pub session_id: Uuid,
}

/// An action as a row holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAction {
    /// The kind of action.
    pub kind: String,
    /// The action as JSON, in the form of its kind.
    pub payload: String,
}

/// The state of a pending action, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// It can be confirmed.
    Open {
        /// The action.
        action: StoredAction,
        /// Renderings of the page that were served up to this moment are spent.
        spent_until: DateTime<Utc>,
    },
    /// Its time has passed.
    Expired,
    /// It ran.
    Used,
    /// It was cancelled, replaced, or withdrawn after too many wrong attempts, by a deletion request or by
    /// an undo link.
    Withdrawn,
    /// It does not exist, or it is another owner's.
    NotFound,
}

/// Stores an action, and withdraws the actions of its kind that the same session began before.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    session_digest: TokenDigest,
    action: &StoredAction,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        pending_actions::table
            .filter(pending_actions::user_id.eq(owner.user_id))
            .filter(pending_actions::session_id.eq(owner.session_id))
            .filter(pending_actions::kind.eq(&action.kind))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set((pending_actions::withdrawn_at.eq(now), pending_actions::payload.eq(NOTHING)))
    .execute(conn)
    .await?;
    diesel::insert_into(pending_actions::table)
        .values((
            pending_actions::token_digest.eq(digest.as_bytes()),
            pending_actions::user_id.eq(owner.user_id),
            pending_actions::session_id.eq(owner.session_id),
            pending_actions::session_digest.eq(session_digest.as_bytes()),
            pending_actions::kind.eq(&action.kind),
            pending_actions::payload.eq(&action.payload),
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
    kind: String,
    payload: String,
    spent_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
}

/// The state of the action of a confirm page.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<PendingState> {
    let row: Option<Row> = pending_actions::table
        .find(digest.as_bytes())
        .filter(pending_actions::user_id.eq(owner.user_id))
        .filter(pending_actions::session_id.eq(owner.session_id))
        .select(Row::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(match row {
        None => PendingState::NotFound,
        Some(row) if row.used_at.is_some() => PendingState::Used,
        Some(row) if row.withdrawn_at.is_some() => PendingState::Withdrawn,
        Some(row) if row.expires_at <= now => PendingState::Expired,
        Some(row) => PendingState::Open {
            action: StoredAction { kind: row.kind, payload: row.payload },
            spent_until: row.spent_until,
        },
    })
}

/// The row of an action that its owner can confirm or withdraw; expiry is not checked.
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

/// Claims an action to run it, on a rendering served at `served_at`: of several confirmations at the
/// same time one gets the row. The row must still hold the action that was shown.
pub async fn claim_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    shown: &StoredAction,
    served_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let claimed = diesel::update(
        open(digest.as_bytes(), owner)
            .filter(pending_actions::expires_at.gt(now))
            .filter(pending_actions::spent_until.lt(served_at))
            .filter(pending_actions::kind.eq(&shown.kind))
            .filter(pending_actions::payload.eq(&shown.payload)),
    )
    .set((pending_actions::used_at.eq(now), pending_actions::payload.eq(NOTHING)))
    .execute(conn)
    .await?;
    Ok(claimed == 1)
}

/// Counts a wrong password or word, and spends the rendering that it came from with all earlier ones.
/// The last attempt allowed withdraws the action.
pub async fn note_wrong_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    served_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<PendingState> {
    // Attempts arrive in any order: an attempt from an older rendering must not un-spend a newer one.
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

/// Withdraws an action that has not run.
pub async fn withdraw(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(open(digest.as_bytes(), owner))
        .set((pending_actions::withdrawn_at.eq(now), pending_actions::payload.eq(NOTHING)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Gives the actions that wait in the session of a former token to the session that follows it in the same browser.
/// So an action survives a session that has expired, and a sign-in that was asked for again. The token and not the id
/// names the former session: its row may be deleted.
pub async fn take_over(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    former: TokenDigest,
    session_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        pending_actions::table
            .filter(pending_actions::user_id.eq(user_id))
            .filter(pending_actions::session_digest.eq(former.as_bytes()))
            .filter(pending_actions::expires_at.gt(now))
            .filter(pending_actions::used_at.is_null())
            .filter(pending_actions::withdrawn_at.is_null()),
    )
    .set(pending_actions::session_id.eq(session_id))
    .execute(conn)
    .await
    .map(|_| ())
}

/// Withdraws all pending actions of an account, of every session. It goes with ending all sessions: a
/// confirmation that is under way must not run afterwards.
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
    .set((pending_actions::withdrawn_at.eq(now), pending_actions::payload.eq(NOTHING)))
    .execute(conn)
    .await
    .map(|_| ())
}
