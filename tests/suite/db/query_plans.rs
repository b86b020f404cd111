//! Every query of the application finds its rows by an index, in tables of a million rows. The queries are those that
//! the application sends while every transaction, form, page and list runs; a query in `src/` that was not sent fails the
//! test.

mod plan;
mod sent;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use tokio_postgres::{Client, SimpleQueryMessage};
use unframed::db::dialect::Dialect;

use self::plan::Plan;
use super::conflicts::Stage;
use super::schema::generated_tables;
use crate::harness::TestApp;
use crate::harness::database::{self, RUNTIME};

/// The tables that do not grow with the number of users, each with its bound.
const BOUNDED: &[(&str, &str)] = &[
    ("applications", "an operator registers each"),
    ("signing_keys", "a row for each rotation of the last thirty days, and one"),
    ("framing_attempts", "a row for each of ORIGINS_KEPT origins, and two for the others"),
    ("leases", "a row for each task"),
    ("violation_reports", "a row for each directive on each route, and we know all of them"),
];

/// The statements that may read more of a table the larger it is, by a pattern, each with the reason.
const LONG_READS: &[(&str, &str)] = &[
    (
        r#"^SELECT COUNT\(\*\) FROM "outgoing_mails"$"#,
        "the queue holds only the mails that were not sent yet",
    ),
    (
        r#""next_attempt_at" <= \$1\) AND \("outgoing_mails"\."expires_at" > \$2\)+ ORDER BY"#,
        "passes over mails that have expired, which stay only until the next deletion of expired rows",
    ),
    (
        r#"^SELECT COUNT\(\*\) FROM "outgoing_webhooks"$"#,
        "the queue holds only the receipts that were not taken yet",
    ),
    (
        r#""next_attempt_at" <= \$1\) AND \("outgoing_webhooks"\."expires_at" > \$2\).*"application_id" != ALL.* ORDER BY"#,
        "passes over receipts that have expired, until the next deletion, and over those for the few applications that get one now",
    ),
    (
        r#""disabled_at" IS NOT NULL\)+ AND \("users"\."delete_after" IS NOT NULL\)"#,
        "an operator asks for both properties at once: the accounts with one of them are read",
    ),
];

/// Makes the planner see tables of a million rows and accounts with ten rows in each, for the open transaction only. What
/// ANALYZE has found out about the other columns stays.
const AS_IF_LARGE: &str = "
    UPDATE pg_class SET reltuples = 1000000
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i');
    UPDATE pg_statistic SET stadistinct = -0.1 FROM pg_attribute
    WHERE attrelid = starelid AND attnum = staattnum AND attname = 'user_id'";

/// A connection whose transaction sees large tables; `None`, with a printed reason, where the tests cannot do so.
async fn among_large_tables(url: &str) -> Option<Client> {
    let server = &database::get().await.server;
    if server.dialect != Dialect::PostgreSql {
        println!("not checked: {} shows plans in another form", server.banner);
        return None;
    }
    let url = url.to_owned();
    let connect = async move {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let client = RUNTIME.spawn(connect).await.unwrap();
    if one_column(&client, "SHOW is_superuser").await != ["on"] {
        println!("not checked: only a superuser can change the statistics");
        return None;
    }
    client.batch_execute("ANALYZE; BEGIN; SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
    client.batch_execute(AS_IF_LARGE).await.unwrap();
    Some(client)
}

async fn one_column(client: &Client, query: &str) -> Vec<String> {
    let value = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    client.simple_query(query).await.unwrap().iter().filter_map(value).collect()
}

async fn faults(client: &Client, sql: &str) -> Vec<String> {
    let plan = Plan::of(client, sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    plan.faults(|table| BOUNDED.iter().any(|(bounded, _)| *bounded == table))
}

#[tokio::test]
async fn every_query_finds_its_rows_by_an_index() {
    let (url, connections) = (database::alone().await, sent::CONNECTIONS.handle());
    let app = TestApp::spawn_connected_by(connections, &[("DATABASE_URL", &url)]).await;
    let stage = Stage::new(connections).await;
    tokio::join!(stage.run_all(), walk::use_everything(&app));
    let Some(client) = among_large_tables(&url).await else { return };
    let statements = sent::statements();
    let mut problems = Vec::new();
    let mut excused = BTreeSet::new();
    for (sql, lines) in &statements {
        let found = faults(&client, sql).await;
        match LONG_READS.iter().find(|(pattern, _)| Regex::new(pattern).unwrap().is_match(sql)) {
            Some((pattern, _)) if !found.is_empty() => drop(excused.insert(*pattern)),
            _ => problems.extend(found.into_iter().map(|fault| format!("{lines:?} {fault}\n    {sql}"))),
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    let unused = LONG_READS.iter().filter(|(pattern, _)| !excused.contains(pattern));
    assert_eq!(unused.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "these statements do not read long");
    let sending: BTreeSet<String> = statements.values().flatten().cloned().collect();
    println!("{} statements from {} lines of src/", statements.len(), sending.len());
    assert_eq!(
        sending,
        sent::query_lines(),
        "left: lines that sent a query, right: lines with a query in src/"
    );
}

#[tokio::test]
async fn a_query_without_an_index_is_found() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    super::run(&mut conn, &["INSERT INTO users (email, display_name) VALUES ('a@example.com', 'Ada')"]).await;
    let Some(client) = among_large_tables(&url).await else { return };
    for (sql, expected) in [
        ("SELECT id FROM users WHERE display_name = $1", "reads all of users"),
        ("UPDATE users SET language = $1", "reads all of users"),
        (
            "SELECT id FROM users WHERE email > $1 AND language = $2 ORDER BY email LIMIT 10",
            "users_find_by_email",
        ),
        ("SELECT id FROM users WHERE email > $1 ORDER BY display_name LIMIT 10", "users_find_by_email"),
        ("SELECT EXISTS (SELECT 1 FROM users WHERE updated_at < $1)", "reads all of users"),
        ("DELETE FROM users WHERE id IN (SELECT id FROM users WHERE short_password)", "reads all of users"),
    ] {
        let found = faults(&client, sql).await;
        assert!(found.iter().any(|fault| fault.contains(expected)), "{sql}: {found:?}");
    }
    for sql in [
        "SELECT id FROM users WHERE email = $1 AND display_name = $2",
        "SELECT id FROM users WHERE email > $1 ORDER BY email LIMIT 10",
        "SELECT count(*) FROM framing_attempts",
    ] {
        assert_eq!(faults(&client, sql).await, Vec::<String>::new(), "{sql}");
    }
}

#[test]
fn every_table_with_a_bound_is_a_table() {
    let tables: BTreeMap<String, BTreeSet<String>> = generated_tables();
    for (table, _) in BOUNDED {
        assert!(tables.contains_key(*table), "{table}");
    }
}
