//! Recovery codes of accounts, as digests. Void ones are kept as long as an undo link can restore them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::schema::recovery_codes;

#[derive(Insertable)]
#[diesel(table_name = recovery_codes)]
struct NewRecoveryCode<'a> {
    code_digest: &'a [u8],
    user_id: Uuid,
    created_at: DateTime<Utc>,
    added_number: i64,
}

/// Stores the codes of an account. Former ones must be void.
pub async fn create_all(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digests: &[TokenDigest],
    added_number: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let new = |digest: &TokenDigest| digest.as_bytes().to_vec();
    let digests: Vec<Vec<u8>> = digests.iter().map(new).collect();
    let rows: Vec<NewRecoveryCode<'_>> = digests
        .iter()
        .map(|digest| NewRecoveryCode { code_digest: digest, user_id, created_at: now, added_number })
        .collect();
    diesel::insert_into(recovery_codes::table).values(rows).execute(conn).await.map(|_| ())
}

/// The number of codes that an account can still use.
pub async fn count_unused(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::removed_number.is_null())
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(conn)
        .await
}

/// How many of these digests are codes of an account, used or not, that were made at `since` or later.
pub async fn count_of(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digests: &[TokenDigest],
    since: DateTime<Utc>,
) -> QueryResult<i64> {
    let digests: Vec<&[u8]> = digests.iter().map(TokenDigest::as_bytes).collect();
    recovery_codes::table
        .filter(recovery_codes::code_digest.eq_any(digests))
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::removed_number.is_null())
        .filter(recovery_codes::created_at.ge(since))
        .count()
        .get_result(conn)
        .await
}

/// Whether a code can be used.
pub async fn is_unused(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digest: TokenDigest,
) -> QueryResult<bool> {
    let rows = recovery_codes::table
        .find(digest.as_bytes())
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::removed_number.is_null())
        .filter(recovery_codes::used_at.is_null());
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Uses a code, once; returns whether this was the use.
pub async fn set_used(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let used = diesel::update(
        recovery_codes::table
            .find(digest.as_bytes())
            .filter(recovery_codes::user_id.eq(user_id))
            .filter(recovery_codes::removed_number.is_null())
            .filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(now))
    .execute(conn)
    .await?;
    Ok(used == 1)
}
