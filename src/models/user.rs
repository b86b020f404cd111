//! Accounts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::session::{self, NewSession};
use super::undo_link;
use crate::domain::{DisplayName, EmailAddress};
use crate::schema::users;

/// An account as its own pages show it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    /// The account.
    pub id: Uuid,
    /// Its address, in the normal form.
    pub email: String,
    /// What it is called.
    pub display_name: String,
    /// Whether anybody may see its card.
    pub card_enabled: bool,
    /// When it is deleted, unless its owner keeps it before.
    pub delete_after: Option<DateTime<Utc>>,
}

/// What anybody may see of an account that wants it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Card {
    /// What it is called.
    pub display_name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What sign-in compares.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Credentials {
    /// The account.
    pub id: Uuid,
    /// argon2id in PHC string format.
    pub password_hash: String,
}

/// An account to be made.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    /// Chosen by us, so that the session can name it in the same transaction.
    pub id: Uuid,
    /// The address.
    pub email: &'a str,
    /// What it is called.
    pub display_name: &'a str,
    /// argon2id in PHC string format.
    pub password_hash: &'a str,
    /// When it is made.
    pub created_at: DateTime<Utc>,
    /// The same.
    pub updated_at: DateTime<Utc>,
}

/// What became of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Account and session are there, the welcome is queued.
    Created,
    /// The address has an account already; its owner is told by mail.
    AddressTaken,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is stored.
    Done,
    /// The account has gone.
    Gone,
}

/// Makes account and session and queues `welcome`, or, where the address has an account or can still
/// be taken back by one, queues `already_used` for its owner. The unique index decides between two
/// at once.
///
/// # Errors
/// As any query.
pub async fn sign_up_in_txn(
    conn: &mut AsyncPgConnection,
    new_user: &NewUser<'_>,
    new_session: &NewSession<'_>,
    welcome: &NewOutgoingMail<'_>,
    already_used: &NewOutgoingMail<'_>,
) -> QueryResult<SignUp> {
    if undo_link::reserves(conn, new_user.email, new_user.id, new_user.created_at).await? {
        outgoing_mail::create(conn, already_used).await?;
        return Ok(SignUp::AddressTaken);
    }
    let created = diesel::insert_into(users::table)
        .values(new_user)
        .on_conflict(users::email)
        .do_nothing()
        .execute(conn)
        .await?;
    if created == 0 {
        outgoing_mail::create(conn, already_used).await?;
        return Ok(SignUp::AddressTaken);
    }
    session::create(conn, new_session).await?;
    outgoing_mail::create(conn, welcome).await?;
    Ok(SignUp::Created)
}

/// The account of an address, for signing in.
///
/// # Errors
/// As any query.
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

/// The account of an id.
///
/// # Errors
/// As any query.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<User>> {
    users::table.find(id).select(User::as_select()).first(conn).await.optional()
}

/// Changes what an account is called.
///
/// # Errors
/// As any query.
pub async fn set_display_name(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    name: &DisplayName,
    now: DateTime<Utc>,
) -> QueryResult<Change> {
    let changed = diesel::update(users::table.find(id))
        .set((users::display_name.eq(name.as_str()), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(if changed == 1 { Change::Done } else { Change::Gone })
}

/// The card of an account that has switched it on and does not wait for its deletion: whoever wants
/// to be gone is not shown for another week.
///
/// # Errors
/// As any query.
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

/// Switches an account's card on or off.
///
/// # Errors
/// As any query.
pub async fn set_card_enabled(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    enabled: bool,
    now: DateTime<Utc>,
) -> QueryResult<Change> {
    let changed = diesel::update(users::table.find(id))
        .set((users::card_enabled.eq(enabled), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(if changed == 1 { Change::Done } else { Change::Gone })
}

/// Stores the same password hashed anew, unless it was changed meanwhile.
///
/// # Errors
/// As any query.
pub async fn set_password_hash(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    former: &str,
    hash: &str,
    now: DateTime<Utc>,
) -> QueryResult<Change> {
    let changed = diesel::update(users::table.find(id).filter(users::password_hash.eq(former)))
        .set((users::password_hash.eq(hash), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(if changed == 1 { Change::Done } else { Change::Gone })
}

/// The password hash of an account, for proving that its owner is there.
///
/// # Errors
/// As any query.
pub async fn find_credentials(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Credentials>> {
    users::table.find(id).select(Credentials::as_select()).first(conn).await.optional()
}

/// Whether this is still the account's password hash.
///
/// # Errors
/// As any query.
pub async fn has_password_hash(conn: &mut AsyncPgConnection, id: Uuid, hash: &str) -> QueryResult<bool> {
    let rows = users::table.find(id).filter(users::password_hash.eq(hash));
    diesel::select(diesel::dsl::exists(rows)).get_result(conn).await
}

/// Whether an address is another account's, or can still be taken back by one.
///
/// # Errors
/// As any query.
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

/// Gives an account another address, unless it was changed meanwhile.
///
/// # Errors
/// As any query; a unique violation where another account has the address.
pub async fn set_email(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    former: &str,
    email: &str,
    now: DateTime<Utc>,
) -> QueryResult<Change> {
    let changed = diesel::update(users::table.find(id).filter(users::email.eq(former)))
        .set((users::email.eq(email), users::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(if changed == 1 { Change::Done } else { Change::Gone })
}

/// Gives an account a former address back, whatever it has now.
///
/// # Errors
/// As any query.
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
