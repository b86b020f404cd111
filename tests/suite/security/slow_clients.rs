//! Clients that hold connections and give nothing in return. Each of them is ended in bounded time, and meanwhile
//! an honest client notices nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use unframed::app::server::{self, TimeLimits};
use unframed::security::request_body::TimeLimit;

use crate::harness::serving::Serving;
use crate::harness::wire::{self, exchange};
use crate::harness::{TestApp, database};

const SECOND: Duration = Duration::from_secs(1);
const HEAD: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What a hostile client does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    /// Sends nothing.
    Idle,
    /// Sends a head, one byte after the other.
    SlowHead,
    /// Sends a request, reads its response, and sends a second head, one byte after the other.
    SlowSecondHead,
    /// Sends a body, one byte after the other.
    SlowBody,
    /// Sends half a head and says that nothing more follows.
    HalfClosed,
    /// Sends half a body and says that nothing more follows.
    HalfClosedBody,
}

impl Client {
    /// Each kind, and how many of them come at once.
    const CROWD: [(Self, usize); 6] = [
        (Self::Idle, 2000),
        (Self::SlowHead, 200),
        (Self::SlowSecondHead, 200),
        (Self::SlowBody, 200),
        (Self::HalfClosed, 100),
        (Self::HalfClosedBody, 100),
    ];

    /// The bytes at once, and those that follow slowly.
    fn bytes(self, origin: &str) -> (String, &'static str) {
        let form = format!(
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nContent-Length: 1000\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\nemail="
        );
        match self {
            Self::Idle => (String::new(), ""),
            Self::SlowHead => ("GET /".to_owned(), "a"),
            Self::SlowSecondHead => (HEAD.to_owned() + "GET /", "a"),
            Self::SlowBody => (form, "a"),
            Self::HalfClosed => ("GET /".to_owned(), ""),
            Self::HalfClosedBody => (form, ""),
        }
    }

    /// Behaves so until the server ends the connection. Returns the status of the last answer; 0 for none.
    async fn run(self, server: SocketAddr, origin: String) -> u16 {
        let (mut reading, mut writing) = TcpStream::connect(server).await.expect("a place").into_split();
        let (first, slow) = self.bytes(&origin);
        let write = async move {
            let _ = writing.write_all(first.as_bytes()).await;
            if matches!(self, Self::HalfClosed | Self::HalfClosedBody) {
                let _ = writing.shutdown().await;
            }
            while !slow.is_empty() && writing.write_all(slow.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            // The connection stays open until the server ends it.
            writing
        };
        let write = tokio::spawn(write);
        let mut answers = Vec::new();
        let _ = reading.read_to_end(&mut answers).await;
        write.abort();
        let text = String::from_utf8_lossy(&answers);
        text.rmatch_indices("HTTP/1.1 ")
            .next()
            .map_or(0, |(at, _)| text[at + 9..at + 12].parse().expect("a status"))
    }
}

/// The times that some requests of an honest client take, in order of length.
async fn honest(server: SocketAddr, requests: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..requests {
        let start = Instant::now();
        let answer = exchange(server, wire::request("GET", "/sign-in", &[], None)).await.expect("an answer");
        assert_eq!(answer.status, 200);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_and_idle_clients_are_ended_and_an_honest_one_notices_nothing() {
    let files = server::allow_open_files().expect("a limit");
    let app = TestApp::spawn().await;
    let limits = TimeLimits { head: SECOND * 4, keep_alive: SECOND, stall: SECOND * 5 };
    let (address, handle) = app
        .listen(limits, |config| {
            config.app_data(TimeLimit(SECOND * 4));
        })
        .await;
    let quiet = honest(address, 50).await;
    // Both ends of each connection are files of this process.
    let part = if files > 8000 { 1 } else { 10 };
    let mut crowd = JoinSet::new();
    let start = Instant::now();
    for (client, count) in Client::CROWD {
        for _ in 0..count / part {
            let running = client.run(address, app.origin.clone());
            crowd.spawn(async move { (client, running.await) });
        }
    }
    let clients = crowd.len();
    let attacked = honest(address, 100).await;
    println!(
        "{clients} hostile clients; median {:?} in peace, {:?} among them, longest {:?}",
        quiet[quiet.len() / 2],
        attacked[attacked.len() / 2],
        attacked[attacked.len() - 1],
    );
    assert!(crowd.len() > clients / 2, "most of them are there all the time");
    let (before, among) = (quiet[quiet.len() / 2], attacked[attacked.len() / 2]);
    assert!(among < before * 20 + Duration::from_millis(50), "the median was {before:?} and is {among:?}");
    assert!(attacked[attacked.len() - 1] < SECOND * 2, "{attacked:?}");
    let ended =
        tokio::time::timeout(SECOND * 30, crowd.join_all()).await.expect("the server ends each of them");
    for (client, status) in ended {
        let expected: &[u16] = match client {
            Client::Idle | Client::SlowHead | Client::SlowBody => &[408],
            // The answer to the first request.
            Client::SlowSecondHead => &[200],
            Client::HalfClosed => &[0],
            // Nothing is done with half a form.
            Client::HalfClosedBody => &[400],
        };
        assert!(expected.contains(&status), "{client:?}: {status}");
    }
    println!("all are gone after {:?}", start.elapsed());
    handle.stop(false).await;
}

#[tokio::test]
async fn a_client_that_takes_no_response_is_ended() {
    let app = TestApp::spawn().await;
    let limits = TimeLimits { stall: SECOND, ..TimeLimits::default() };
    let (address, handle) = app.listen(limits, |_| {}).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", app.state.view.asset_url("app.css"));
    let requests = request.repeat(100);
    // Both ends of the connection fill up, and then the server waits for this client.
    let writing = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(SECOND * 20, writing).await.expect("the server ends the connection");
    handle.stop(false).await;
}

#[tokio::test]
async fn idle_connections_use_up_no_low_limit_of_open_files() {
    let mut serving = Serving::start_with_files(&database::alone().await, 256).await;
    let mut idle = Vec::new();
    for _ in 0..600 {
        idle.push(TcpStream::connect(serving.address).await.unwrap());
    }
    let start = Instant::now();
    let answer = serving.get("/readyz", &[]).await.expect("an answer");
    // Before the time of the first idle connections is over.
    assert!(start.elapsed() < SECOND * 5, "{:?}", start.elapsed());
    assert_eq!(answer.status, 200, "the database gets a connection, too: {}", answer.body);
    serving.signal("INT");
    serving.end().await;
}

#[tokio::test]
async fn thousands_of_requests_whose_responses_nobody_takes_cost_little_memory() {
    let mut serving =
        Serving::start(&database::alone().await, &[("RUST_LOG", "warn,unframed::commands=info")]).await;
    serving.get("/", &[]).await.expect("an answer");
    let before = serving.memory();
    let requests = "GET / HTTP/1.1\r\nHost:\r\n\r\n".repeat(5000);
    let mut clients = JoinSet::new();
    for _ in 0..40 {
        let (address, requests) = (serving.address, requests.clone());
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("a place");
            let _ = stream.write_all(requests.as_bytes()).await;
            // Neither read nor closed.
            std::future::pending::<()>().await;
        });
    }
    let (mut most, start) = (before, Instant::now());
    while start.elapsed() < SECOND * 3 {
        most = most.max(serving.memory());
        tokio::time::sleep(SECOND / 10).await;
    }
    println!("{before} MiB before, {most} at most");
    assert!(most < before + 100, "{before} MiB before, {most} at most");
    clients.shutdown().await;
    serving.signal("INT");
    serving.end().await;
}
