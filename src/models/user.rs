//! Accounts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::undo_link;
use crate::domain::{DisplayName, EmailAddress};
use crate::schema::users;

/// An account, as its own pages show it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// The account.
    pub id: Uuid,
    /// Its email address, in the normal form.
    pub email: String,
    /// Its name.
    pub display_name: String,
    /// Whether the public card is on.
    pub card_enabled: bool,
    /// The moment at which it will be deleted, unless its owner keeps it.
    pub delete_after: Option<DateTime<Utc>>,
    /// The language tag that its owner has chosen.
    pub language: Option<String>,
    /// The time zone (IANA) that its owner has chosen.
    pub time_zone: Option<String>,
    /// The time from which a sign-in needs a second factor.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Whether the password is too short for an account without a second factor.
    pub short_password: bool,
}

/// The public card of an account.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Card {
    /// The name.
    pub display_name: String,
    /// The moment at which the account was created.
    pub created_at: DateTime<Utc>,
}

/// The credentials that a sign-in compares.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Credentials {
    /// The account.
    pub id: Uuid,
    /// Its email address.
    pub email: String,
    /// argon2id in PHC string format, or the hash of another system; `None`: no password opens the account.
    pub password_hash: Option<String>,
    /// The moment at which an operator disabled the account.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Browsers that signed in before this moment count as new devices.
    pub devices_forgotten_at: Option<DateTime<Utc>>,
    /// The time from which a sign-in needs a second factor.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// The language tag that its owner has chosen.
    pub language: Option<String>,
    /// The time zone (IANA) that its owner has chosen.
    pub time_zone: Option<String>,
}

/// An account to be stored.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// The id, chosen by the application so that the session can name it in the same transaction.
    pub id: Uuid,
    /// Its email address.
    pub email: &'a str,
    /// Its name.
    pub display_name: &'a str,
    /// argon2id in PHC string format; `None` until its owner chooses a password.
    pub password_hash: Option<&'a str>,
    /// The tag of the language that the browser asked for at sign-up, so that later mails are in it.
    pub language: Option<&'a str>,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The time now.
    pub updated_at: DateTime<Utc>,
}

/// The result of storing a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCreation {
    /// The account is stored.
    Created,
    /// Another account has the email address.
    EmailTaken,
}

/// The result of changing an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserUpdate {
    /// The change is stored.
    Stored,
    /// The account is gone, or it is no longer as the change expects.
    Gone,
}

impl UserUpdate {
    fn of(rows: usize) -> Self {
        if rows == 1 { Self::Stored } else { Self::Gone }
    }
}

/// Stores an account, unless another one has its email address. The unique index decides between two
/// sign-ups at the same moment.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewUser<'_>) -> QueryResult<UserCreation> {
    let created = diesel::insert_into(users::table)
        .values(new)
        .on_conflict(users::email)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(if created == 1 { UserCreation::Created } else { UserCreation::EmailTaken })
}

/// The credentials of an email address.
pub async fn find_by_email(
    conn: &mut AsyncPgConnection,
    email: &EmailAddress,
) -> QueryResult<Option<Credentials>> {
    users::table
        .filter(users::email.eq(email.as_str()))
        .select(Credentials::as_select())
        .first(conn)
        .await
        .optional()
}

/// The language that the owner of an email address has chosen; `None` without an account or a choice.
pub async fn find_language(conn: &mut AsyncPgConnection, email: &str) -> QueryResult<Option<String>> {
    let found: Option<Option<String>> =
        users::table.filter(users::email.eq(email)).select(users::language).first(conn).await.optional()?;
    Ok(found.flatten())
}

/// The account of an id.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).await.optional()
}

/// Changes the name of an account.
pub async fn set_display_name(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    name: &DisplayName,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::display_name.eq(name.as_str()), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Stores the language and the time zone that the owner of an account has chosen; `None` for the one that
/// the browser asks for, and for UTC.
pub async fn set_locale(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    language: Option<&str>,
    time_zone: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::language.eq(language), users::time_zone.eq(time_zone), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// The card of an account that has switched it on and does not wait for its deletion.
pub async fn find_card(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Card>> {
    users::table
        .find(id)
        .filter(users::card_enabled.eq(true))
        .filter(users::delete_after.is_null())
        .select(Card::as_select())
        .first(conn)
        .await
        .optional()
}

/// Switches the public card on or off.
pub async fn set_card_enabled(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    enabled: bool,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::card_enabled.eq(enabled), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Stores a new hash of the same password, unless the password or the email address was changed or the account disabled
/// meanwhile.
pub async fn set_password_hash(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    email: &EmailAddress,
    former: &str,
    hash: &str,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let unchanged =
        users::table.find(id).filter(users::email.eq(email.as_str())).filter(users::password_hash.eq(former));
    let changed = diesel::update(unchanged.filter(users::disabled_at.is_null()))
        .set((users::password_hash.eq(hash), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// A new password to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPassword {
    /// argon2id in PHC string format.
    pub hash: String,
    /// Whether it is too short for an account without a second factor.
    pub is_short: bool,
}

/// Stores a new password, whatever the former one was; `None`: no password opens the account. A short one is stored only
/// if the account has a second factor.
pub async fn replace_password(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    password: Option<&NewPassword>,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let (hash, is_short) = password.map_or((None, false), |new| (Some(&new.hash), new.is_short));
    let changed = diesel::update(users::table.find(id))
        .filter(users::second_factor_since.is_not_null().or((!is_short).into_sql::<Bool>()))
        .set((users::password_hash.eq(hash), users::short_password.eq(is_short), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Makes all browsers that have signed in to an account new devices.
pub async fn forget_devices(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set((users::devices_forgotten_at.eq(now), users::updated_at.eq(now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The credentials of an account, to prove that its owner is present.
pub async fn find_credentials(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Credentials>> {
    users::table.find(id).select(Credentials::as_select()).first(conn).await.optional()
}

/// Whether this is still the account's email address.
pub async fn has_email(conn: &mut AsyncPgConnection, id: Uuid, email: &str) -> QueryResult<bool> {
    let rows = users::table.find(id).filter(users::email.eq(email));
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Whether this is still the account's password hash, and the password its only factor.
pub async fn has_only_password(conn: &mut AsyncPgConnection, id: Uuid, hash: &str) -> QueryResult<bool> {
    let rows = users::table
        .find(id)
        .filter(users::password_hash.eq(hash))
        .filter(users::second_factor_since.is_null());
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Whether another account has an email address, or reserves it with an undo link.
pub async fn email_is_taken(
    conn: &mut AsyncPgConnection,
    email: &str,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let rows = users::table.filter(users::email.eq(email)).filter(users::id.ne(id));
    let taken: bool = diesel::select(diesel::dsl::exists(rows)).get_result(conn).await?;
    Ok(taken || undo_link::reserves(conn, email, id, now).await?)
}

/// Changes the email address of an account, unless it was changed meanwhile.
///
/// # Errors
/// A unique violation where another account took the address at the same moment.
pub async fn set_email(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    former: &str,
    email: &str,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id).filter(users::email.eq(former)))
        .set((users::email.eq(email), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Restores a former email address of an account, whatever its email address is now.
pub async fn restore_email(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    email: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(users::table.find(id))
        .set((users::email.eq(email), users::updated_at.eq(now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Sets or clears the moment at which an account will be deleted.
pub async fn set_delete_after(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    delete_after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::delete_after.eq(delete_after), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Notes or clears the time at which an operator disabled an account.
pub async fn set_disabled_at(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    disabled_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::disabled_at.eq(disabled_at), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Sets or clears the time at which all second factors of an account are removed.
pub async fn set_factors_reset_after(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    factors_reset_after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let changed = diesel::update(users::table.find(id))
        .set((users::factors_reset_after.eq(factors_reset_after), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(UserUpdate::of(changed))
}

/// Cancels a removal of all second factors that waits.
pub async fn keep_factors(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(users::table.find(id).filter(users::factors_reset_after.is_not_null()))
        .set((users::factors_reset_after.eq(None::<DateTime<Utc>>), users::updated_at.eq(now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Up to `limit` accounts whose grace period has ended, longest first.
pub async fn find_due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::delete_after.is_not_null())
        .filter(users::delete_after.le(now))
        // The order makes PostgreSQL use the index on the time, and not one of those that list such accounts by email.
        .order(users::delete_after)
        .select(User::as_select())
        .limit(limit)
        .load(conn)
        .await
}

/// The tables whose rows belong to an account by their column `user_id` and are deleted with it.
pub const OWNED_TABLES: &[&str] = &[
    "sessions",
    "pending_actions",
    "email_changes",
    "undo_links",
    "password_resets",
    "security_events",
    "data_exports",
    "authenticators",
    "recovery_codes",
    "pending_sign_ins",
    "passkeys",
    "confirmations",
    "access_tokens",
];

/// Deletes an account whose grace period has ended, with all rows that belong to it.
pub async fn delete_due_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<UserUpdate> {
    let due = users::table.find(id).filter(users::delete_after.le(now));
    let deleted = diesel::delete(due).execute(conn).await?;
    if deleted == 1 {
        for table in OWNED_TABLES {
            diesel::sql_query(format!("DELETE FROM {table} WHERE user_id = $1"))
                .bind::<SqlUuid, _>(id)
                .execute(conn)
                .await?;
        }
    }
    Ok(UserUpdate::of(deleted))
}
