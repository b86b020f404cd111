//! The end of `unframed serve`: SIGTERM lets requests end, and SIGKILL loses nothing that was answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryDsl as _;
use diesel_async::RunQueryDsl as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use unframed::schema::sign_ups;

use crate::harness::database;
use crate::harness::serving::Serving;
use crate::harness::wire;

#[tokio::test]
async fn sigterm_makes_it_unready_then_closes_the_socket_and_lets_requests_end() {
    let mut serving = Serving::start(&database::alone().await, &[]).await;
    let ready = serving.get("/readyz", &[]).await.expect("an answer");
    assert_eq!(ready.status, 200);
    // A request whose body arrives slowly.
    let bytes = serving.form("/sign-up", "203.0.113.5", "email=slow%40example.com");
    let (head, rest) = bytes.split_at(bytes.len() - 12);
    let mut slow = TcpStream::connect(serving.address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();

    serving.signal("TERM");
    serving.line("SIGTERM").await;
    let unready = serving.get("/readyz", &[]).await.expect("an answer");
    assert_eq!((unready.status, unready.body.as_str()), (503, "shutting down\n"));
    // Each connection that is taken before the socket closes is answered.
    let (start, mut answered) = (Instant::now(), 0);
    while let Ok(mut stream) = TcpStream::connect(serving.address).await {
        let request = wire::request("GET", "/healthz", &[], None);
        let sent = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer).await;
        if answer.is_empty() && start.elapsed() > Duration::from_millis(4900) {
            // The kernel had taken this connection for the socket at the moment at which it closed.
            break;
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "after {answered}: {sent:?} {read:?} {answer:?}");
        answered += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    println!("{answered} requests were answered in {:?} after SIGTERM", start.elapsed());
    assert!(
        answered > 50 && start.elapsed() >= Duration::from_secs(4),
        "{answered} in {:?}",
        start.elapsed()
    );
    assert!(TcpStream::connect(serving.address).await.is_err(), "the socket is closed");
    // The slow request ends after the socket is closed.
    slow.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let status = serving.end().await;
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(21), "{:?}", start.elapsed());
}

#[tokio::test]
async fn sigkill_loses_no_sign_up_that_was_answered() {
    let url = database::alone().await;
    let mut answered = BTreeSet::new();
    for round in 0..3 {
        let mut serving = Serving::start(&url, &[("RUST_LOG", "warn,unframed::commands=info")]).await;
        let (ended, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..8 {
            let (address, ended, count) = (serving.address, Arc::clone(&ended), Arc::clone(&count));
            let forms: Vec<(String, String)> = (0..500)
                .map(|number| {
                    let email = format!("r{round}c{client}n{number}@example.com");
                    let network = format!("10.{round}.{client}.{}", number % 200);
                    let body = format!("email={}", email.replace('@', "%40"));
                    (serving.form("/sign-up", &network, &body), email)
                })
                .collect();
            clients.spawn(async move {
                let mut done = Vec::new();
                for (form, email) in forms {
                    if AtomicBool::load(&ended, Ordering::Relaxed) {
                        break;
                    }
                    let Ok(mut stream) = TcpStream::connect(address).await else { break };
                    let mut answer = String::new();
                    let sent = stream.write_all(form.as_bytes()).await;
                    let read = stream.read_to_string(&mut answer).await;
                    if answer.starts_with("HTTP/1.1 303") {
                        done.push(email);
                        count.fetch_add(1, Ordering::Relaxed);
                    } else {
                        assert!(
                            answer.is_empty() && AtomicBool::load(&ended, Ordering::Relaxed),
                            "{sent:?} {read:?} {answer}"
                        );
                    }
                }
                done
            });
        }
        // In the middle of the writes, at another moment of each round. A slow machine takes longer to answer as many.
        let enough = async {
            while AtomicUsize::load(&count, Ordering::Relaxed) < 10 + 3 * round {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), enough).await.expect("some answers");
        ended.store(true, Ordering::Relaxed);
        serving.signal("KILL");
        assert_eq!(serving.end().await.code(), None, "it was killed");
        answered.extend(clients.join_all().await.into_iter().flatten());
    }
    let mut conn = database::connect(&url).await;
    let stored: Vec<String> = sign_ups::table.select(sign_ups::email).load(&mut conn).await.unwrap();
    let stored: BTreeSet<String> = stored.into_iter().collect();
    let lost: Vec<&String> = answered.difference(&stored).collect();
    println!("{} answered, {} stored, {} lost", answered.len(), stored.len(), lost.len());
    assert!(answered.len() > 20, "{}", answered.len());
    assert!(lost.is_empty(), "{lost:?}");
}
