//! A sign-up: it stores the account, the first session and the mail in one transaction.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::session::{self, NewSession};
use super::undo_link;
use super::user::{self, NewUser, UserCreation};

/// Stores account and session and queues `welcome`. If another account has the email address or
/// reserves it with an undo link, it queues `already_used` for that owner instead.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new_user: &NewUser<'_>,
    new_session: &NewSession<'_>,
    welcome: &NewOutgoingMail<'_>,
    already_used: &NewOutgoingMail<'_>,
) -> QueryResult<UserCreation> {
    let reserved = undo_link::reserves(conn, new_user.email, new_user.id, new_user.created_at).await?;
    if reserved || user::create(conn, new_user).await? == UserCreation::EmailTaken {
        outgoing_mail::create(conn, already_used).await?;
        return Ok(UserCreation::EmailTaken);
    }
    session::create(conn, new_session).await?;
    outgoing_mail::create(conn, welcome).await?;
    Ok(UserCreation::Created)
}
