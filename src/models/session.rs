//! Sessions: one row for each place where somebody is signed in. A row past `expires_at` is dead,
//! whether or not something has deleted it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::user::{self, Credentials, User};
use crate::domain::TokenDigest;
use crate::schema::{sessions, users};

/// A session without its secret.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Session {
    /// The session, in URLs and logs.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The browser as it named itself.
    pub user_agent: String,
    /// The IP address at sign-in.
    pub client_address: String,
    /// When it was signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// When it ends even if it is used.
    pub absolute_expires_at: DateTime<Utc>,
}

/// A session to be made.
#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession<'a> {
    /// Chosen by us.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What the cookie's token is found by.
    pub token_digest: &'a [u8],
    /// The browser as it named itself.
    pub user_agent: &'a str,
    /// The client's IP address.
    pub client_address: &'a str,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// Now.
    pub last_used_at: DateTime<Utc>,
    /// The idle limit.
    pub expires_at: DateTime<Utc>,
    /// The absolute limit.
    pub absolute_expires_at: DateTime<Utc>,
}

impl<'a> NewSession<'a> {
    /// A session that begins now and ends after `idle` without use, or `absolute` in any case.
    #[must_use]
    pub fn starting(
        user_id: Uuid,
        digest: &'a TokenDigest,
        user_agent: &'a str,
        client_address: &'a str,
        now: DateTime<Utc>,
        idle: Duration,
        absolute: Duration,
    ) -> Self {
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
        }
    }
}

/// What became of ending a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is dead.
    Revoked,
    /// This account has no such live session.
    NotFound,
}

/// Stores a new session.
///
/// # Errors
/// As any query.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewSession<'_>) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(new).execute(conn).await.map(|_| ())
}

/// What became of a sign-in whose password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The session is there.
    Started,
    /// The password was changed, or the account deleted, while it was being compared.
    CredentialsChanged,
}

/// Starts the session of a sign-in. It ends the one that the browser had before, if any, so that a
/// token planted in the browser does not become the member's (session fixation), and stores
/// `renewed`, the same password hashed with stronger parameters.
///
/// # Errors
/// As any query.
pub async fn sign_in_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewSession<'_>,
    compared: &Credentials,
    renewed: Option<&str>,
    former: Option<TokenDigest>,
) -> QueryResult<SignIn> {
    let hash = renewed.unwrap_or(&compared.password_hash);
    if user::set_password_hash(conn, compared.id, &compared.password_hash, hash, new.created_at).await?
        == user::Change::Gone
    {
        return Ok(SignIn::CredentialsChanged);
    }
    if let Some(digest) = former {
        revoke_by_digest(conn, digest).await?;
    }
    create(conn, new).await?;
    Ok(SignIn::Started)
}

/// The live session of a token with its account, `None` where the account has gone: one query.
///
/// # Errors
/// As any query.
pub async fn find_live(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Session, Option<User>)>> {
    sessions::table
        .left_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::token_digest.eq(digest.as_bytes()))
        .filter(sessions::expires_at.gt(now))
        .select((Session::as_select(), Option::<User>::as_select()))
        .first(conn)
        .await
        .optional()
}

/// Moves the idle limit.
///
/// # Errors
/// As any query.
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

/// The most sessions that one page lists.
pub const LIST_LIMIT: i64 = 100;

/// The live sessions of an account, the last used first, at most [`LIST_LIMIT`].
///
/// # Errors
/// As any query.
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

/// Ends one session of an account.
///
/// # Errors
/// As any query.
pub async fn revoke(conn: &mut AsyncPgConnection, user_id: Uuid, id: Uuid) -> QueryResult<Revocation> {
    let ended =
        diesel::delete(sessions::table.find(id).filter(sessions::user_id.eq(user_id))).execute(conn).await?;
    Ok(if ended == 1 { Revocation::Revoked } else { Revocation::NotFound })
}

/// Ends all sessions of an account but one, and says how many.
///
/// # Errors
/// As any query.
pub async fn revoke_others(conn: &mut AsyncPgConnection, user_id: Uuid, keep: Uuid) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id)).filter(sessions::id.ne(keep)))
        .execute(conn)
        .await
}

/// Ends all sessions of an account, and says how many.
///
/// # Errors
/// As any query.
pub async fn revoke_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(conn).await
}

/// Forgets where and on what the sessions of an account that goes were begun.
///
/// # Errors
/// As any query.
pub async fn forget_client(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(user_id)))
        .set((sessions::user_agent.eq(""), sessions::client_address.eq("")))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Ends the session of a token.
///
/// # Errors
/// As any query.
pub async fn revoke_by_digest(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::token_digest.eq(digest.as_bytes())))
        .execute(conn)
        .await
        .map(|_| ())
}
