//! Sign-ups that wait for the link mailed to their email address. The account is created by the owner of
//! the mailbox, so nobody can create one with another person's address.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::session::{self, NewSession};
use super::undo_link;
use super::user::{self, NewUser, UserCreation};
use crate::domain::TokenDigest;
use crate::schema::{sign_ups, undo_links, users};

/// The lifetime of a link.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(30);
/// The lifetime of an invitation.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(7);
/// The time for which the page of a link can say why it no longer works.
pub const KEPT: TimeDelta = TimeDelta::days(1);

/// A sign-up to be stored.
#[derive(Insertable)]
#[diesel(table_name = sign_ups)]
pub struct NewSignUp<'a> {
    /// The digest of the link's token.
    pub token_digest: &'a [u8],
    /// The email address that the link proves.
    pub email: &'a str,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The end of the link.
    pub expires_at: DateTime<Utc>,
    /// The end of the row.
    pub delete_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_ups, check_for_backend(diesel::pg::Pg))]
struct Row {
    email: String,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// The state of a sign-up link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignUpState {
    /// It creates an account with this email address.
    Open(String),
    /// It has expired; a link to this email address can replace it.
    Expired(String),
    /// It created an account.
    Used,
    /// The email address has an account by now, or an undo link reserves it.
    Taken,
    /// There is no such link, or it is so old that its row is deleted.
    NotFound,
}

/// The result of using a sign-up link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignUpResult {
    /// The account is created.
    Created,
    /// Nothing has changed, because of the state of the link.
    NotRun(SignUpState),
}

/// Stores a sign-up and queues the mail with its link. If the email address has an account or an undo link
/// reserves it, queues instead the mail that `already_used` gives for the language of the account, and the stored link stays unknown to everyone: both cases do
/// the same work. A link that replaces the expired link `renewed` does so once; nothing happens the second
/// time.
pub async fn begin_in_txn<'a>(
    conn: &mut AsyncPgConnection,
    new: &NewSignUp<'_>,
    link: &NewOutgoingMail<'_>,
    already_used: impl Fn(Option<&str>) -> Option<NewOutgoingMail<'a>>,
    renewed: Option<TokenDigest>,
) -> QueryResult<()> {
    if let Some(expired) = renewed {
        let deleted = diesel::delete(sign_ups::table.find(expired.as_bytes())).execute(conn).await?;
        if deleted == 0 {
            return Ok(());
        }
    }
    let taken = user::email_is_taken(conn, new.email, Uuid::nil(), new.created_at).await?;
    diesel::insert_into(sign_ups::table).values(new).execute(conn).await?;
    let owner = user::find_language(conn, new.email).await?;
    let notice = already_used(owner.as_deref()).filter(|_| taken);
    outgoing_mail::create(conn, notice.as_ref().unwrap_or(link)).await
}

/// Stores an invitation and queues its mail, unless the email address has an account or an undo link reserves it.
/// Returns whether it did.
pub async fn invite_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewSignUp<'_>,
    mail: &NewOutgoingMail<'_>,
) -> QueryResult<bool> {
    if user::email_is_taken(conn, new.email, Uuid::nil(), new.created_at).await? {
        return Ok(false);
    }
    diesel::insert_into(sign_ups::table).values(new).execute(conn).await?;
    outgoing_mail::create(conn, mail).await?;
    Ok(true)
}

/// The state of a sign-up link.
pub async fn find(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<SignUpState> {
    // One query, so that a use at the same moment is seen as that and not as another account.
    let has_account = exists(users::table.filter(users::email.eq(sign_ups::email)));
    let is_reserved = exists(
        undo_link::reservations(now).filter(undo_links::reserved_email.eq(sign_ups::email.nullable())),
    );
    let found: Option<(Row, bool, bool)> = sign_ups::table
        .find(digest.as_bytes())
        .select((Row::as_select(), has_account, is_reserved))
        .first(conn)
        .await
        .optional()?;
    let Some((row, has_account, is_reserved)) = found else { return Ok(SignUpState::NotFound) };
    Ok(if row.used_at.is_some() {
        SignUpState::Used
    } else if row.expires_at <= now {
        SignUpState::Expired(row.email)
    } else if has_account || is_reserved {
        SignUpState::Taken
    } else {
        SignUpState::Open(row.email)
    })
}

/// Creates the account of an open link with its first session, ends the browser's `former` session, and
/// queues `welcome`. A link works once.
pub async fn finish_in_txn(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    new_user: &NewUser<'_>,
    new_session: &NewSession<'_>,
    former: Option<TokenDigest>,
    welcome: &NewOutgoingMail<'_>,
) -> QueryResult<SignUpResult> {
    let now = new_user.created_at;
    match find(conn, digest, now).await? {
        SignUpState::Open(email) if email == new_user.email => {}
        state => return Ok(SignUpResult::NotRun(state)),
    }
    if user::create(conn, new_user).await? == UserCreation::EmailTaken {
        return Ok(SignUpResult::NotRun(SignUpState::Taken));
    }
    diesel::update(sign_ups::table.find(digest.as_bytes()))
        .set(sign_ups::used_at.eq(now))
        .execute(conn)
        .await?;
    if let Some(former) = former {
        session::revoke_by_digest(conn, former).await?;
    }
    session::create(conn, new_session).await?;
    outgoing_mail::create(conn, welcome).await?;
    Ok(SignUpResult::Created)
}
