//! A sign-up: account, first session and mail in one transaction.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::outgoing_mail::{self, NewOutgoingMail};
use super::session::{self, NewSession};
use super::undo_link;
use super::user::{self, NewUser, UserCreation};

/// Stores account and session and queues `welcome`. Where another account has the email address or can
/// still take it back, it queues `already_used` for that owner instead.
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
