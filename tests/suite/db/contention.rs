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

#[tokio::test]
async fn a_flood_from_one_network_leaves_connections_to_the_others() {
    let url = database::alone().await;
    let steps = async move {
        let pool = Pool::connect(&DatabaseUrl::parse(&url, "test").unwrap(), 4).await.unwrap();
        let [flood, owner] = ["198.51.100.0/24", "203.0.113.0/24"].map(|block| block.parse().ok());
        let sleep = async |seconds: f64| {
            db::statement(&pool, "test", async |conn| {
                diesel::sql_query(format!("SELECT pg_sleep({seconds})")).execute(conn).await
            })
            .await
        };
        let flooding = futures_util::future::join_all((0..150).map(|_| db::on_behalf_of(flood, sleep(0.5))));
        let asking = async {
            let mut worst = std::time::Duration::ZERO;
            for _ in 0..10 {
                let before = std::time::Instant::now();
                db::on_behalf_of(owner, sleep(0.0)).await.expect("a connection");
                worst = worst.max(before.elapsed());
            }
            worst
        };
        let (flooded, worst) = tokio::join!(flooding, asking);
        // Two of the four connections, three seconds of waiting, and no more than a hundred that wait.
        let refused = flooded.iter().filter(|answer| answer.is_err()).count();
        assert!(refused > 50, "{refused} of the flood are refused");
        assert!(worst < std::time::Duration::from_millis(400), "{worst:?}");
    };
    RUNTIME.spawn(steps).await.unwrap();
}
