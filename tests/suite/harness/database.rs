//! The database of the run: a private PostgreSQL, the server of `TEST_DATABASE_URL`, or the
//! `cockroach` of the search path (`TEST_DATABASE=cockroach`). Its version is printed once.

use std::path::PathBuf;
use std::sync::LazyLock;

use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;
use unframed::config::{environment, search_path};
use unframed::db::dialect::Server;
use unframed::db::local::{Engine, LocalDatabase, Settings};
use unframed::db::{DatabaseUrl, migrations};

/// The runtime of servers and connections. It outlives the runtime of each test.
pub static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime"));

/// The database of the run.
pub struct TestDatabase {
    /// Where to connect.
    pub url: String,
    /// The server that answers there.
    pub server: Server,
    /// Held until the process ends, which then ends the server.
    _process: Option<LocalDatabase>,
}

/// The database of the run, started by the first call.
pub async fn get() -> &'static TestDatabase {
    static DATABASE: OnceCell<TestDatabase> = OnceCell::const_new();
    DATABASE.get_or_init(|| async { RUNTIME.spawn(start()).await.expect("the database starts") }).await
}

async fn start() -> TestDatabase {
    let mut process = None;
    let url = match (environment("TEST_DATABASE_URL"), environment("TEST_DATABASE").as_deref()) {
        (Some(url), _) => {
            create_on(&url, &format!("unframed_test_{}", std::process::id()), "TEST_DATABASE_URL").await
        }
        (None, kind) => {
            let engine = match kind {
                None | Some("postgres") => Engine::find_postgres(&search_path()),
                Some("cockroach") => Engine::find_cockroach(&search_path()),
                Some(other) => panic!(
                    "TEST_DATABASE={other}: must be postgres or cockroach. \
                     `make test-cockroach` starts a CockroachDB in a container"
                ),
            };
            let settings = Settings {
                folder: private_folder("database"),
                durable: false,
                postgres: Vec::new(),
                port: None,
            };
            let engine = engine.unwrap_or_else(|problem| panic!("{problem}"));
            let started = LocalDatabase::start(&engine, &settings, &search_path())
                .await
                .unwrap_or_else(|problem| panic!("{problem}"));
            let url = started.url().to_owned();
            process = Some(started);
            url
        }
    };
    let parsed = DatabaseUrl::parse(&url, "test").expect("a usable URL");
    let report = migrations::run(&parsed, |_| {}).await.expect("the migrations apply");
    let database = TestDatabase { url, server: report.server, _process: process };
    println!("database of this run: {}", database.server.banner);
    database
}

/// The URL of a new, empty database on the server of the run.
pub async fn empty() -> String {
    let url = get().await.url.clone();
    RUNTIME
        .spawn(async move {
            let name = format!("unframed_test_{}", uuid::Uuid::new_v4().simple());
            create_on(&url, &name, "the database of the run").await
        })
        .await
        .expect("a database is made")
}

/// The URL of a new database with our tables, for tests that must not see the rows of other tests.
pub async fn alone() -> String {
    let url = empty().await;
    let parsed = DatabaseUrl::parse(&url, "test").expect("a usable URL");
    let run = RUNTIME.spawn(async move { migrations::run(&parsed, |_| {}).await.map(|_| ()) });
    run.await.expect("no panic").expect("the migrations apply");
    url
}

/// A direct connection to a database.
pub async fn connect(url: &str) -> AsyncPgConnection {
    let parsed = DatabaseUrl::parse(url, "test").expect("a usable URL");
    RUNTIME.spawn(async move { parsed.connect().await }).await.expect("no panic").expect("a connection")
}

/// Creates a database. It touches nothing else on the server.
async fn create_on(url: &str, name: &str, whose: &str) -> String {
    let server = DatabaseUrl::parse(url, "test").unwrap_or_else(|problem| panic!("{whose} {problem}"));
    let mut conn = server.connect().await.unwrap_or_else(|error| panic!("{whose}: {error}"));
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        diesel::sql_query(statement)
            .execute(&mut conn)
            .await
            .unwrap_or_else(|error| panic!("{whose}: no database can be made there: {error}"));
    }
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let start_of_host = address.find("://").map_or(0, |at| at + 3);
    let end_of_host = address[start_of_host..].find('/').map_or(address.len(), |at| start_of_host + at);
    format!("{}/{name}?{query}", &address[..end_of_host])
}

/// A new folder for this process. Removes the folders of ended processes first.
pub fn private_folder(purpose: &str) -> PathBuf {
    let parent = std::env::temp_dir().join("unframed-tests");
    std::fs::create_dir_all(&parent).expect("a temporary folder");
    for entry in std::fs::read_dir(&parent).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.split('-').next().unwrap_or_default().to_owned();
        if !process.is_empty() && !std::path::Path::new("/proc").join(&process).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let folder = parent.join(format!("{}-{purpose}-{}", std::process::id(), uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}
