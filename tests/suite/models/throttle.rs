//! `throttles`: no attempt is missing from the count, and a bucket regains its attempts one by one.

use chrono::{DateTime, TimeDelta, Utc};
use unframed::clock::Clock;
use unframed::db::{self, Pool};
use unframed::domain::{SecretToken, TokenDigest};
use unframed::models::throttle::{self, Charge};

use super::{RACERS, pool, race};

/// A bucket of its own that regains `attempts` in a quarter of an hour.
fn bucket(attempts: i32) -> Charge {
    Charge {
        bucket: SecretToken::generate().unwrap().digest(),
        rate_limit: "test",
        subject: "nobody".to_owned(),
        cost: TimeDelta::minutes(15) / attempts,
        capacity: TimeDelta::minutes(15),
    }
}

/// Counts an attempt in some buckets, and returns the number of buckets that admit it.
async fn charge(pool: &Pool, charges: &[Charge], now: DateTime<Utc>) -> usize {
    let charged =
        db::idempotent_transaction(pool, "test", async |conn| throttle::charge(conn, charges, now).await);
    charged.await.expect("counted").len()
}

async fn give_back(pool: &Pool, buckets: &[TokenDigest]) {
    let given = db::transaction(pool, "test", async |conn| throttle::give_back_in_txn(conn, buckets).await);
    given.await.expect("given back");
}

/// The seconds until some buckets admit an attempt.
async fn wait(pool: &Pool, charges: &[Charge], now: DateTime<Utc>) -> i64 {
    let wait = db::statement(pool, "test", async |conn| throttle::find_wait(conn, charges, now).await);
    wait.await.expect("found").map_or(0, |(_, wait)| wait.num_seconds())
}

#[tokio::test]
async fn of_many_simultaneous_attempts_a_bucket_admits_exactly_its_number() {
    let (pool, charges) = (pool().await, [bucket(5)]);
    let now = Clock::system().now();
    let racers = (0..RACERS).map(|_| {
        let (pool, charges) = (pool.clone(), charges.clone());
        async move { charge(&pool, &charges, now).await }
    });
    assert_eq!(race(racers).await.into_iter().sum::<usize>(), 5);
}

#[tokio::test]
async fn a_spent_bucket_regains_one_attempt_after_the_other() {
    let (pool, charges, start) = (pool().await, [bucket(3)], Clock::system().now());
    let attempts = async move {
        let mut seen = Vec::new();
        for minutes in [0, 0, 0, 0, 4, 5, 5, 9, 10, 40, 40, 40, 40] {
            let at = start + TimeDelta::minutes(minutes);
            seen.push((wait(&pool, &charges, at).await / 60, charge(&pool, &charges, at).await));
        }
        seen
    };
    let seen = race([attempts]).await.remove(0);
    let spent_at_once = [(0, 1), (0, 1), (0, 1), (5, 0)];
    let regained = [(1, 0), (0, 1), (5, 0), (1, 0), (0, 1)];
    assert_eq!(seen, [&spent_at_once[..], &regained, &spent_at_once].concat());
}

#[tokio::test]
async fn an_attempt_is_counted_in_each_bucket_by_its_own_cost_and_can_be_given_back() {
    let (pool, narrow, wide, start) = (pool().await, bucket(1), bucket(3), Clock::system().now());
    let steps = async move {
        let both = [narrow.clone(), wide.clone()];
        assert_eq!(charge(&pool, &both, start).await, 2);
        assert_eq!((wait(&pool, &both, start).await, wait(&pool, &[wide], start).await), (900, 0));
        assert_eq!(charge(&pool, &both, start).await, 1, "only the wide bucket admits the second attempt");
        give_back(&pool, &[narrow.bucket]).await;
        assert_eq!((wait(&pool, &both, start).await, charge(&pool, &both, start).await), (0, 2));
    };
    race([steps]).await;
}

#[tokio::test]
async fn a_time_of_a_clock_that_is_ahead_locks_nobody_out() {
    let (pool, charges, now) = (pool().await, [bucket(2)], Clock::system().now());
    let ahead = now + TimeDelta::days(1);
    let steps = async move {
        assert_eq!((charge(&pool, &charges, ahead).await, charge(&pool, &charges, ahead).await), (1, 1));
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push((wait(&pool, &charges, now).await, charge(&pool, &charges, now).await));
        }
        seen
    };
    assert_eq!(race([steps]).await.remove(0), [(0, 1), (0, 1), (450, 0)]);
}
