//! The way to the database, and all that can go wrong on it: conflicts, lost connections, a database
//! that is gone or silent, certificates that do not fit, migrations that are killed.

use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

mod backend_kills;
mod conflicts;
mod contention;
mod doctor;
mod expiry;
mod lost_connections;
mod migrate;
mod migrations_lint;
mod outage;
mod schema;
mod tls;
mod transaction;

/// The number that a query counts, named `count`.
async fn count(conn: &mut AsyncPgConnection, query: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let row: Row = diesel::sql_query(query).get_result(conn).await.expect("a count");
    row.count
}

/// The texts that a query finds, named `word`.
async fn words(conn: &mut AsyncPgConnection, query: &str) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        word: String,
    }
    let rows: Vec<Row> = diesel::sql_query(query).load(conn).await.expect("words");
    rows.into_iter().map(|row| row.word).collect()
}

/// Runs statements, each by itself.
async fn run(conn: &mut AsyncPgConnection, statements: &[&str]) {
    for statement in statements {
        diesel::sql_query(*statement)
            .execute(conn)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}
