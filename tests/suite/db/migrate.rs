//! `unframed migrate`, as processes: two at once, killed ones, one that loses its lease; and the
//! commands on a schema that is behind or unknown.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use diesel_async::SimpleAsyncConnection as _;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Child;
use unframed::config::{environment, search_path};
use unframed::db::dialect::Dialect;
use unframed::db::local::{Engine, LocalDatabase, Settings};
use unframed::db::migrations::{self, SchemaState, schema_state, statements};

use super::{count, run, words};
use crate::harness::database::{self, RUNTIME};
use crate::harness::program::{output, said, unframed};

fn migrate(url: &str) -> std::process::Command {
    unframed(&["migrate"], &[("DATABASE_URL", url)])
}

fn start(command: std::process::Command) -> Child {
    tokio::process::Command::from(command).kill_on_drop(true).spawn().expect("the program runs")
}

fn applied(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.strip_prefix("applied ")).collect()
}

/// Reads up to the line that contains `text`, and returns what was read.
async fn read_until(output: &mut (impl AsyncBufReadExt + Unpin), text: &str) -> String {
    let mut all = String::new();
    let read = async {
        loop {
            let start = all.len();
            let length = output.read_line(&mut all).await.expect("text");
            assert!(length > 0, "it ended without {text:?}: {all}");
            if all[start..].contains(text) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), read)
        .await
        .unwrap_or_else(|_| panic!("no {text:?} in time"));
    all
}

async fn rest(mut output: impl AsyncRead + Unpin) -> String {
    let mut all = String::new();
    output.read_to_string(&mut all).await.expect("text");
    all
}

/// Waits until a query counts at least one.
async fn wait_for(conn: &mut AsyncPgConnection, query: &str) {
    let start = Instant::now();
    while count(conn, query).await == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "in vain: {query}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Keeps the program from making a table or an index of that name until ROLLBACK. PostgreSQL only.
async fn hold_up(blocker: &mut AsyncPgConnection, name: &str) {
    let table = format!("CREATE TABLE {name} (id INT8 PRIMARY KEY)");
    run(blocker, &["SET idle_in_transaction_session_timeout = 0", "BEGIN", &table]).await;
}

/// PostgreSQL lets the statement of a killed client go on: ends it, so that the client is dead for
/// the database, too.
async fn end_connections_of_the_dead(conn: &mut AsyncPgConnection) {
    const THEIRS: &str = "FROM pg_stat_activity WHERE datname = current_database() \
                          AND application_name = 'unframed-migrate'";
    words(conn, &format!("SELECT pg_terminate_backend(pid)::TEXT AS word {THEIRS}")).await;
    wait_for(conn, &format!("SELECT (count(*) = 0)::INT::INT8 AS count {THEIRS}")).await;
}

/// The lease of a dead process ends by the clock of the database: moves its end there.
async fn set_end_of_lease(conn: &mut AsyncPgConnection, end: &str) {
    let in_time = "SELECT count(*) FROM leases WHERE expires_at <= now() + INTERVAL '15 seconds'";
    assert_eq!(count(conn, in_time).await, 1, "the lease ends by itself");
    run(conn, &[&format!("UPDATE leases SET expires_at = now() {end} WHERE true")]).await;
}

async fn missing(conn: &mut AsyncPgConnection) -> Vec<String> {
    match schema_state(conn).await.unwrap() {
        SchemaState::Behind(missing) => missing,
        other => panic!("{other:?}"),
    }
}

async fn is_postgres() -> bool {
    database::get().await.server.dialect == Dialect::PostgreSql
}

/// The folders of the tree, oldest first.
fn folders() -> Vec<PathBuf> {
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(tree)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[tokio::test]
async fn two_at_once_apply_each_migration_once() {
    let url = database::empty().await;
    let (first, second) = tokio::join!(output(migrate(&url)), output(migrate(&url)));
    let (first, second) = (said(&first), said(&second));
    for (stdout, stderr) in [&first, &second] {
        assert!(stdout.contains("migrations are in place"), "{stdout}\n{stderr}");
    }
    let mut all: Vec<&str> = applied(&first.0).into_iter().chain(applied(&second.0)).collect();
    all.sort_unstable();
    println!("two migrations at once: {} and {} applied", applied(&first.0).len(), applied(&second.0).len());
    let expected: Vec<String> =
        folders().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(all, expected);
    let mut conn = database::connect(&url).await;
    assert_eq!(schema_state(&mut conn).await.unwrap(), SchemaState::Current);
}

#[tokio::test]
async fn one_that_was_killed_half_way_is_finished_by_the_next_after_its_lease_has_ended() {
    let url = database::empty().await;
    // The table that it must wait for keeps it half-way for certain.
    let (mut blocker, mut conn) = (database::connect(&url).await, database::connect(&url).await);
    if is_postgres().await {
        hold_up(&mut blocker, "sessions").await;
    }
    let mut killed = start(migrate(&url));
    let mut stdout = BufReader::new(killed.stdout.take().unwrap());
    let told = read_until(&mut stdout, "applied 2026-11-25-000002_users").await;
    killed.kill().await.expect("SIGKILL");
    assert_eq!(applied(&told).len(), 2, "{told}");
    if is_postgres().await {
        end_connections_of_the_dead(&mut conn).await;
        run(&mut blocker, &["ROLLBACK"]).await;
    }
    let missing = missing(&mut conn).await.len();
    set_end_of_lease(&mut conn, "+ INTERVAL '1 hour'").await;
    let begun = Instant::now();
    let mut next = start(migrate(&url));
    let mut stdout = BufReader::new(next.stdout.take().unwrap());
    let told = read_until(&mut stdout, "waiting for it").await;
    assert!(applied(&told).is_empty(), "the lease of the dead is respected: {told}");
    run(&mut conn, &["UPDATE leases SET expires_at = now() - INTERVAL '1 second' WHERE true"]).await;
    let told = rest(stdout).await;
    assert!(next.wait().await.unwrap().success(), "{told}");
    println!(
        "killed with {missing} migrations missing; the next one took {} ms and applied {}",
        begun.elapsed().as_millis(),
        applied(&told).len()
    );
    assert_eq!(schema_state(&mut conn).await.unwrap(), SchemaState::Current);
    assert_eq!(count(&mut conn, "SELECT count(*) FROM leases").await, 0, "the lease is given back");
}

#[tokio::test]
async fn one_that_was_killed_between_two_statements_of_a_folder_is_finished_by_the_next() {
    if !is_postgres().await {
        return println!("not run: the program cannot be held up on CockroachDB");
    }
    let url = database::empty().await;
    let (mut blocker, mut conn) = (database::connect(&url).await, database::connect(&url).await);
    // The third statement of its folder.
    hold_up(&mut blocker, "sessions_list_live").await;
    let mut killed = start(migrate(&url));
    let made = |index: &str| format!("SELECT count(*) FROM pg_indexes WHERE indexname = '{index}'");
    wait_for(&mut conn, &made("sessions_find_live")).await;
    killed.kill().await.expect("SIGKILL");
    end_connections_of_the_dead(&mut conn).await;
    run(&mut blocker, &["ROLLBACK"]).await;
    assert_eq!(count(&mut conn, &made("sessions_find_live")).await, 1, "the statements before are applied");
    assert_eq!(count(&mut conn, &made("sessions_list_live")).await, 0, "the others are not");
    assert_eq!(missing(&mut conn).await[0], "20261125000003", "the folder counts as missing");
    set_end_of_lease(&mut conn, "- INTERVAL '1 second'").await;
    let next = output(migrate(&url)).await;
    let (stdout, stderr) = said(&next);
    assert!(next.status.success(), "{stdout}{stderr}");
    assert_eq!(applied(&stdout)[0], "2026-11-25-000003_sessions", "{stdout}");
    assert_eq!(count(&mut conn, &made("sessions_list_live")).await, 1);
    assert_eq!(schema_state(&mut conn).await.unwrap(), SchemaState::Current);
}

/// On PostgreSQL, where a table that is being made holds the program up for as long as we like.
#[tokio::test]
async fn one_that_has_lost_its_lease_runs_no_further_statement() {
    if !is_postgres().await {
        return println!("not run: the program cannot be held up on CockroachDB");
    }
    let url = database::empty().await;
    let (mut blocker, mut other) = (database::connect(&url).await, database::connect(&url).await);
    hold_up(&mut blocker, "sessions").await;
    let mut migrating = start(migrate(&url));
    let mut stdout = BufReader::new(migrating.stdout.take().unwrap());
    read_until(&mut stdout, "applied 2026-11-25-000002_users").await;
    let steal =
        "UPDATE leases SET holder = gen_random_uuid(), expires_at = now() + INTERVAL '1 hour' WHERE true";
    run(&mut other, &[steal]).await;
    let mut stderr = BufReader::new(migrating.stderr.take().unwrap());
    read_until(&mut stderr, "another process has taken the lease").await;
    run(&mut blocker, &["ROLLBACK"]).await;
    let last = rest(stderr).await;
    assert_eq!(migrating.wait().await.unwrap().code(), Some(1), "{last}");
    assert!(
        last.lines().last().unwrap().ends_with("the lease was lost: run `unframed migrate` again"),
        "{last}"
    );
    let made = |name: &str| format!("SELECT count(*) FROM pg_class WHERE relname = '{name}'");
    assert_eq!(count(&mut other, &made("sessions")).await, 1, "the statement that was under way");
    assert_eq!(count(&mut other, &made("sessions_find_live")).await, 0, "the one after it");
    assert_eq!(missing(&mut other).await[0], "20261125000003");
    assert_eq!(count(&mut other, "SELECT count(*) FROM leases").await, 1, "the other's lease is left alone");
}

/// A complete environment of `serve`.
fn serving(url: &str) -> [(&str, &str); 4] {
    [
        ("DATABASE_URL", url),
        ("SECRET_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
        ("MAIL_URL", "folder:mails"),
        ("LISTEN", "127.0.0.1:0"),
    ]
}

#[tokio::test]
async fn serve_refuses_a_schema_that_is_behind_and_a_database_that_is_not_there() {
    let url = database::empty().await;
    let behind = output(unframed(&["serve"], &serving(&url))).await;
    let (_, stderr) = said(&behind);
    assert_eq!(behind.status.code(), Some(1), "{stderr}");
    let expected = format!(
        "the schema is behind by {} migrations: run `unframed migrate` first",
        migrations::all_versions().len()
    );
    assert!(stderr.contains(&expected), "{stderr}");
    let gone = output(unframed(&["serve"], &serving("postgresql://u:hunter2@127.0.0.1:1/d"))).await;
    let (_, stderr) = said(&gone);
    assert_eq!(gone.status.code(), Some(1));
    let last = stderr.lines().last().unwrap();
    assert!(last.contains("127.0.0.1:1/d cannot be reached") && last.contains("refused"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

/// Makes a database look as a version before the first migration of today's tree left it.
async fn make_earlier(url: &str) {
    let statements = [
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20261123000001'), ('20261124000310')",
    ];
    run(&mut database::connect(url).await, &statements).await;
}

#[tokio::test]
async fn a_database_of_an_earlier_incompatible_version_is_refused_in_one_line() {
    let url = database::empty().await;
    make_earlier(&url).await;
    let complaint = "this database was made by an earlier, incompatible version of unframed \
                     (it has migration 20261123000001): create a new database";
    for arguments in [&["migrate"][..], &["serve"], &["admin", "reports"], &["doctor"]] {
        let refused = output(unframed(arguments, &serving(&url))).await;
        let (stdout, stderr) = said(&refused);
        println!("{arguments:?}: {}", stderr.trim());
        assert_eq!(refused.status.code(), Some(1), "{stdout}{stderr}");
        let (text, lines) = match arguments[0] {
            "doctor" => (stdout, 1),
            _ => (stderr.clone(), stderr.lines().filter(|line| !line.contains(" INFO ")).count()),
        };
        assert_eq!((text.matches(complaint).count(), lines), (1, 1), "{arguments:?}: {text}");
    }
    let tables =
        "SELECT table_name::TEXT AS word FROM information_schema.tables WHERE table_schema = 'public'";
    let tables = words(&mut database::connect(&url).await, tables).await;
    assert_eq!(tables, ["__diesel_schema_migrations"], "nothing was changed");
}

#[tokio::test]
async fn local_names_the_folder_of_a_database_of_an_earlier_incompatible_version() {
    let folder = database::private_folder("local");
    let settings = Settings { folder: folder.clone(), durable: false, postgres: Vec::new(), port: None };
    RUNTIME
        .spawn(async move {
            let engine = Engine::find(&search_path()).expect("a database server");
            let started = LocalDatabase::start(&engine, &settings, &search_path()).await.expect("it starts");
            make_earlier(started.url()).await;
            started.stop();
        })
        .await
        .unwrap();
    let path = environment("PATH").unwrap_or_default();
    let variables = [("PATH", path.as_str()), ("LISTEN", "127.0.0.1:0")];
    let refused = output(unframed(&["local", "--folder", &folder.display().to_string()], &variables)).await;
    let (stdout, stderr) = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{stdout}{stderr}");
    let expected = format!(
        "unframed: the database in {0} was made by an earlier, incompatible version of unframed: \
         remove the folder {0}/database, or choose another with --folder",
        folder.display()
    );
    assert_eq!(stderr.lines().last(), Some(expected.as_str()), "{stderr}");
}

#[tokio::test]
async fn every_statement_can_be_applied_twice_and_every_folder_taken_back() {
    let url = database::empty().await;
    let mut conn = database::connect(&url).await;
    let tables = "SELECT table_name::TEXT AS word FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    let sql = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    // Each statement twice in a row, then the whole tree once more.
    for repeats in [2, 1] {
        for folder in folders() {
            for statement in statements::split(&sql(&folder, "up.sql")) {
                for _ in 0..repeats {
                    let result = conn.batch_execute(statement).await;
                    result.unwrap_or_else(|error| panic!("{}: {statement}: {error}", folder.display()));
                }
            }
        }
    }
    let made = words(&mut conn, tables).await;
    let creating = folders().iter().filter(|folder| sql(folder, "up.sql").contains("CREATE TABLE")).count();
    assert_eq!(made.len(), creating, "one table for each folder that creates one: {made:?}");
    for folder in folders().iter().rev() {
        for statement in statements::split(&sql(folder, "down.sql")) {
            let result = conn.batch_execute(statement).await;
            result.unwrap_or_else(|error| panic!("{}: {statement}: {error}", folder.display()));
        }
    }
    assert_eq!(words(&mut conn, tables).await, Vec::<String>::new());
}
