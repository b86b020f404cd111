//! `framing_attempts`: bounded, merged, forgotten.

use std::collections::BTreeMap;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use unframed::db::DatabaseUrl;
use unframed::db::expiring::EXPIRING;
use unframed::models::framing_attempt::{self, Counts, KEPT_FOR, ORIGINS_KEPT, OTHERS};

use crate::harness::database;

/// A connection on which nothing is ever committed, outside the conflicts of the serializable
/// transactions of other tests.
async fn uncommitted() -> AsyncPgConnection {
    let database = database::get().await;
    let mut conn = DatabaseUrl::parse(&database.url, "test").unwrap().connect().await.unwrap();
    conn.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await.unwrap();
    conn
}

#[tokio::test]
async fn the_table_takes_no_more_origins_than_its_bound() {
    let mut conn = uncommitted().await;
    let (run, now) = (uuid::Uuid::new_v4(), unframed::clock::Clock::system().now());
    let once = Counts { attempts: 1, iframe: 1, ..Counts::default() };
    for part in 0..8 {
        let batch: BTreeMap<String, Counts> =
            (0..100).map(|n| (format!("https://{part}-{n}.{run}.example"), once)).collect();
        framing_attempt::add_in_txn(&mut conn, &batch, now).await.unwrap();
    }
    let rows = framing_attempt::list(&mut conn, now).await.unwrap();
    assert!(rows.len() as i64 <= ORIGINS_KEPT + 2, "{} rows", rows.len());
    let others = rows.iter().find(|row| row.origin == OTHERS).expect("a row for the others");
    assert!(others.counts.attempts >= 300, "{others:?}");
    let known: Vec<&String> =
        rows.iter().map(|row| &row.origin).filter(|origin| origin.contains(&run.to_string())).collect();
    let again = BTreeMap::from([(known[0].clone(), once)]);
    framing_attempt::add_in_txn(&mut conn, &again, now).await.unwrap();
    let rows = framing_attempt::list(&mut conn, now).await.unwrap();
    let row = rows.iter().find(|row| row.origin == *known[0]).unwrap();
    assert_eq!(row.counts.attempts, 2, "an origin that has a row keeps it");
}

#[tokio::test]
async fn an_origin_that_no_longer_tries_is_forgotten() {
    let mut conn = uncommitted().await;
    let (origin, now) =
        (format!("https://{}.example", uuid::Uuid::new_v4()), unframed::clock::Clock::system().now());
    let once = BTreeMap::from([(origin.clone(), Counts { attempts: 1, ..Counts::default() })]);
    framing_attempt::add_in_txn(&mut conn, &once, now - KEPT_FOR).await.unwrap();
    let rows = framing_attempt::list(&mut conn, now).await.unwrap();
    assert!(!rows.iter().any(|row| row.origin == origin), "dead rows are not listed");
    let entry = EXPIRING.iter().find(|entry| entry.table == "framing_attempts").unwrap();
    assert!(entry.delete_batch(&mut conn, now, 1000).await.unwrap() >= 1);
    framing_attempt::add_in_txn(&mut conn, &once, now).await.unwrap();
    let rows = framing_attempt::list(&mut conn, now).await.unwrap();
    let row = rows.iter().find(|row| row.origin == origin).expect("a new row");
    assert_eq!((row.counts.attempts, row.first_seen_at), (1, now));
}
