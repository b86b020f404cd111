//! Links in mails that take a change back: whoever took an account over cannot keep it while its
//! owner reads the mail of the former address.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::{account_deletion, email_change, pending_action, session, user};
use crate::domain::TokenDigest;
use crate::schema::{undo_links, users};

/// How long a change can be taken back.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);

/// A link to be stored.
#[derive(Insertable)]
#[diesel(table_name = undo_links)]
pub struct NewUndoLink<'a> {
    /// What the link's token is found by.
    pub token_digest: &'a [u8],
    /// Whose account it restores.
    pub user_id: Uuid,
    /// `change_email` or `delete_account`.
    pub kind: &'a str,
    /// The undo as JSON.
    pub payload: &'a str,
    /// The address that it restores.
    pub reserved_email: Option<&'a str>,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl<'a> NewUndoLink<'a> {
    /// The link that brings an address back, until `expires_at`.
    #[must_use]
    pub fn for_email(
        digest: &'a TokenDigest,
        user_id: Uuid,
        former: &'a str,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            token_digest: digest.as_bytes(),
            user_id,
            kind: "change_email",
            payload: "{}",
            reserved_email: Some(former),
            created_at: now,
            expires_at,
        }
    }

    /// The link that keeps an account.
    #[must_use]
    pub fn for_deletion(digest: &'a TokenDigest, user_id: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            token_digest: digest.as_bytes(),
            user_id,
            kind: "delete_account",
            payload: "{}",
            reserved_email: None,
            created_at: now,
            expires_at: now + LIFETIME,
        }
    }
}

/// What a link takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// A change of address; this is the former one.
    ChangeEmail(String),
    /// The deletion of the account.
    DeleteAccount,
}

impl Undo {
    /// What stands in the column `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChangeEmail(_) => "change_email",
            Self::DeleteAccount => "delete_account",
        }
    }
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Something that can be taken back.
    Open(Undo),
    /// The link is too old.
    Expired,
    /// It was used or made void, by another link or by its owner, and the account is as it wants it.
    InEffect(Undo),
    /// It was used or made void, and the account is not as it wants it (any more).
    AlreadyUsed,
    /// No such link, or the account has gone.
    NotFound,
}

/// What became of taking a change back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is taken back; every session has ended.
    Undone(Undo),
    /// Nothing was changed, for this reason.
    Over(Found),
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = undo_links, check_for_backend(diesel::pg::Pg))]
struct Row {
    user_id: Uuid,
    reserved_email: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// A link beside its account.
struct Link {
    row: Row,
    email: String,
    delete_after: Option<DateTime<Utc>>,
}

/// Stores a link.
///
/// # Errors
/// As any query.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewUndoLink<'_>) -> QueryResult<()> {
    diesel::insert_into(undo_links::table).values(new).execute(conn).await.map(|_| ())
}

async fn load(conn: &mut AsyncPgConnection, digest: TokenDigest) -> QueryResult<Option<Link>> {
    let found = undo_links::table
        .find(digest.as_bytes())
        .inner_join(users::table.on(users::id.eq(undo_links::user_id)))
        .select((Row::as_select(), users::email, users::delete_after))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(row, email, delete_after)| Link { row, email, delete_after }))
}

impl Link {
    fn found(&self, now: DateTime<Utc>) -> Found {
        let undo = self.row.reserved_email.clone().map_or(Undo::DeleteAccount, Undo::ChangeEmail);
        let in_effect = match &undo {
            Undo::ChangeEmail(former) => self.email == *former,
            Undo::DeleteAccount => self.delete_after.is_none(),
        };
        match self.row.used_at {
            Some(_) if in_effect => Found::InEffect(undo),
            Some(_) => Found::AlreadyUsed,
            None if self.row.expires_at <= now => Found::Expired,
            None => Found::Open(undo),
        }
    }
}

/// What a link leads to.
///
/// # Errors
/// As any query.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Found> {
    Ok(load(conn, digest).await?.map_or(Found::NotFound, |link| link.found(now)))
}

/// Takes a change back and ends every session, with all that they began. Whatever the link restores,
/// a deletion is called off. A link that restores an address voids the links of later changes, which
/// are in the hands of whoever made them, and queues `told` for the address that loses the account.
/// A link that keeps the account leaves those that restore an address as they are: they may be the
/// owner's only way back.
///
/// # Errors
/// As any query.
pub async fn undo_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    told: Option<&NewOutgoingMail<'_>>,
    now: DateTime<Utc>,
) -> QueryResult<Outcome> {
    let Some(link) = load(conn, digest).await? else { return Ok(Outcome::Over(Found::NotFound)) };
    let undo = match link.found(now) {
        Found::Open(undo) => undo,
        over => return Ok(Outcome::Over(over)),
    };
    let id = link.row.user_id;
    account_deletion::keep_in_txn(conn, id, now).await?;
    if let Undo::ChangeEmail(former) = &undo {
        void_since(conn, &link.row, now).await?;
        email_change::withdraw_open(conn, id, now).await?;
        user::restore_email(conn, id, former, now).await?;
        if let Some(told) = told.filter(|_| link.email != *former) {
            // Only here it is certain which address loses the account: it may have changed meanwhile.
            outgoing_mail::create(conn, &NewOutgoingMail { recipient: &link.email, ..*told }).await?;
        }
    }
    pending_action::withdraw_all(conn, id, now).await?;
    session::revoke_all(conn, id).await?;
    Ok(Outcome::Undone(undo))
}

/// Voids a link and those of later changes.
async fn void_since(conn: &mut AsyncPgConnection, row: &Row, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(
        undo_links::table
            .filter(undo_links::user_id.eq(row.user_id))
            .filter(undo_links::created_at.ge(row.created_at))
            .filter(undo_links::used_at.is_null()),
    )
    .set(undo_links::used_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
}

/// Whether an address can still be taken back by another account than `user_id`, so that nobody
/// may have it meanwhile: whoever took an account over could else keep its former address away
/// from it by signing up with that.
///
/// # Errors
/// As any query.
pub async fn reserves(
    conn: &mut AsyncPgConnection,
    email: &str,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        undo_links::table
            .filter(undo_links::reserved_email.eq(email))
            .filter(undo_links::user_id.ne(user_id))
            .filter(undo_links::used_at.is_null())
            .filter(undo_links::expires_at.gt(now)),
    ))
    .get_result(conn)
    .await
}

/// Voids the links that keep an account, once it is kept.
///
/// # Errors
/// As any query.
pub async fn void_deletion(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(
        undo_links::table
            .filter(undo_links::user_id.eq(user_id))
            .filter(undo_links::kind.eq("delete_account"))
            .filter(undo_links::used_at.is_null()),
    )
    .set(undo_links::used_at.eq(now))
    .execute(conn)
    .await
    .map(|_| ())
}

/// Deletes the links of an account that goes.
///
/// # Errors
/// As any query.
pub async fn delete_of(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    diesel::delete(undo_links::table.filter(undo_links::user_id.eq(user_id))).execute(conn).await.map(|_| ())
}
