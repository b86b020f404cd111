//! Sessions: one row for each place where a user is signed in. A row past `expires_at` is dead, even
//! before it is deleted.

mod overview;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

pub use self::overview::{Overview, find_live_with_overview};
use super::cached_sql::CachedSql;
use super::pending_action;
use super::user::User;
use crate::domain::{SessionLifetime, TokenDigest};
use crate::schema::{sessions, users};

/// A session without its secret.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Session {
    /// The id, in URLs and logs.
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// The IP address at sign-in.
    pub client_address: String,
    /// The moment of the sign-in.
    pub created_at: DateTime<Utc>,
    /// The moment of the last use, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// The absolute expiry.
    pub absolute_expires_at: DateTime<Utc>,
    /// Whether the user chose to stay signed in.
    pub remembered: bool,
}

/// A session to be stored.
#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession<'a> {
    /// The id, chosen by the application.
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The digest of the cookie's token.
    pub token_digest: &'a [u8],
    /// The browser, as it names itself.
    pub user_agent: &'a str,
    /// The client's IP address.
    pub client_address: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The time now.
    pub last_used_at: DateTime<Utc>,
    /// The idle expiry.
    pub expires_at: DateTime<Utc>,
    /// The absolute expiry.
    pub absolute_expires_at: DateTime<Utc>,
    /// Whether the user chose to stay signed in.
    pub remembered: bool,
}

impl<'a> NewSession<'a> {
    /// A session that begins now.
    #[must_use]
    pub fn starting(
        user_id: Uuid,
        digest: &'a TokenDigest,
        user_agent: &'a str,
        client_address: &'a str,
        now: DateTime<Utc>,
        lifetime: SessionLifetime,
    ) -> Self {
        let SessionLifetime { idle, absolute, remembered } = lifetime;
        let absolute_expires_at = now + absolute;
        Self {
            id: Uuid::new_v4(),
            user_id,
            token_digest: digest.as_bytes(),
            user_agent,
            client_address,
            created_at: now,
            last_used_at: now,
            expires_at: (now + idle).min(absolute_expires_at),
            absolute_expires_at,
            remembered,
        }
    }
}

/// The result of ending a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The session has ended.
    Revoked,
    /// The account has no such session.
    NotFound,
}

/// Stores a new session.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewSession<'_>) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(new).execute(conn).await.map(|_| ())
}

/// Starts the session of a sign-in; returns whether the browser's former session was of the same account. It ends the former
/// session, so that a planted token does not become the member's (session fixation), and takes over the actions that wait
/// in it.
pub async fn start_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewSession<'_>,
    former: Option<TokenDigest>,
) -> QueryResult<bool> {
    let mut again = false;
    if let Some(digest) = former {
        again = revoke_by_digest(conn, digest).await? == Some(new.user_id);
        pending_action::take_over(conn, new.user_id, digest, new.id, new.created_at).await?;
    }
    create(conn, new).await?;
    Ok(again)
}

/// The live session of a token with its account, in one query; the account is `None` if it is gone.
pub async fn find_live(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Session, Option<User>)>> {
    let query = sessions::table
        .left_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::token_digest.eq(digest.as_bytes()))
        .filter(sessions::expires_at.gt(now))
        .select((Session::as_select(), Option::<User>::as_select()))
        .limit(1);
    CachedSql::new(query).get_result(conn).await.optional()
}

/// Whether a session of an account is still live.
pub async fn is_live(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let rows =
        sessions::table.find(id).filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.gt(now));
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Moves the idle expiry.
pub async fn set_last_used(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(sessions::table.find(id).filter(sessions::expires_at.gt(now)))
        .set((sessions::last_used_at.eq(now), sessions::expires_at.eq(expires_at)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The most sessions on one page.
pub const LIST_LIMIT: i64 = 100;

/// The live sessions of an account, most recently used first, at most [`LIST_LIMIT`].
pub async fn list_live(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::expires_at.gt(now))
        .order((sessions::last_used_at.desc(), sessions::id))
        .limit(LIST_LIMIT)
        .select(Session::as_select())
        .load(conn)
        .await
}

/// The number of live sessions of an account.
pub async fn count_live(conn: &mut AsyncPgConnection, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<i64> {
    let live = sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::expires_at.gt(now));
    live.count().get_result(conn).await
}

/// The number of live sessions of each of these accounts that has any.
pub async fn count_live_of_each(
    conn: &mut AsyncPgConnection,
    user_ids: &[Uuid],
    now: DateTime<Utc>,
) -> QueryResult<Vec<(Uuid, i64)>> {
    sessions::table
        .filter(sessions::user_id.eq_any(user_ids))
        .filter(sessions::expires_at.gt(now))
        .group_by(sessions::user_id)
        .select((sessions::user_id, diesel::dsl::count_star()))
        .load(conn)
        .await
}

/// Ends one session of an account.
pub async fn revoke(conn: &mut AsyncPgConnection, user_id: Uuid, id: Uuid) -> QueryResult<Revocation> {
    let ended =
        diesel::delete(sessions::table.find(id).filter(sessions::user_id.eq(user_id))).execute(conn).await?;
    Ok(if ended == 1 { Revocation::Revoked } else { Revocation::NotFound })
}

/// Ends all sessions of an account except one; returns how many.
pub async fn revoke_others(conn: &mut AsyncPgConnection, user_id: Uuid, keep: Uuid) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::id.ne(keep)))
        .execute(conn)
        .await
}

/// Ends all sessions of an account; returns how many.
pub async fn revoke_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(conn).await
}

/// Ends the session of a token, and returns its account.
pub async fn revoke_by_digest(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
) -> QueryResult<Option<Uuid>> {
    diesel::delete(sessions::table.filter(sessions::token_digest.eq(digest.as_bytes())))
        .returning(sessions::user_id)
        .get_result(conn)
        .await
        .optional()
}
