//! Links with which users who forgot their password choose a new one. A link belongs to the email address that it was
//! mailed to, works once, and makes the account's other links void.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::user::{self, NewPassword, UserUpdate};
use super::{access_token, email_change, pending_action, session};
use crate::domain::TokenDigest;
use crate::schema::{password_resets, users};

/// The lifetime of a link (OWASP ASVS 5.0, 6.5.5).
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The lifetime of the first link of an account that an operator created.
pub const FIRST_LIFETIME: TimeDelta = TimeDelta::days(7);
/// The time for which the page of a link can say why it no longer works.
pub const KEPT: TimeDelta = TimeDelta::days(1);

#[derive(Insertable)]
#[diesel(table_name = password_resets)]
struct NewPasswordReset<'a> {
    token_digest: &'a [u8],
    user_id: Uuid,
    email: &'a str,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    delete_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = password_resets, check_for_backend(diesel::pg::Pg))]
struct Row {
    user_id: Uuid,
    email: String,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct Owner {
    email: String,
    display_name: String,
    language: Option<String>,
    time_zone: Option<String>,
    second_factor_since: Option<DateTime<Utc>>,
}

/// The account of a link that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// The account.
    pub user_id: Uuid,
    /// Its email address.
    pub email: String,
    /// Its name.
    pub display_name: String,
    /// The language tag and the time zone that its owner has chosen.
    pub locale: (Option<String>, Option<String>),
    /// Whether a sign-in needs a second factor.
    pub second_factor: bool,
}

/// The state of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordResetState {
    /// It gives this account a new password.
    Open(PasswordReset),
    /// It has expired; a link to this email address can replace it.
    Expired(String),
    /// It, or another link of the account, was used.
    Used,
    /// The account no longer has the email address that the link was mailed to.
    Withdrawn,
    /// There is no such link, or it is so old that its row is deleted.
    NotFound,
}

/// The account that a link is mailed for.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct LinkOwner {
    /// The account.
    pub id: Uuid,
    /// The language tag that its owner has chosen.
    pub language: Option<String>,
}

/// The account of an email address.
pub async fn find_owner(conn: &mut AsyncPgConnection, email: &str) -> QueryResult<Option<LinkOwner>> {
    users::table.filter(users::email.eq(email)).select(LinkOwner::as_select()).first(conn).await.optional()
}

/// Stores a link. Without an account its row belongs to nobody, so that both cases do the same work.
pub async fn create(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Option<Uuid>,
    email: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    create_until(conn, digest, owner, email, now, now + LIFETIME).await
}

/// Stores a link that works until `expires_at`.
pub async fn create_until(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Option<Uuid>,
    email: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    let new = NewPasswordReset {
        token_digest: digest.as_bytes(),
        user_id: owner.unwrap_or_else(Uuid::new_v4),
        email,
        created_at: now,
        expires_at,
        delete_at: expires_at - LIFETIME + KEPT,
    };
    diesel::insert_into(password_resets::table).values(&new).execute(conn).await.map(|_| ())
}

/// Stores a link for the email address that an account has now.
pub async fn create_for(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let email: Option<String> =
        users::table.find(user_id).select(users::email).first(conn).await.optional()?;
    match email {
        Some(email) => create(conn, digest, Some(user_id), &email, now).await,
        None => Ok(()),
    }
}

/// Deletes a link that was not used; returns whether there was one.
pub async fn delete_unused(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<bool> {
    let unused = password_resets::table.find(digest.as_bytes()).filter(password_resets::used_at.is_null());
    Ok(diesel::delete(unused).execute(conn).await? == 1)
}

/// Voids all links of an account.
pub async fn void_all(conn: &mut AsyncPgConnection, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(password_resets::table.filter(password_resets::user_id.eq(user_id)))
        .filter(password_resets::used_at.is_null())
        .set(password_resets::used_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The state of the link with a token.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<PasswordResetState> {
    let found: Option<(Row, Owner)> = password_resets::table
        .find(digest.as_bytes())
        .inner_join(users::table.on(users::id.eq(password_resets::user_id)))
        .select((Row::as_select(), Owner::as_select()))
        .first(conn)
        .await
        .optional()?;
    let Some((row, owner)) = found else { return Ok(PasswordResetState::NotFound) };
    let Owner { email, display_name, language, time_zone, second_factor_since } = owner;
    Ok(if row.used_at.is_some() {
        PasswordResetState::Used
    } else if row.email != email {
        PasswordResetState::Withdrawn
    } else if row.expires_at <= now {
        PasswordResetState::Expired(email)
    } else {
        let (locale, second_factor) = ((language, time_zone), second_factor_since.is_some());
        let user_id = row.user_id;
        PasswordResetState::Open(PasswordReset { user_id, email, display_name, locale, second_factor })
    })
}

/// Gives the account of an open link a new password, ends all its sessions, revokes its access tokens, and withdraws
/// all that waits. Returns the
/// former state: `Open` means that it was done.
pub async fn finish_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    password: &NewPassword,
    now: DateTime<Utc>,
) -> QueryResult<PasswordResetState> {
    let state = find(conn, digest, now).await?;
    let PasswordResetState::Open(reset) = &state else { return Ok(state) };
    if user::replace_password(conn, reset.user_id, Some(password), now).await? == UserUpdate::Gone {
        return Ok(PasswordResetState::NotFound);
    }
    void_all(conn, reset.user_id, now).await?;
    user::forget_devices(conn, reset.user_id, now).await?;
    session::revoke_all(conn, reset.user_id).await?;
    access_token::revoke_all(conn, reset.user_id).await?;
    pending_action::withdraw_all(conn, reset.user_id, now).await?;
    email_change::withdraw_open(conn, reset.user_id, None, now).await?;
    Ok(state)
}
