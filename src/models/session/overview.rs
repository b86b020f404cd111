//! The session of a request together with what the overview of its account shows, in one query.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Session;
use crate::domain::TokenDigest;
use crate::models::cached_sql::CachedSql;
use crate::models::user::User;
use crate::schema::{email_changes, sessions, users};

/// What the overview of an account shows besides the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The places where its user is signed in.
    pub sessions: i64,
    /// The email address that waits to be confirmed, and the end of its link.
    pub waiting: Option<(String, DateTime<Utc>)>,
}

/// The same as [`super::find_live`] with the overview of the account, also in one query.
pub async fn find_live_with_overview(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Session, Option<User>, Overview)>> {
    let others = diesel::alias!(sessions as others);
    let live = others
        .filter(others.field(sessions::user_id).eq(sessions::user_id))
        .filter(others.field(sessions::expires_at).gt(now))
        .count();
    // At most one waits: a new change withdraws the one before.
    let waiting = email_changes::user_id
        .eq(sessions::user_id)
        .and(email_changes::expires_at.gt(now))
        .and(email_changes::confirmed_at.is_null())
        .and(email_changes::withdrawn_at.is_null());
    let query = sessions::table
        .left_join(users::table.on(users::id.eq(sessions::user_id)))
        .left_join(email_changes::table.on(waiting))
        .filter(sessions::token_digest.eq(digest.as_bytes()))
        .filter(sessions::expires_at.gt(now))
        .select((
            Session::as_select(),
            Option::<User>::as_select(),
            live.single_value(),
            (email_changes::new_email, email_changes::expires_at).nullable(),
        ))
        .limit(1);
    let found = CachedSql::new(query)
        .get_result::<(Session, Option<User>, Option<i64>, Option<_>)>(conn)
        .await
        .optional()?;
    Ok(found.map(|(session, user, sessions, waiting)| {
        (session, user, Overview { sessions: sessions.unwrap_or_default(), waiting })
    }))
}
