//! What `db::transaction` guarantees to a body, beyond conflicts and lost connections.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use unframed::db::dialect::Dialect;
use unframed::db::{self, DatabaseError, DatabaseUrl, Pool};

use super::{count, run};
use crate::harness::TestApp;
use crate::harness::database::{self, RUNTIME};

diesel::table! {
    notes (id) {
        id -> BigInt,
        content -> Text,
    }
}

async fn pool(url: &str, size: u32) -> Pool {
    let url = DatabaseUrl::parse(url, "test").unwrap();
    RUNTIME.spawn(async move { Pool::connect(&url, size).await.unwrap() }).await.unwrap()
}

#[tokio::test]
async fn a_transaction_fails_if_its_body_swallows_a_query_error() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    run(&mut conn, &["CREATE TABLE notes (id INT8 PRIMARY KEY, content TEXT NOT NULL)"]).await;
    let pool = pool(&url, 1).await;
    let result = db::transaction(&pool, "careless", async |conn| {
        diesel::insert_into(notes::table)
            .values((notes::id.eq(1), notes::content.eq("first")))
            .execute(conn)
            .await?;
        let swallowed = diesel::insert_into(notes::table)
            .values((notes::id.eq(1), notes::content.eq("again")))
            .execute(conn)
            .await;
        assert!(swallowed.is_err(), "the key is taken");
        Ok(())
    })
    .await;
    assert!(matches!(result, Err(DatabaseError::Query(_))), "{result:?}");
    assert_eq!(count(&mut conn, "SELECT count(*) FROM notes").await, 0);
    let done = db::transaction(&pool, "careful", async |conn| {
        diesel::insert_into(notes::table).values((notes::id.eq(2), notes::content.eq(""))).execute(conn).await
    });
    assert_eq!(done.await.expect("the connection is usable"), 1);
}

#[tokio::test]
async fn a_prepared_statement_is_prepared_again_after_a_schema_change() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    run(
        &mut conn,
        &[
            "CREATE TABLE notes (id INT8 PRIMARY KEY, content VARCHAR(20) NOT NULL)",
            "INSERT INTO notes (id, content) VALUES (1, 'kept')",
        ],
    )
    .await;
    let pool = pool(&url, 1).await;
    let read = async || -> Result<String, DatabaseError> {
        db::statement(&pool, "note", async |conn| notes::table.select(notes::content).first(conn).await).await
    };
    assert_eq!(read().await.unwrap(), "kept");
    run(&mut conn, &["ALTER TABLE notes ALTER COLUMN content TYPE TEXT"]).await;
    assert_eq!(read().await.expect("the statement is prepared again"), "kept");
    if database::get().await.server.dialect == Dialect::PostgreSql {
        assert_eq!(pool.journal().tallies()["note"].retries, 1);
    }
}

#[tokio::test]
async fn a_statement_timeout_means_that_the_database_is_unavailable() {
    let url = format!("{}&options=-c%20statement_timeout%3D200ms", database::alone().await);
    let pool = pool(&url, 1).await;
    let result = db::transaction(&pool, "slow", async |conn| {
        diesel::sql_query("SELECT pg_sleep(5)").execute(conn).await
    })
    .await;
    let Err(DatabaseError::Unavailable(cause)) = &result else { panic!("{result:?}") };
    assert!(cause.contains("due to statement timeout"), "{cause}");
    let tally = pool.journal().tallies()["slow"];
    assert_eq!((tally.retries, tally.failures), (0, 1));
}

#[tokio::test]
async fn a_body_is_retried_after_the_retry_errors_that_cockroachdb_injects() {
    if database::get().await.server.dialect != Dialect::CockroachDb {
        return println!("not run: only CockroachDB has inject_retry_errors_enabled");
    }
    let pool = pool(&database::alone().await, 1).await;
    let runs = AtomicU32::new(0);
    db::transaction(&pool, "injected", async |conn| {
        let inject = runs.fetch_add(1, Ordering::Relaxed) < 3;
        diesel::sql_query(format!("SET inject_retry_errors_enabled = {inject}")).execute(conn).await?;
        diesel::sql_query("SELECT 1").execute(conn).await
    })
    .await
    .expect("the fourth run succeeds");
    assert_eq!(runs.into_inner(), 4);
    assert_eq!(pool.journal().tallies()["injected"].retries, 3);
}

#[tokio::test]
async fn no_page_scans_a_whole_table_on_cockroachdb() {
    if database::get().await.server.dialect != Dialect::CockroachDb {
        return println!("not run: only CockroachDB has disallow_full_table_scans");
    }
    let options = "&options=-c%20disallow_full_table_scans%3Don%20-c%20large_full_scan_rows%3D0";
    let url = format!("{}{options}", database::alone().await);
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let ada = app.member("Ada").await;
    assert_eq!(app.mails_to(&ada.email(), 1).await.len(), 1);
    for path in ["/settings", "/settings/sessions"] {
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }
    for (path, fields) in [
        ("/settings/profile", &[("display_name", "Ada L")][..]),
        ("/settings/sessions/revoke-others", &[]),
        ("/sign-out", &[]),
    ] {
        assert_eq!(ada.submit(path, fields).await.status, 303, "{path}");
    }
    let tallies = app.state.pool.journal().tallies();
    assert!(tallies.values().all(|tally| tally.failures == 0), "{tallies:?}");
}
