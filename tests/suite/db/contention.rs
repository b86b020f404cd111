//! Many tasks that write the same rows at once.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use unframed::db::{self, DatabaseError, DatabaseUrl, Pool};

use crate::harness::database::{self, RUNTIME};

diesel::table! {
    counters (id) {
        id -> BigInt,
        value -> BigInt,
    }
}

const TASKS: i64 = 16;
const EACH: i64 = 50;

async fn increment(pool: &Pool, id: i64) -> Result<usize, DatabaseError> {
    db::transaction(pool, "increment", async |conn| {
        let value: i64 = counters::table.find(id).select(counters::value).first(conn).await?;
        diesel::update(counters::table.find(id)).set(counters::value.eq(value + 1)).execute(conn).await
    })
    .await
}

#[tokio::test]
async fn contended_counters_end_at_the_exact_sum() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    super::run(
        &mut conn,
        &[
            "CREATE TABLE counters (id INT8 PRIMARY KEY, value INT8 NOT NULL)",
            "INSERT INTO counters (id, value) VALUES (1, 0), (2, 0)",
        ],
    )
    .await;
    let pool = RUNTIME
        .spawn(async move { Pool::connect(&DatabaseUrl::parse(&url, "test").unwrap(), 16).await.unwrap() })
        .await
        .unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let pool = pool.clone();
            RUNTIME.spawn(async move {
                for turn in 0..EACH {
                    let id = (task + turn) % 2 + 1;
                    // A failed transaction has applied nothing, so we repeat it.
                    while let Err(error) = increment(&pool, id).await {
                        let not_applied =
                            matches!(error, DatabaseError::Contended { .. } | DatabaseError::Unavailable(_));
                        assert!(not_applied, "{error}");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
    let values: Vec<i64> =
        counters::table.order(counters::id).select(counters::value).load(&mut conn).await.unwrap();
    let tally = pool.journal().tallies()["increment"];
    println!(
        "contended counters: {} of {} applied, {values:?}, {tally:?}",
        values[0] + values[1],
        TASKS * EACH
    );
    assert_eq!(values, [TASKS * EACH / 2, TASKS * EACH / 2]);
    assert!(tally.retries > 0, "no transaction was retried: the test tests nothing");
    assert_eq!(tally.unknown_commits, 0);
}
