//! Passkeys of accounts. A removed one opens nothing, but its row stays while an undo link can restore it. The passkey
//! itself is JSON that only `security/passkeys` reads.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::passkeys;

/// A passkey that was not removed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(diesel::pg::Pg))]
pub struct Passkey {
    /// The id, in URLs and logs.
    pub id: Uuid,
    /// The account that it opens.
    pub user_id: Uuid,
    /// The name that the user gave it.
    pub name: String,
    /// The id that the authenticator gave it.
    pub credential_id: Vec<u8>,
    /// The passkey as JSON.
    pub credential: String,
    /// The time at which the user added it.
    pub created_at: DateTime<Utc>,
    /// The time of the last use.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A passkey to be stored.
#[derive(Insertable)]
#[diesel(table_name = passkeys)]
pub struct NewPasskey<'a> {
    /// The id, chosen by the application.
    pub id: Uuid,
    /// The account that it opens.
    pub user_id: Uuid,
    /// The name that the user gave it.
    pub name: &'a str,
    /// The id that the authenticator gave it.
    pub credential_id: &'a [u8],
    /// The passkey as JSON.
    pub credential: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The number of the undo link of the change that adds it.
    pub added_number: i64,
}

/// The result of storing a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyCreation {
    /// It is stored.
    Created,
    /// The id of the authenticator is stored already: the same answer was sent twice, or it was copied.
    Taken,
}

/// Whether an account uses any.
pub async fn has_any(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let rows =
        passkeys::table.filter(passkeys::user_id.eq(user_id)).filter(passkeys::removed_number.is_null());
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// The passkeys of an account, oldest first.
pub async fn list(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Vec<Passkey>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user_id))
        .filter(passkeys::removed_number.is_null())
        .order((passkeys::created_at, passkeys::id))
        .select(Passkey::as_select())
        .load(conn)
        .await
}

/// The passkey to which an authenticator gave this id.
pub async fn find_by_credential_id(
    conn: &mut AsyncPgConnection,
    credential_id: &[u8],
) -> QueryResult<Option<Passkey>> {
    passkeys::table
        .filter(passkeys::credential_id.eq(credential_id))
        .filter(passkeys::removed_number.is_null())
        .select(Passkey::as_select())
        .first(conn)
        .await
        .optional()
}

/// Stores a passkey, unless its id is stored already, for any account. The unique index decides between two at the same
/// moment.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewPasskey<'_>,
) -> QueryResult<PasskeyCreation> {
    let created = diesel::insert_into(passkeys::table)
        .values(new)
        .on_conflict(passkeys::credential_id)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(if created == 1 { PasskeyCreation::Created } else { PasskeyCreation::Taken })
}

/// A passkey that can be used with the challenge that was served at `served_at`: it was not removed, and not used since it
/// was read, nor with this challenge or a later one. Of two uses at the same moment one counts, so that the counter never
/// falls.
#[diesel::dsl::auto_type]
fn usable<'a>(found: &'a Passkey, served_at: DateTime<Utc>) -> _ {
    let (id, credential): (Uuid, &'a str) = (found.id, &found.credential);
    passkeys::table
        .find(id)
        .filter(passkeys::removed_number.is_null())
        .filter(passkeys::credential.eq(credential))
        .filter(
            passkeys::last_challenge_at
                .is_null()
                .or(passkeys::last_challenge_at.assume_not_null().lt(served_at)),
        )
}

/// Notes a use with the challenge that was served at `served_at`, and stores the passkey with its new counter. False if
/// it cannot be used so any more: then the use does not count.
pub async fn use_in_txn(
    conn: &mut AsyncPgConnection,
    found: &Passkey,
    served_at: DateTime<Utc>,
    credential: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let used = diesel::update(usable(found, served_at))
        .set((
            passkeys::last_challenge_at.eq(served_at),
            passkeys::last_used_at.eq(now),
            passkeys::credential.eq(credential),
        ))
        .execute(conn)
        .await?;
    Ok(used == 1)
}

/// Whether a use with the challenge that was served at `served_at` would count.
pub async fn accepts(
    conn: &mut AsyncPgConnection,
    found: &Passkey,
    served_at: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(usable(found, served_at))).get_result(conn).await
}
