//! `unframed admin throttles`: lists the rate limits that are closest to refusing, or refuse already.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::throttle::{self, Bucket};
use crate::security::limits::{LIMITS, Limit};

use super::terminal;

const HEAD: &[&str] = &["limit", "counted by", "all back (UTC)", "spent", "of"];
/// The most buckets of one limit that are listed.
const MOST_EACH: i64 = 10;

/// A bucket with attempts that are spent.
#[derive(Debug, PartialEq, Serialize)]
struct SpentBucket {
    limit: &'static str,
    counted_by: String,
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    all_back_at: DateTime<Utc>,
    spent: i64,
    of: i32,
}

/// Formats the list as a table or as JSON.
pub async fn show(pool: &Pool, json: bool) -> Result<String, Failure> {
    let now = Clock::system().now();
    let mut list = Vec::new();
    for limit in LIMITS {
        let busiest = db::statement(pool, "throttle_list_busiest", async |conn| {
            throttle::list_busiest(conn, limit.name, now, MOST_EACH).await
        });
        list.extend(busiest.await?.into_iter().map(|bucket| spent(limit, bucket, now)));
    }
    list.sort_by_key(|bucket| std::cmp::Reverse(bucket.spent * 1000 / i64::from(bucket.of.max(1))));
    if json { terminal::json(&list) } else { Ok(as_table(list)) }
}

fn spent(limit: &Limit, bucket: Bucket, now: DateTime<Utc>) -> SpentBucket {
    let cost = limit.cost().num_milliseconds().max(1);
    let left = (bucket.expires_at - now).num_milliseconds();
    SpentBucket {
        limit: limit.name,
        counted_by: bucket.subject,
        all_back_at: bucket.expires_at,
        // An attempt that is coming back is still spent.
        spent: (left + cost - 1) / cost,
        of: limit.attempts,
    }
}

fn as_table(list: Vec<SpentBucket>) -> String {
    if list.is_empty() {
        return "No attempts are spent. docs/LIMITS.md lists the limits.\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list.into_iter().map(row).collect();
    terminal::table(HEAD, 3, rows)
}

fn row(bucket: SpentBucket) -> Vec<String> {
    vec![
        bucket.limit.to_owned(),
        bucket.counted_by,
        bucket.all_back_at.format("%Y-%m-%d %H:%M").to_string(),
        bucket.spent.to_string(),
        bucket.of.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_is_a_sentence() {
        assert!(as_table(Vec::new()).starts_with("No attempts are spent."));
    }

    #[test]
    fn spent_attempts_are_counted_from_the_time_until_all_are_back() {
        let (limit, now) = (&LIMITS[0], Clock::system().now());
        let bucket = |costs: i32| Bucket {
            subject: "account x from 203.0.113.7/32".to_owned(),
            expires_at: now + limit.cost() * costs,
        };
        assert_eq!(spent(limit, bucket(3), now).spent, 3);
        assert_eq!(spent(limit, bucket(3), now + limit.cost() / 2).spent, 3);
        assert_eq!(spent(limit, bucket(10), now).of, 10);
    }
}
