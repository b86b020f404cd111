//! How often something limited was tried, counted for all instances together.

use chrono::{DateTime, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::TokenDigest;
use crate::schema::throttles;

/// The state of a bucket after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Tries in the present window, this one included.
    pub attempts: i64,
    /// When the window ends.
    pub expires_at: DateTime<Utc>,
}

/// Counts a try: one statement. A window that has ended starts anew.
///
/// # Errors
/// As any query.
pub async fn count(
    conn: &mut AsyncPgConnection,
    bucket: TokenDigest,
    now: DateTime<Utc>,
    window_end: DateTime<Utc>,
) -> QueryResult<Count> {
    let (attempts, expires_at) = diesel::insert_into(throttles::table)
        .values((
            throttles::bucket.eq(bucket.as_bytes()),
            throttles::attempts.eq(1),
            throttles::expires_at.eq(window_end),
        ))
        .on_conflict(throttles::bucket)
        .do_update()
        .set((
            throttles::attempts
                .eq(case_when(throttles::expires_at.gt(now), throttles::attempts + 1).otherwise(1_i64)),
            throttles::expires_at
                .eq(case_when(throttles::expires_at.gt(now), throttles::expires_at).otherwise(window_end)),
        ))
        .returning((throttles::attempts, throttles::expires_at))
        .get_result(conn)
        .await?;
    Ok(Count { attempts, expires_at })
}

/// Forgets the tries of a bucket.
///
/// # Errors
/// As any query.
pub async fn reset(conn: &mut AsyncPgConnection, bucket: TokenDigest) -> QueryResult<()> {
    diesel::delete(throttles::table.find(bucket.as_bytes())).execute(conn).await.map(|_| ())
}
