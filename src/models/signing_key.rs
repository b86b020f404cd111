//! The keys that sign receipts. One of them signs; former ones are published until no receipt of theirs is young.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::signing_keys;

/// The time for which a key is published after another one has taken its place.
pub const PUBLISHED: TimeDelta = TimeDelta::days(30);

/// A key to be stored.
#[derive(Insertable)]
#[diesel(table_name = signing_keys)]
pub struct NewSigningKey<'a> {
    /// Identifies it in receipts.
    pub kid: &'a str,
    /// The public key.
    pub public_key: &'a [u8],
    /// The private key, sealed.
    pub sealed_private_key: &'a [u8],
    /// The time now.
    pub created_at: DateTime<Utc>,
}

/// A stored key with its sealed private part.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
pub struct SealedKey {
    /// Identifies it in receipts.
    pub kid: String,
    /// The private key, sealed.
    pub sealed_private_key: Vec<u8>,
}

/// A published key.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
pub struct PublicKey {
    /// Identifies it in receipts.
    pub kid: String,
    /// The public key.
    pub public_key: Vec<u8>,
}

/// The key that signs now; `None` before the first receipt.
pub async fn find_current(conn: &mut AsyncPgConnection) -> QueryResult<Option<SealedKey>> {
    signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order(signing_keys::created_at.desc())
        .select(SealedKey::as_select())
        .first(conn)
        .await
        .optional()
}

/// Stores the first key, and returns the one that signs: that of another instance, if that was faster.
pub async fn create_first_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewSigningKey<'_>,
) -> QueryResult<SealedKey> {
    if let Some(found) = find_current(conn).await? {
        return Ok(found);
    }
    create(conn, new).await?;
    Ok(SealedKey { kid: new.kid.to_owned(), sealed_private_key: new.sealed_private_key.to_owned() })
}

async fn create(conn: &mut AsyncPgConnection, new: &NewSigningKey<'_>) -> QueryResult<()> {
    diesel::insert_into(signing_keys::table).values(new).execute(conn).await.map(|_| ())
}

/// Ends the publication of the keys that were retired before.
pub async fn unpublish_all(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let published = signing_keys::table.filter(signing_keys::delete_at.gt(now));
    diesel::update(published).set(signing_keys::delete_at.eq(now)).execute(conn).await
}

/// Stores a key that signs from now on, and publishes the former one for a time; returns the names of the keys that no
/// longer sign.
pub async fn rotate_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewSigningKey<'_>,
    published: TimeDelta,
    now: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let retired: Vec<String> = diesel::update(signing_keys::table.filter(signing_keys::retired_at.is_null()))
        .set((signing_keys::retired_at.eq(now), signing_keys::delete_at.eq(now + published)))
        .returning(signing_keys::kid)
        .get_results(conn)
        .await?;
    create(conn, new).await?;
    Ok(retired)
}

/// The keys that verify receipts, newest first.
pub async fn list_published(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<PublicKey>> {
    signing_keys::table
        .filter(signing_keys::delete_at.is_null().or(signing_keys::delete_at.gt(now)))
        .order(signing_keys::created_at.desc())
        .select(PublicKey::as_select())
        .load(conn)
        .await
}

/// All keys with their private parts, to be sealed again.
pub async fn list_sealed(conn: &mut AsyncPgConnection) -> QueryResult<Vec<SealedKey>> {
    signing_keys::table.select(SealedKey::as_select()).load(conn).await
}

/// Replaces the sealed private part, unless another instance did; returns whether it did.
pub async fn replace_sealed(
    conn: &mut AsyncPgConnection,
    stored: &SealedKey,
    renewed: &[u8],
) -> QueryResult<bool> {
    let unchanged = signing_keys::table
        .find(&stored.kid)
        .filter(signing_keys::sealed_private_key.eq(&stored.sealed_private_key));
    let changed =
        diesel::update(unchanged).set(signing_keys::sealed_private_key.eq(renewed)).execute(conn).await?;
    Ok(changed == 1)
}
