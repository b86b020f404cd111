//! `unframed migrate`, as processes: two at once, one killed half-way; and what `serve` says of a
//! schema that is behind.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel_async::SimpleAsyncConnection as _;
use unframed::db::dialect::Dialect;
use unframed::db::migrations;

use super::{count, run, words};
use crate::harness::database;
use crate::harness::program::{output, said, unframed};

fn migrate(url: &str) -> std::process::Command {
    unframed(&["migrate"], &[("DATABASE_URL", url)])
}

fn applied(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.strip_prefix("applied ")).collect()
}

/// Keeps the program from making that table until ROLLBACK. PostgreSQL only.
const HOLD_UP: [&str; 3] =
    ["SET idle_in_transaction_session_timeout = 0", "BEGIN", "CREATE TABLE sessions (id INT8 PRIMARY KEY)"];

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
    assert!(migrations::pending(&mut database::connect(&url).await).await.unwrap().is_empty());
}

#[tokio::test]
async fn one_that_was_killed_half_way_is_finished_by_the_next() {
    let url = database::empty().await;
    // The table that it must wait for keeps it half-way for certain.
    let mut blocker = database::connect(&url).await;
    let blocks = database::get().await.server.dialect == Dialect::PostgreSql;
    if blocks {
        run(&mut blocker, &HOLD_UP).await;
    }
    let killed = tokio::task::spawn_blocking({
        let mut command = migrate(&url);
        move || {
            let mut child = command.spawn().expect("the program runs");
            let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
            let told: Vec<String> = lines.map_while(Result::ok).take(3).collect();
            child.kill().expect("SIGKILL");
            child.wait().expect("it ends");
            told
        }
    })
    .await
    .unwrap();
    if blocks {
        run(&mut blocker, &["ROLLBACK"]).await;
    }
    assert_eq!(applied(&killed.join("\n")).len(), 3, "{killed:?}");
    let missing = migrations::pending(&mut database::connect(&url).await).await.unwrap().len();
    assert!(missing > 0, "it was finished before it was killed");
    let start = Instant::now();
    let next = output(migrate(&url)).await;
    let (stdout, stderr) = said(&next);
    assert!(next.status.success(), "{stdout}{stderr}");
    println!(
        "killed with {missing} migrations missing; the next one took {} ms and applied {}",
        start.elapsed().as_millis(),
        applied(&stdout).len()
    );
    assert!(stdout.contains("waiting for it"), "the lease of the dead is respected: {stdout}");
    // CockroachDB runs each schema change as a job, which takes its time.
    let bound = Duration::from_secs(if blocks { 60 } else { 600 });
    assert!(start.elapsed() < bound, "and ends by itself");
    assert!(migrations::pending(&mut database::connect(&url).await).await.unwrap().is_empty());
    let mut conn = database::connect(&url).await;
    assert_eq!(count(&mut conn, "SELECT count(*) FROM leases").await, 0, "the lease is given back");
}

/// On PostgreSQL, where a table that is being made holds the program up for as long as we like.
#[tokio::test]
async fn one_that_has_lost_its_lease_stops() {
    if database::get().await.server.dialect != Dialect::PostgreSql {
        return println!("not run: the program cannot be held up on CockroachDB");
    }
    let url = database::empty().await;
    let mut blocker = database::connect(&url).await;
    run(&mut blocker, &HOLD_UP).await;
    let migrating = tokio::spawn(output(migrate(&url)));
    let mut other = database::connect(&url).await;
    while migrations::pending(&mut other).await.unwrap().len() == migrations::all_versions().len() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let steal =
        "UPDATE leases SET holder = gen_random_uuid(), expires_at = now() + INTERVAL '1 minute' WHERE true";
    run(&mut other, &[steal]).await;
    // Longer than the lease that it believes to hold.
    tokio::time::sleep(Duration::from_secs(16)).await;
    run(&mut blocker, &["ROLLBACK"]).await;
    let stopped = migrating.await.unwrap();
    let (stdout, stderr) = said(&stopped);
    assert_eq!(stopped.status.code(), Some(1), "{stdout}{stderr}");
    let last = stderr.lines().last().unwrap();
    assert!(
        last.contains("the lease could not be renewed in time: run `unframed migrate` again"),
        "{stderr}"
    );
    assert!(!migrations::pending(&mut other).await.unwrap().is_empty());
    assert_eq!(count(&mut other, "SELECT count(*) FROM leases").await, 1, "the other's lease is left alone");
}

#[tokio::test]
async fn serve_refuses_a_schema_that_is_behind_and_a_database_that_is_not_there() {
    let url = database::empty().await;
    let variables = |url: &'static str| {
        [
            ("DATABASE_URL", url),
            ("SECRET_KEY", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),
            ("MAIL_URL", "folder:mails"),
            ("LISTEN", "127.0.0.1:0"),
            ("ASSETS_DIR", env!("CARGO_MANIFEST_DIR")),
        ]
    };
    let behind = output(unframed(&["serve"], &variables(url.clone().leak()))).await;
    let (_, stderr) = said(&behind);
    assert_eq!(behind.status.code(), Some(1), "{stderr}");
    let expected = format!(
        "the schema is behind by {} migrations: run `unframed migrate` first",
        migrations::all_versions().len()
    );
    assert!(stderr.lines().last().unwrap().contains(&expected), "{stderr}");
    let gone = output(unframed(&["serve"], &variables("postgresql://u:hunter2@127.0.0.1:1/d"))).await;
    let (_, stderr) = said(&gone);
    assert_eq!(gone.status.code(), Some(1));
    let last = stderr.lines().last().unwrap();
    assert!(last.contains("127.0.0.1:1/d cannot be reached") && last.contains("refused"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[tokio::test]
async fn every_migration_may_be_applied_twice_and_taken_back() {
    let url = database::empty().await;
    let mut conn = database::connect(&url).await;
    let tables = "SELECT table_name::TEXT AS word FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    let statement = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    for folder in folders() {
        for turn in ["first", "second"] {
            let result = conn.batch_execute(&statement(&folder, "up.sql")).await;
            result.unwrap_or_else(|error| panic!("{}, the {turn} time: {error}", folder.display()));
        }
    }
    let made = words(&mut conn, tables).await;
    assert!(made.contains(&"sessions".to_owned()), "{made:?}");
    for folder in folders().iter().rev() {
        let result = conn.batch_execute(&statement(folder, "down.sql")).await;
        result.unwrap_or_else(|error| panic!("{}, down: {error}", folder.display()));
    }
    assert_eq!(words(&mut conn, tables).await, Vec::<String>::new());
}
