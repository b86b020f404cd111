//! `throttles`: no attempt is missing from the count.

use chrono::TimeDelta;
use unframed::clock::Clock;
use unframed::db;
use unframed::domain::SecretToken;
use unframed::models::throttle;

use super::{RACERS, pool, race};

#[tokio::test]
async fn each_of_many_simultaneous_attempts_is_counted() {
    let (pool, bucket) = (pool().await, SecretToken::generate().unwrap().digest());
    let racers = (0..RACERS).map(|_| {
        let pool = pool.clone();
        let now = Clock::system().now();
        async move {
            let count = db::idempotent_transaction(&pool, "test", async |conn| {
                throttle::count(conn, bucket, now, now + TimeDelta::hours(1)).await
            });
            count.await.expect("counted").attempts
        }
    });
    let mut counts = race(racers).await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=8).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_new_window_starts_when_the_last_one_has_ended() {
    let (pool, bucket) = (pool().await, SecretToken::generate().unwrap().digest());
    let attempts = async move {
        let mut counts = Vec::new();
        let start = Clock::system().now();
        for minutes in [0, 1, 14, 16, 17] {
            let at = start + TimeDelta::minutes(minutes);
            let count = db::idempotent_transaction(&pool, "test", async |conn| {
                throttle::count(conn, bucket, at, at + TimeDelta::minutes(15)).await
            });
            let count = count.await.unwrap();
            counts.push((count.attempts, (count.expires_at - start).num_minutes()));
        }
        counts
    };
    assert_eq!(race([attempts]).await[0], [(1, 15), (2, 15), (3, 15), (1, 31), (2, 31)]);
}
