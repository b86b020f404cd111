//! Sign-ins with the right password that wait for a second factor. Such a row opens nothing but the page that asks for it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::user::Credentials;
use crate::domain::TokenDigest;
use crate::schema::{pending_sign_ins, users};

/// The time in which the second factor must follow the password.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The number of wrong second factors that ends a sign-in.
pub const MAX_ATTEMPTS: i64 = 5;

/// A sign-in to be stored.
pub struct NewPendingSignIn<'a> {
    /// The digest of the cookie's token.
    pub digest: TokenDigest,
    /// The account.
    pub user_id: Uuid,
    /// The password hash that matched.
    pub password_hash: &'a str,
    /// Whether the user chose to stay signed in.
    pub remembered: bool,
    /// The page that follows.
    pub next_path: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
}

/// A sign-in that waits.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = pending_sign_ins, check_for_backend(diesel::pg::Pg))]
struct Row {
    password_digest: Vec<u8>,
    remembered: bool,
    next_path: String,
}

/// A sign-in that waits, with its account.
#[derive(Clone)]
pub struct PendingSignIn {
    /// The account.
    pub account: Credentials,
    /// Whether the user chose to stay signed in.
    pub remembered: bool,
    /// The page that follows.
    pub next_path: String,
}

/// Stores a sign-in.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewPendingSignIn<'_>) -> QueryResult<()> {
    diesel::insert_into(pending_sign_ins::table)
        .values((
            pending_sign_ins::token_digest.eq(new.digest.as_bytes()),
            pending_sign_ins::user_id.eq(new.user_id),
            pending_sign_ins::password_digest.eq(digest_of(new.password_hash)),
            pending_sign_ins::remembered.eq(new.remembered),
            pending_sign_ins::next_path.eq(new.next_path),
            pending_sign_ins::created_at.eq(new.created_at),
            pending_sign_ins::expires_at.eq(new.created_at + LIFETIME),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The sign-in of a token; `None` if it is over, if the account was disabled, or if its password has changed since.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<PendingSignIn>> {
    let found: Option<(Row, Credentials)> = pending_sign_ins::table
        .find(digest.as_bytes())
        .filter(pending_sign_ins::expires_at.gt(now))
        .inner_join(users::table.on(users::id.eq(pending_sign_ins::user_id)))
        .filter(users::disabled_at.is_null())
        .select((Row::as_select(), Credentials::as_select()))
        .first(conn)
        .await
        .optional()?;
    let same_password = |row: &Row, account: &Credentials| {
        account.password_hash.as_deref().map(digest_of).as_deref() == Some(row.password_digest.as_slice())
    };
    Ok(found.filter(|(row, account)| same_password(row, account)).map(|(row, account)| {
        let Row { remembered, next_path, .. } = row;
        PendingSignIn { account, remembered, next_path }
    }))
}

/// Counts a wrong second factor. The last attempt allowed ends the sign-in; returns whether it still waits.
pub async fn note_wrong_in_txn(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<bool> {
    let attempts: Option<i64> = diesel::update(pending_sign_ins::table.find(digest.as_bytes()))
        .set(pending_sign_ins::attempts.eq(pending_sign_ins::attempts + 1))
        .returning(pending_sign_ins::attempts)
        .get_result(conn)
        .await
        .optional()?;
    match attempts {
        Some(attempts) if attempts < MAX_ATTEMPTS => Ok(true),
        Some(_) => delete(conn, digest).await.map(|_| false),
        None => Ok(false),
    }
}

/// Ends a sign-in, because its session begins or because the user gave it up; returns whether it still waited.
pub async fn delete(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<bool> {
    let deleted = diesel::delete(pending_sign_ins::table.find(digest.as_bytes())).execute(conn).await?;
    Ok(deleted == 1)
}

/// Ends all sign-ins of an account that wait.
pub async fn delete_all(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    diesel::delete(pending_sign_ins::table.filter(pending_sign_ins::user_id.eq(user_id)))
        .execute(conn)
        .await
        .map(|_| ())
}

fn digest_of(password_hash: &str) -> Vec<u8> {
    Sha256::digest(password_hash).to_vec()
}
