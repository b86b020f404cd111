//! Personal access tokens, as digests. A row past `expires_at` is dead, even before it is deleted.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::cached_sql::CachedSql;
use super::user::User;
use crate::domain::TokenDigest;
use crate::schema::{access_tokens, users};

/// The most live tokens of an account.
pub const MOST: i64 = 20;

/// A token without its secret.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = access_tokens, check_for_backend(diesel::pg::Pg))]
pub struct AccessToken {
    /// Its id, in URLs and logs.
    pub id: Uuid,
    /// The name that its owner gave it.
    pub name: String,
    /// What it may do, separated by spaces.
    pub scopes: String,
    /// The time at which it was made.
    pub created_at: DateTime<Utc>,
    /// The time of its last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The end of the token.
    pub expires_at: DateTime<Utc>,
}

/// A token to be stored.
#[derive(Insertable)]
#[diesel(table_name = access_tokens)]
pub struct NewAccessToken<'a> {
    /// The digest of the token.
    pub token_digest: &'a [u8],
    /// Chosen by the application.
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The name that its owner gave it.
    pub name: &'a str,
    /// What it may do, separated by spaces.
    pub scopes: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The end of the token.
    pub expires_at: DateTime<Utc>,
}

/// The result of making a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenCreation {
    /// It is stored.
    Created,
    /// The account has [`MOST`] tokens.
    TooMany,
}

/// The result of revoking a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenRevocation {
    /// It works no more.
    Revoked,
    /// The account has no such token.
    NotFound,
}

/// Stores a token, unless the account has too many.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewAccessToken<'_>,
) -> QueryResult<AccessTokenCreation> {
    let live = access_tokens::table
        .filter(access_tokens::user_id.eq(new.user_id))
        .filter(access_tokens::expires_at.gt(new.created_at));
    if live.count().get_result::<i64>(conn).await? >= MOST {
        return Ok(AccessTokenCreation::TooMany);
    }
    diesel::insert_into(access_tokens::table).values(new).execute(conn).await?;
    Ok(AccessTokenCreation::Created)
}

/// The live token of a digest with its account, in one query. The token of an account that is disabled or waits for its
/// deletion does not work.
pub async fn find_live(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<(AccessToken, User)>> {
    let query = access_tokens::table
        .inner_join(users::table.on(users::id.eq(access_tokens::user_id)))
        .filter(access_tokens::token_digest.eq(digest.as_bytes()))
        .filter(access_tokens::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .filter(users::delete_after.is_null())
        .select((AccessToken::as_select(), User::as_select()))
        .limit(1);
    CachedSql::new(query).get_result(conn).await.optional()
}

/// The token of a digest, if the account made it at `since` or later and it still works.
pub async fn find_new(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digest: TokenDigest,
    since: DateTime<Utc>,
) -> QueryResult<Option<AccessToken>> {
    access_tokens::table
        .find(digest.as_bytes())
        .filter(access_tokens::user_id.eq(user_id))
        .filter(access_tokens::created_at.ge(since))
        .select(AccessToken::as_select())
        .first(conn)
        .await
        .optional()
}

/// Notes a use.
pub async fn set_last_used(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(access_tokens::table.find(digest.as_bytes()))
        .set(access_tokens::last_used_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The live tokens of an account, newest first.
pub async fn list_live(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<AccessToken>> {
    access_tokens::table
        .filter(access_tokens::user_id.eq(user_id))
        .filter(access_tokens::expires_at.gt(now))
        .order((access_tokens::created_at.desc(), access_tokens::id))
        .limit(MOST)
        .select(AccessToken::as_select())
        .load(conn)
        .await
}

/// Revokes one token of an account.
pub async fn revoke(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
) -> QueryResult<AccessTokenRevocation> {
    let token =
        access_tokens::table.filter(access_tokens::user_id.eq(user_id)).filter(access_tokens::id.eq(id));
    let revoked = diesel::delete(token).execute(conn).await?;
    Ok(if revoked == 1 { AccessTokenRevocation::Revoked } else { AccessTokenRevocation::NotFound })
}

/// Revokes all tokens of an account. It goes with ending all sessions: the person who made a token may not be the owner.
pub async fn revoke_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(access_tokens::table.filter(access_tokens::user_id.eq(user_id))).execute(conn).await
}
