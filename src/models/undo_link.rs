//! Undo links: links in emails that undo a change. An attacker who took over an account cannot keep it as
//! long as the owner can read mail to the former address.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::TokenDigest;
use crate::schema::{undo_links, users};

/// The time in which a change can be undone.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// A link to be stored.
#[derive(Insertable)]
#[diesel(table_name = undo_links)]
pub struct NewUndoLink<'a> {
    /// The digest of the link's token.
    pub token_digest: &'a [u8],
    /// The account that the link restores.
    pub user_id: Uuid,
    /// The kind of undo.
    pub kind: &'a str,
    /// The undo as JSON, in the form of its kind.
    pub payload: &'a str,
    /// The email address that no other account may take while the link lives.
    pub reserved_email: Option<&'a str>,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The end of the link.
    pub expires_at: DateTime<Utc>,
}

/// A link, with the state of its account.
#[derive(Clone, Debug)]
pub struct UndoLink {
    /// The account that the link restores.
    pub user_id: Uuid,
    /// The kind of undo.
    pub kind: String,
    /// The undo as JSON, in the form of its kind.
    pub payload: String,
    /// The order of the change among those of the account.
    pub number: i64,
    /// The end of the link.
    pub expires_at: DateTime<Utc>,
    /// The moment at which the link was used or made void.
    pub used_at: Option<DateTime<Utc>>,
    /// The account's email address now.
    pub email: String,
    /// The language tag and the time zone that the owner has chosen.
    pub locale: (Option<String>, Option<String>),
    /// The moment at which the account is to be deleted.
    pub delete_after: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = undo_links, check_for_backend(diesel::pg::Pg))]
struct Row {
    user_id: Uuid,
    kind: String,
    payload: String,
    number: i64,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// The account of a link.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct Owner {
    email: String,
    delete_after: Option<DateTime<Utc>>,
    language: Option<String>,
    time_zone: Option<String>,
}

/// Stores an undo link with the next number of its account, and returns the number.
pub async fn create_in_txn(conn: &mut AsyncPgConnection, link: &NewUndoLink<'_>) -> QueryResult<i64> {
    let number: i64 = diesel::update(users::table.find(link.user_id))
        .set(users::last_undo_number.eq(users::last_undo_number + 1))
        .returning(users::last_undo_number)
        .get_result(conn)
        .await?;
    diesel::insert_into(undo_links::table)
        .values((link, undo_links::number.eq(number)))
        .execute(conn)
        .await?;
    Ok(number)
}

/// The link of a token; `None` if there is none or its account is gone.
pub async fn find(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<Option<UndoLink>> {
    let found: Option<(Row, Owner)> = undo_links::table
        .find(digest.as_bytes())
        .inner_join(users::table.on(users::id.eq(undo_links::user_id)))
        .select((Row::as_select(), Owner::as_select()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(row, owner)| {
        let Row { user_id, kind, payload, number, expires_at, used_at } = row;
        let Owner { email, delete_after, language, time_zone } = owner;
        let locale = (language, time_zone);
        UndoLink { user_id, kind, payload, number, expires_at, used_at, email, locale, delete_after }
    }))
}

/// Notes that a link was used.
pub async fn set_used(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(undo_links::table.find(digest.as_bytes()))
        .set(undo_links::used_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Voids the links of the change with a number and of later ones. The number decides, because the clocks of
/// two instances may differ.
pub async fn void_from(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    first: i64,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        undo_links::table
            .filter(undo_links::user_id.eq(user_id))
            .filter(undo_links::number.ge(first))
            .filter(undo_links::used_at.is_null()),
    )
    .set(undo_links::used_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
}

/// Voids all links of one kind.
pub async fn void_kind(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        undo_links::table
            .filter(undo_links::user_id.eq(user_id))
            .filter(undo_links::kind.eq(kind))
            .filter(undo_links::used_at.is_null()),
    )
    .set(undo_links::used_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
}

/// The links that reserve an email address now.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn reservations(now: DateTime<Utc>) -> _ {
    undo_links::table
        .filter(undo_links::reserved_email.is_not_null())
        .filter(undo_links::used_at.is_null())
        .filter(undo_links::expires_at.gt(now))
}

/// The former email addresses of an account that live links reserve: their owners can still get it back.
pub async fn reserved_emails(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let emails: Vec<Option<String>> = reservations(now)
        .inner_join(users::table.on(users::id.eq(undo_links::user_id)))
        .filter(undo_links::user_id.eq(user_id))
        .filter(undo_links::reserved_email.ne(users::email.nullable()))
        .select(undo_links::reserved_email)
        .distinct()
        .load(conn)
        .await?;
    Ok(emails.into_iter().flatten().collect())
}

/// Whether a live link of another account than `user_id` reserves an email address. Otherwise an
/// attacker who changed the address could sign up with the former one and keep it from its owner.
pub async fn reserves(
    conn: &mut AsyncPgConnection,
    email: &str,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        reservations(now)
            .filter(undo_links::reserved_email.eq(email))
            .filter(undo_links::user_id.ne(user_id)),
    ))
    .get_result(conn)
    .await
}
