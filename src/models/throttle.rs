//! The buckets of rate limits, for all instances together, by the generic cell rate algorithm: the only
//! state of a bucket is the time at which it has regained all attempts. A refused attempt writes nothing,
//! so a flood does not make a row hot.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::data_types::PgInterval;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::TokenDigest;
use crate::schema::throttles;

/// An attempt, to be counted in one bucket.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The bucket.
    pub bucket: TokenDigest,
    /// The name of the rate limit.
    pub rate_limit: &'static str,
    /// What shares the attempts, for the operator.
    pub subject: String,
    /// The time in which the bucket regains one attempt.
    pub cost: TimeDelta,
    /// The time in which it regains all attempts.
    pub capacity: TimeDelta,
}

impl Charge {
    /// The time until the bucket admits the attempt, if it has all attempts again at `expires_at`; `None` if it
    /// admits it now. A time that no attempts can lead to is that of an instance whose clock is ahead, or of a
    /// former limit. It counts as none, or it would lock a network out.
    #[must_use]
    pub fn wait(&self, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<TimeDelta> {
        if expires_at - now > self.capacity {
            return None;
        }
        let wait = (expires_at - now).max(TimeDelta::zero()) + self.cost - self.capacity;
        (wait > TimeDelta::zero()).then_some(wait)
    }
}

/// The bucket that admits an attempt last, and the time until then; `None` if all admit it now.
pub async fn find_wait(
    conn: &mut AsyncPgConnection,
    charges: &[Charge],
    now: DateTime<Utc>,
) -> QueryResult<Option<(TokenDigest, TimeDelta)>> {
    let buckets: Vec<&[u8]> = charges.iter().map(|charge| charge.bucket.as_bytes()).collect();
    let found: Vec<(Vec<u8>, DateTime<Utc>)> = throttles::table
        .filter(throttles::bucket.eq_any(buckets))
        .select((throttles::bucket, throttles::expires_at))
        .load(conn)
        .await?;
    let waits = found.into_iter().filter_map(|(bucket, expires_at)| {
        let charge = charges.iter().find(|charge| charge.bucket.as_bytes() == bucket)?;
        Some((charge.bucket, charge.wait(expires_at, now)?))
    });
    Ok(waits.max_by_key(|(_, wait)| *wait))
}

/// Counts an attempt in all buckets that admit it, in one statement, and returns those buckets.
pub async fn charge(
    conn: &mut AsyncPgConnection,
    charges: &[Charge],
    now: DateTime<Utc>,
) -> QueryResult<Vec<TokenDigest>> {
    // `filter` after `do_update`: the condition of the update.
    use diesel::query_dsl::methods::FilterDsl as _;
    // Always in the same order, so that two charges never wait for each other in a circle.
    let mut charges: Vec<&Charge> = charges.iter().collect();
    charges.sort_by_key(|charge| charge.bucket.as_bytes());
    let rows: Vec<_> = charges
        .into_iter()
        .map(|charge| {
            (
                throttles::bucket.eq(charge.bucket.as_bytes()),
                throttles::rate_limit.eq(charge.rate_limit),
                throttles::subject.eq(&charge.subject),
                throttles::cost.eq(interval(charge.cost)),
                throttles::capacity.eq(interval(charge.capacity)),
                throttles::expires_at.eq(now + charge.cost),
            )
        })
        .collect();
    let moved_ahead = || {
        sql::<Timestamptz>("CASE WHEN throttles.expires_at BETWEEN ")
            .bind::<Timestamptz, _>(now)
            .sql(" AND ")
            .bind::<Timestamptz, _>(now)
            .sql(" + excluded.capacity THEN throttles.expires_at ELSE ")
            .bind::<Timestamptz, _>(now)
            .sql(" END + excluded.cost")
    };
    let all_spent = sql::<Timestamptz>("").bind::<Timestamptz, _>(now).sql(" + excluded.capacity");
    let charged: Vec<Vec<u8>> = diesel::insert_into(throttles::table)
        .values(rows)
        .on_conflict(throttles::bucket)
        .do_update()
        .set(throttles::expires_at.eq(moved_ahead()))
        .filter(moved_ahead().le(all_spent))
        .returning(throttles::bucket)
        .get_results(conn)
        .await?;
    Ok(charged
        .iter()
        .filter_map(|bytes| Some(TokenDigest::from_bytes(bytes.as_slice().try_into().ok()?)))
        .collect())
}

/// Counts an attempt in the transaction that makes it, so that both happen or neither, and returns whether it is
/// admitted.
pub async fn admit_in_txn(
    conn: &mut AsyncPgConnection,
    charges: &[Charge],
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if find_wait(conn, charges, now).await?.is_some() {
        return Ok(false);
    }
    Ok(charge(conn, charges, now).await?.len() == charges.len())
}

/// Gives a counted attempt back to its buckets.
pub async fn give_back_in_txn(conn: &mut AsyncPgConnection, buckets: &[TokenDigest]) -> QueryResult<()> {
    let buckets: Vec<&[u8]> = buckets.iter().map(TokenDigest::as_bytes).collect();
    let buckets = || throttles::table.filter(throttles::bucket.eq_any(&buckets));
    // In the order in which `charge` takes them, so that the two never wait for each other in a circle.
    let _locked: Vec<Vec<u8>> =
        buckets().order(throttles::bucket).select(throttles::bucket).for_update().load(conn).await?;
    diesel::update(buckets())
        .set(throttles::expires_at.eq(throttles::expires_at - throttles::cost))
        .execute(conn)
        .await
        .map(|_| ())
}

/// A bucket as `unframed admin throttles` lists it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = throttles, check_for_backend(diesel::pg::Pg))]
pub struct Bucket {
    /// What shares the attempts.
    pub subject: String,
    /// The time at which it has regained all attempts.
    pub expires_at: DateTime<Utc>,
}

/// The buckets of a rate limit that are closest to refusing, the most spent first.
pub async fn list_busiest(
    conn: &mut AsyncPgConnection,
    rate_limit: &str,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Bucket>> {
    throttles::table
        .filter(throttles::rate_limit.eq(rate_limit))
        .filter(throttles::expires_at.gt(now))
        // No attempts lead to a later time: see [`Charge::wait`].
        .filter(throttles::expires_at.le(now.into_sql::<Timestamptz>() + throttles::capacity))
        .order(throttles::expires_at.desc())
        .limit(limit)
        .select(Bucket::as_select())
        .load(conn)
        .await
}

fn interval(time: TimeDelta) -> PgInterval {
    PgInterval::from_microseconds(time.num_microseconds().unwrap_or(i64::MAX))
}
