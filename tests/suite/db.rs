//! Database access and its failures: conflicts, lost connections, an outage, a silent server, wrong
//! certificates, and migrations that are killed.

use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

mod backend_kills;
mod conflicts;
mod contention;
mod doctor;
mod expiry;
mod labels;
mod lost_connections;
mod migrate;
mod migrations_lint;
mod outage;
mod query_plans;
mod schema;
mod tls;
mod transaction;

/// Runs a query that returns one number, named `count`.
async fn count(conn: &mut AsyncPgConnection, query: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Row = diesel::sql_query(query).get_result(conn).await.expect("a count");
    row.count
}

/// Runs a query that returns texts, named `word`.
async fn words(conn: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        word: String,
    }
    let rows: Vec<Row> = diesel::sql_query(query).load(conn).await.expect("words");
    rows.into_iter().map(|row| row.word).collect()
}

/// Runs each statement by itself.
async fn run(conn: &mut AsyncPgConnection, statements: &[&str]) {
    for statement in statements {
        diesel::sql_query(*statement)
            .execute(conn)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}
