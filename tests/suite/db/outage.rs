//! A database that is gone, silent or busy. Every request gets a response in bounded time, and the
//! application recovers without a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::sync::Notify;
use unframed::config::search_path;
use unframed::db;
use unframed::db::local::{Engine, LocalDatabase, Settings};
use unframed::db::{DatabaseUrl, migrations};

use crate::harness::TestApp;
use crate::harness::browser::Browser;
use crate::harness::database::{self, RUNTIME, private_folder};
use crate::harness::wire_proxy::{Gate, WireProxy};

/// The longest that a request may take: the wait for a connection, and one transaction.
const BOUND: Duration = Duration::from_secs(12);

/// A request: when it was sent, how long it took, and the status of its response.
type Timed = (Instant, Duration, StatusCode);

/// Members who load their page again and again.
struct Load {
    end: Arc<AtomicBool>,
    /// The responses so far: those with the page, and those with 503.
    good: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    members: Vec<tokio::task::JoinHandle<Vec<Timed>>>,
}

impl Load {
    async fn begin(app: &TestApp, members: usize) -> Self {
        let mut load =
            Self { end: Arc::default(), good: Arc::default(), refused: Arc::default(), members: Vec::new() };
        for _ in 0..members {
            let member = app.member("Ada").await;
            let pages = load_pages(member, load.end.clone(), load.good.clone(), load.refused.clone());
            load.members.push(tokio::spawn(pages));
        }
        load
    }

    /// Waits for more responses of a kind, so many for each member.
    async fn each(&self, kind: &AtomicUsize, more: usize) {
        let enough = kind.load(Ordering::Relaxed) + more * self.members.len();
        let start = Instant::now();
        while kind.load(Ordering::Relaxed) < enough {
            assert!(start.elapsed() < BOUND * 2, "{} of {enough}", kind.load(Ordering::Relaxed));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(self) -> Vec<Timed> {
        self.end.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for member in self.members {
            all.extend(
                tokio::time::timeout(BOUND, member).await.expect("no request hangs").expect("no panic"),
            );
        }
        all
    }
}

async fn load_pages(
    member: Browser,
    end: Arc<AtomicBool>,
    good: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
) -> Vec<Timed> {
    let mut answers = Vec::new();
    while !end.load(Ordering::Relaxed) {
        let sent = Instant::now();
        let answer = member.get("/settings").await;
        answers.push((sent, sent.elapsed(), answer.status));
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer.header("retry-after"), Some("5"));
            assert!(answer.body.contains("Nothing has changed"), "{}", answer.body);
            refused.fetch_add(1, Ordering::Relaxed);
        } else {
            good.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    answers
}

/// Waits until the page loads, and returns how long that took.
async fn recovery(member: &Browser) -> Duration {
    let start = Instant::now();
    while member.get("/settings").await.status != StatusCode::OK {
        assert!(start.elapsed() < BOUND, "the page does not load again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    start.elapsed()
}

fn summarize(what: &str, answers: &[Timed], recovered: Duration) {
    let good = answers.iter().filter(|(.., status)| *status == StatusCode::OK).count();
    let longest = answers.iter().map(|(_, took, _)| *took).max().unwrap_or_default();
    println!(
        "{what}: {} requests, {good} with the page, {} with 503, the longest took {} ms; recovery after {} ms",
        answers.len(),
        answers.len() - good,
        longest.as_millis(),
        recovered.as_millis()
    );
    assert!(answers.iter().all(|(.., status)| matches!(status.as_u16(), 200 | 503)), "{answers:?}");
    assert!(longest < BOUND, "{longest:?}");
    assert!(good < answers.len(), "no request met the outage");
}

/// Stops and starts a private PostgreSQL, whatever database the other tests use.
#[tokio::test]
async fn requests_are_503_while_the_database_is_gone_and_succeed_afterwards() {
    let engine = Engine::find_postgres(&search_path()).unwrap_or_else(|problem| panic!("{problem}"));
    let mut settings =
        Settings { folder: private_folder("outage"), durable: false, postgres: Vec::new(), port: None };
    let start = async |settings: &Settings| {
        let (engine, settings) = (engine.clone(), settings.clone());
        let started =
            RUNTIME.spawn(async move { LocalDatabase::start(&engine, &settings, &search_path()).await });
        started.await.unwrap().unwrap_or_else(|problem| panic!("{problem}"))
    };
    let database = start(&settings).await;
    let url = database.url().to_owned();
    settings.port = url::Url::parse(&url).unwrap().port();
    let parsed = DatabaseUrl::parse(&url, "test").unwrap();
    RUNTIME.spawn(async move { migrations::run(&parsed, |_| {}).await }).await.unwrap().unwrap();
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let watcher = app.member("Ada").await;
    let load = Load::begin(&app, 12).await;
    load.each(&load.good, 2).await;
    tokio::task::spawn_blocking(move || database.stop()).await.unwrap();
    let gone = Instant::now();
    load.each(&load.refused, 2).await;
    // From here on the database may answer, even before `start` returns.
    let back = Instant::now();
    let database = start(&settings).await;
    assert_eq!(database.url(), url, "the database has another port");
    let recovered = recovery(&watcher).await;
    load.each(&load.good, 2).await;
    let answers = load.end().await;
    summarize("database gone", &answers, recovered);
    let meanwhile: Vec<_> =
        answers.iter().filter(|(sent, took, _)| *sent > gone && *sent + *took < back).collect();
    assert!(meanwhile.len() >= 12, "{meanwhile:?}");
    assert!(meanwhile.iter().all(|(.., status)| *status == StatusCode::SERVICE_UNAVAILABLE));
    assert!(recovered < Duration::from_secs(5), "{recovered:?}");
}

#[tokio::test]
async fn requests_are_503_while_the_server_refuses_connections_and_succeed_afterwards() {
    survives(Gate::Refusing).await;
}

#[tokio::test]
async fn requests_are_503_while_the_server_is_silent_and_succeed_afterwards() {
    survives(Gate::Silent).await;
}

async fn survives(gate: Gate) {
    let url = database::alone().await;
    let proxy = WireProxy::start(&url).await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &proxy.url(&url))]).await;
    let watcher = app.member("Ada").await;
    let load = Load::begin(&app, 6).await;
    load.each(&load.good, 2).await;
    proxy.set_gate(gate);
    load.each(&load.refused, 1).await;
    proxy.set_gate(Gate::Open);
    let recovered = recovery(&watcher).await;
    let answers = load.end().await;
    summarize(&format!("database {gate:?}"), &answers, recovered);
    assert!(recovered < Duration::from_secs(5), "{recovered:?}");
}

#[tokio::test]
async fn a_connection_to_a_silent_server_times_out_with_one_line() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("postgresql://u:hunter2@{address}/d?sslmode=disable&connect_timeout=1");
    let url = DatabaseUrl::parse(&url, "test").unwrap();
    let start = Instant::now();
    let Err(error) = url.connect().await else { panic!("the silent server answered") };
    assert_eq!(error.to_string(), format!("{address}/d did not answer within 1 s"));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_full_pool_gives_503_after_a_bounded_wait() {
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url), ("DATABASE_POOL_SIZE", "1")]).await;
    let ada = app.member("Ada").await;
    let pool = app.state.pool.clone();
    let (held, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (holding, ended) = (Arc::clone(&held), Arc::clone(&end));
    let holder = RUNTIME.spawn(async move {
        db::transaction(&pool, "hold", async |_| {
            holding.notify_one();
            ended.notified().await;
            Ok(())
        })
        .await
    });
    held.notified().await;
    let start = Instant::now();
    let answer = ada.get("/settings").await;
    let waited = start.elapsed();
    println!("full pool: {} after {} ms", answer.status, waited.as_millis());
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    end.notify_one();
    holder.await.unwrap().expect("the transaction that holds the connection succeeds");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK);
}
