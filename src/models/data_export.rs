//! Confirmed exports, which their session can download for a short time.

pub mod contents;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::pending_action::Owner;
use crate::domain::TokenDigest;
use crate::schema::data_exports;

/// The time in which an export can be downloaded.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Stores a confirmed export.
pub async fn create(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(data_exports::table)
        .values((
            data_exports::token_digest.eq(digest.as_bytes()),
            data_exports::user_id.eq(owner.user_id),
            data_exports::session_id.eq(owner.session_id),
            data_exports::created_at.eq(now),
            data_exports::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The end of an export of this session, if it can be downloaded now.
pub async fn find_ready(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    owner: Owner,
    now: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    data_exports::table
        .find(digest.as_bytes())
        .filter(data_exports::user_id.eq(owner.user_id))
        .filter(data_exports::session_id.eq(owner.session_id))
        .filter(data_exports::expires_at.gt(now))
        .select(data_exports::expires_at)
        .first(conn)
        .await
        .optional()
}
