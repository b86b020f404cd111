//! `unframed doctor`, as a process.

use unframed::db::dialect::Dialect;

use crate::harness::database;
use crate::harness::program::{output, said, unframed};

async fn doctor(variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let output = output(unframed(&["doctor"], variables)).await;
    let (stdout, stderr) = said(&output);
    (output.status.code(), stdout, stderr)
}

#[tokio::test]
async fn all_is_ok_on_a_database_as_it_should_be() {
    let url = database::alone().await;
    let (code, report, stderr) = doctor(&[("DATABASE_URL", &url)]).await;
    println!("{report}");
    assert_eq!(code, Some(0), "{report}{stderr}");
    assert!(report.lines().all(|line| line.starts_with("ok ")), "{report}");
    for subject in ["connection", "server", "TLS", "clock", "isolation", "migrations", "expired rows", "pool"]
    {
        assert!(report.lines().any(|line| line[8..].starts_with(subject)), "no {subject}: {report}");
    }
    assert!(report.contains("isolation    serializable"), "{report}");
}

#[tokio::test]
async fn each_thing_that_is_not_ok_is_named_and_the_exit_code_is_1() {
    let url = database::empty().await;
    let (code, report, stderr) = doctor(&[("DATABASE_URL", &url), ("DATABASE_POOL_SIZE", "1000")]).await;
    assert_eq!(code, Some(1), "{report}{stderr}");
    let bad: Vec<&str> = report.lines().filter(|line| line.starts_with("not ok")).collect();
    assert!(bad[0].contains("are missing: run `unframed migrate`"), "{report}");
    if database::get().await.server.dialect == Dialect::PostgreSql {
        assert!(bad[1].contains("0 instances fit"), "{report}");
        assert_eq!(bad.len(), 2, "{report}");
        assert!(stderr.contains("2 lines are not ok"), "{stderr}");
    }
}

#[tokio::test]
async fn overdue_rows_that_nothing_deletes_are_not_ok() {
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    let (statement, complaint) = match database::get().await.server.dialect {
        Dialect::PostgreSql => (
            "INSERT INTO throttles (bucket, rate_limit, subject, cost, capacity, expires_at) \
             VALUES ('\\x00', '', '', INTERVAL '1 minute', INTERVAL '1 minute', now() - INTERVAL '2 days')",
            "throttles: 1 rows expired more than a day ago",
        ),
        Dialect::CockroachDb => ("ALTER TABLE throttles RESET (ttl)", "throttles: row-level TTL is not set"),
    };
    super::run(&mut conn, &[statement]).await;
    let (code, report, _) = doctor(&[("DATABASE_URL", &url)]).await;
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains(&format!("not ok  expired rows {complaint}")), "{report}");
}

/// Such a row may have expired long ago: its page still shows the result of the action.
#[tokio::test]
async fn a_row_is_overdue_by_the_column_that_its_table_is_cleaned_by() {
    if database::get().await.server.dialect != Dialect::PostgreSql {
        return println!("not run: CockroachDB deletes by itself");
    }
    let url = database::alone().await;
    let mut conn = database::connect(&url).await;
    let insert = "INSERT INTO pending_actions (token_digest, user_id, session_id, kind, payload, spent_until, expires_at, delete_at) \
         VALUES ('\\x00', gen_random_uuid(), gen_random_uuid(), '', '', now(), now() - INTERVAL '2 days', now())";
    super::run(&mut conn, &[insert]).await;
    let (code, report, _) = doctor(&[("DATABASE_URL", &url)]).await;
    assert_eq!(code, Some(0), "{report}");
    let age = "UPDATE pending_actions SET delete_at = now() - INTERVAL '2 days' WHERE true";
    super::run(&mut conn, &[age]).await;
    let (code, report, _) = doctor(&[("DATABASE_URL", &url)]).await;
    assert_eq!(code, Some(1), "{report}");
    assert!(report.contains("pending_actions: 1 rows expired more than a day ago"), "{report}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_one_line_with_the_cause() {
    let (code, report, stderr) = doctor(&[("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d")]).await;
    assert_eq!(code, Some(1));
    assert_eq!(report.lines().count(), 1, "{report}");
    assert!(
        report.starts_with("not ok  connection   127.0.0.1:1/d: ") && report.contains("refused"),
        "{report}"
    );
    assert!(!format!("{report}{stderr}").contains("hunter2"), "{report}{stderr}");
}
