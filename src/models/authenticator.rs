//! Authenticator apps of accounts. A removed one is kept as long as an undo link can restore it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::authenticators;

/// An authenticator in use.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = authenticators, check_for_backend(diesel::pg::Pg))]
pub struct Authenticator {
    /// Identifies it.
    pub id: Uuid,
    /// The name that its owner gave it.
    pub name: String,
    /// The shared secret, encrypted.
    pub sealed_secret: Vec<u8>,
    /// The time step of the last code that was accepted.
    pub last_step: i64,
    /// The time at which it was added.
    pub created_at: DateTime<Utc>,
    /// The time of its last use.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// An authenticator to be stored.
#[derive(Insertable)]
#[diesel(table_name = authenticators)]
pub struct NewAuthenticator<'a> {
    /// Follows from the secret.
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The name that its owner gave it.
    pub name: &'a str,
    /// The shared secret, encrypted.
    pub sealed_secret: &'a [u8],
    /// The time step of the code that proved it.
    pub last_step: i64,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The number of the undo link of its addition.
    pub added_number: i64,
}

/// The encrypted secret of an authenticator, in use or removed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = authenticators, check_for_backend(diesel::pg::Pg))]
pub struct StoredSecret {
    /// The authenticator.
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The shared secret, encrypted.
    pub sealed_secret: Vec<u8>,
}

/// Up to `limit` secrets of authenticators whose id is larger than `after`, by id.
pub async fn list_secrets(
    conn: &mut AsyncPgConnection,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<StoredSecret>> {
    authenticators::table
        .filter(authenticators::id.gt(after))
        .order(authenticators::id)
        .limit(limit)
        .select(StoredSecret::as_select())
        .load(conn)
        .await
}

/// Stores the same secret in another encryption, unless it was changed or deleted meanwhile; returns whether it was stored.
pub async fn replace_secret(
    conn: &mut AsyncPgConnection,
    stored: &StoredSecret,
    renewed: &[u8],
) -> QueryResult<bool> {
    let unchanged =
        authenticators::table.find(stored.id).filter(authenticators::sealed_secret.eq(&stored.sealed_secret));
    let changed =
        diesel::update(unchanged).set(authenticators::sealed_secret.eq(renewed)).execute(conn).await?;
    Ok(changed == 1)
}

/// Stores an authenticator, unless its secret is stored already; returns whether it was stored.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewAuthenticator<'_>) -> QueryResult<bool> {
    let insert = diesel::insert_into(authenticators::table).values(new);
    let created = insert.on_conflict(authenticators::id).do_nothing().execute(conn).await?;
    Ok(created == 1)
}

/// Whether an account uses any.
pub async fn has_any(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let rows = authenticators::table
        .filter(authenticators::user_id.eq(user_id))
        .filter(authenticators::removed_number.is_null());
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// The authenticators that an account uses, oldest first.
pub async fn list(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Authenticator>> {
    authenticators::table
        .filter(authenticators::user_id.eq(user_id))
        .filter(authenticators::removed_number.is_null())
        .order((authenticators::created_at, authenticators::id))
        .select(Authenticator::as_select())
        .load(conn)
        .await
}

/// Whether a code of this step can still be accepted.
pub async fn accepts(conn: &mut AsyncPgConnection, id: Uuid, step: i64) -> QueryResult<bool> {
    let rows = authenticators::table
        .find(id)
        .filter(authenticators::removed_number.is_null())
        .filter(authenticators::last_step.lt(step));
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Accepts a code of this step, once (RFC 6238 §5.2); returns whether it was the first.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    step: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let accepted = diesel::update(
        authenticators::table
            .find(id)
            .filter(authenticators::removed_number.is_null())
            .filter(authenticators::last_step.lt(step)),
    )
    .set((authenticators::last_step.eq(step), authenticators::last_used_at.eq(now)))
    .execute(conn)
    .await?;
    Ok(accepted == 1)
}
