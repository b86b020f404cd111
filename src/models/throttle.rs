//! Counts the attempts of rate limits, for all instances together.

use chrono::{DateTime, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::TokenDigest;
use crate::schema::throttles;

/// The number of attempts in a bucket, and the end of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptCount {
    /// The attempts in the current window, including this one.
    pub attempts: i64,
    /// When the window ends.
    pub expires_at: DateTime<Utc>,
}

/// Counts an attempt in one statement. If the window has ended, a new one starts.
pub async fn count(
    conn: &mut AsyncPgConnection,
    bucket: TokenDigest,
    now: DateTime<Utc>,
    window_end: DateTime<Utc>,
) -> QueryResult<AttemptCount> {
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
    Ok(AttemptCount { attempts, expires_at })
}

/// Deletes the attempts of a bucket.
pub async fn reset(conn: &mut AsyncPgConnection, bucket: TokenDigest) -> QueryResult<()> {
    diesel::delete(throttles::table.find(bucket.as_bytes())).execute(conn).await.map(|_| ())
}
