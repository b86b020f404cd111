//! The session of a request together with what the overview of its account shows, in one query.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Session;
use crate::domain::TokenDigest;
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
    let waiting = email_changes::user_id
        .eq(sessions::user_id)
        .and(email_changes::expires_at.gt(now))
        .and(email_changes::confirmed_at.is_null())
        .and(email_changes::withdrawn_at.is_null());
    let found = sessions::table
        .left_join(users::table.on(users::id.eq(sessions::user_id)))
        .left_join(email_changes::table.on(waiting))
        .filter(sessions::token_digest.eq(digest.as_bytes()))
        .filter(sessions::expires_at.gt(now))
        .order(email_changes::created_at.desc())
        .select((
            Session::as_select(),
            Option::<User>::as_select(),
            LiveSessions { now },
            (email_changes::new_email, email_changes::expires_at).nullable(),
        ))
        .first::<(Session, Option<User>, i64, Option<_>)>(conn)
        .await
        .optional()?;
    Ok(found.map(|(session, user, sessions, waiting)| (session, user, Overview { sessions, waiting })))
}

/// The number of live sessions of the account that a row of `sessions` belongs to. A query with `diesel::alias!` has no
/// static id, so that diesel would put its SQL together each time: an eighth of the instructions of the page.
#[derive(Clone, Copy, Debug, QueryId)]
struct LiveSessions {
    now: DateTime<Utc>,
}

impl Expression for LiveSessions {
    type SqlType = BigInt;
}

impl<Source> AppearsOnTable<Source> for LiveSessions where sessions::user_id: AppearsOnTable<Source> {}

impl<Source> SelectableExpression<Source> for LiveSessions where
    sessions::user_id: SelectableExpression<Source>
{
}

impl<GroupBy> ValidGrouping<GroupBy> for LiveSessions {
    type IsAggregate = is_aggregate::No;
}

impl QueryFragment<Pg> for LiveSessions {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT COUNT(*) FROM sessions AS others WHERE others.user_id = sessions.user_id");
        out.push_sql(" AND others.expires_at > ");
        out.push_bind_param::<Timestamptz, _>(&self.now)?;
        out.push_sql(")");
        Ok(())
    }
}
