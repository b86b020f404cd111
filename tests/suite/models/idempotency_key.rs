//! A request with an Idempotency-Key is carried out once, by one of many that arrive at the same time, and all get its
//! answer.

use chrono::TimeDelta;
use unframed::clock::Clock;
use unframed::db::{self, DatabaseError, Pool};
use unframed::domain::{SecretToken, TokenDigest};
use unframed::models::idempotency_key::{self, Claim, Former, IdempotencyKey, KeptAnswer, LIFETIME};
use uuid::Uuid;

use super::{RACERS, pool, race};

fn key() -> IdempotencyKey {
    let digest = || SecretToken::generate().unwrap().digest();
    IdempotencyKey { caller_id: Uuid::new_v4(), key: digest(), request: digest() }
}

/// Carries a request out: its answer names who did so. `later` is the time since now.
async fn carry_out(
    pool: &Pool,
    key: &IdempotencyKey,
    name: &str,
    later: TimeDelta,
) -> Result<Former, DatabaseError> {
    let now = Clock::system().now() + later;
    let answer = KeptAnswer { status: 201, location: Some(format!("/{name}")), body: format!("\"{name}\"") };
    db::transaction(pool, "test", async |conn| {
        if let Claim::Taken(former) = idempotency_key::claim_in_txn(conn, key, now).await? {
            return Ok(former);
        }
        idempotency_key::keep_answer_in_txn(conn, key, &answer).await?;
        Ok(Former::Answer(answer.clone()))
    })
    .await
}

#[tokio::test]
async fn of_many_equal_requests_one_is_carried_out_and_all_get_its_answer() {
    let (pool, key) = (pool().await, key());
    let racers = (0..RACERS).map(|racer| {
        let (pool, key) = (pool.clone(), key.clone());
        async move { carry_out(&pool, &key, &racer.to_string(), TimeDelta::zero()).await }
    });
    let answers: Vec<Former> =
        race(racers).await.into_iter().map(|answer| answer.expect("decided")).collect();
    assert!(matches!(answers[0], Former::Answer(_)), "{answers:?}");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_caller_for_a_day() {
    let (pool, first) = (pool().await, key());
    let answer_of = |name: &str| KeptAnswer {
        status: 201,
        location: Some(format!("/{name}")),
        body: format!("\"{name}\""),
    };
    let other_request = IdempotencyKey { request: TokenDigest::from_bytes([7; 32]), ..first.clone() };
    let other_caller = IdempotencyKey { caller_id: Uuid::new_v4(), ..first.clone() };
    let asked = {
        let (pool, keys) = (pool.clone(), [first.clone(), first.clone(), other_request, other_caller, first]);
        let later = [
            TimeDelta::zero(),
            LIFETIME - TimeDelta::minutes(1),
            TimeDelta::zero(),
            TimeDelta::zero(),
            LIFETIME,
        ];
        race([async move {
            let mut answers = Vec::new();
            for (index, (key, later)) in keys.iter().zip(later).enumerate() {
                answers.push(carry_out(&pool, key, &index.to_string(), later).await.expect("decided"));
            }
            answers
        }])
        .await
    };
    let expected = [
        Former::Answer(answer_of("0")),
        Former::Answer(answer_of("0")),
        Former::OtherRequest,
        Former::Answer(answer_of("3")),
        Former::Answer(answer_of("4")),
    ];
    assert_eq!(asked, [expected]);
}

#[tokio::test]
async fn a_key_that_was_given_back_can_be_used_again() {
    let (pool, key) = (pool().await, key());
    let answers = race([async move {
        let now = Clock::system().now();
        let refused = db::transaction(&pool, "test", async |conn| {
            let claim = idempotency_key::claim_in_txn(conn, &key, now).await?;
            idempotency_key::release_in_txn(conn, &key).await?;
            Ok(claim)
        });
        assert_eq!(refused.await.expect("a transaction"), Claim::New);
        carry_out(&pool, &key, "again", TimeDelta::zero()).await.expect("decided")
    }])
    .await;
    assert!(matches!(&answers[0], Former::Answer(answer) if answer.body == "\"again\""), "{answers:?}");
}
