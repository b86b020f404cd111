//! `violation_reports`: merged and forgotten.

use std::collections::BTreeMap;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use unframed::db::DatabaseUrl;
use unframed::db::expiring::EXPIRING;
use unframed::models::violation_report::{self, KEPT_FOR};

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
async fn counts_are_added_to_what_is_there() {
    let (mut conn, now) = (uncommitted().await, unframed::clock::Clock::system().now());
    let batch = BTreeMap::from([(("font-src", "/sign-up"), 2), (("font-src", "/sign-in"), 1)]);
    for _ in 0..2 {
        violation_report::add_in_txn(&mut conn, &batch, now).await.unwrap();
    }
    let rows = violation_report::list(&mut conn, now).await.unwrap();
    let counts: Vec<(&str, i64)> = rows
        .iter()
        .filter(|row| row.directive == "font-src")
        .map(|row| (row.page.as_str(), row.reports))
        .collect();
    assert_eq!(counts, [("/sign-up", 4), ("/sign-in", 2)], "the most first");
}

#[tokio::test]
async fn what_is_no_longer_reported_is_forgotten() {
    let (mut conn, now) = (uncommitted().await, unframed::clock::Clock::system().now());
    let batch = BTreeMap::from([(("manifest-src", "/sign-up"), 7)]);
    violation_report::add_in_txn(&mut conn, &batch, now - KEPT_FOR).await.unwrap();
    let listed = violation_report::list(&mut conn, now).await.unwrap();
    assert!(!listed.iter().any(|row| row.directive == "manifest-src"), "dead rows are not listed");
    let entry = EXPIRING.iter().find(|entry| entry.table == "violation_reports").unwrap();
    assert_eq!(entry.delete_batch(&mut conn, now, 1000).await.unwrap(), 1);
    assert_eq!(entry.delete_batch(&mut conn, now, 1000).await.unwrap(), 0);
}
