//! The outbox of receipts: delivered once, tried again, and never to an address of our own network.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use chrono::TimeDelta;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use unframed::webhooks::{Delivery, outbox};

use crate::harness::database::{self, RUNTIME};
use crate::harness::{Application, Browser, TestApp};

/// An application that listens for receipts and answers with a status.
struct Hook {
    url: String,
    status: Arc<AtomicU16>,
    bodies: mpsc::UnboundedReceiver<Value>,
}

impl Hook {
    async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, bodies) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(200));
        let answer = status.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"}")
                    && stream.read_buf(&mut request).await.is_ok_and(|read| read > 0)
                {}
                let request = String::from_utf8(request).unwrap();
                let (_, body) = request.split_once("\r\n\r\n").unwrap();
                let _ = sender.send(serde_json::from_str(body).unwrap());
                let head = format!("HTTP/1.1 {} x\r\n\r\n", answer.load(Ordering::Relaxed));
                let _ = stream.write_all(head.as_bytes()).await;
            }
        });
        Self { url, status, bodies }
    }
}

/// An application on a database of its own, whose outbox only the test empties.
async fn scene(webhook: &str, allowed: &str) -> (TestApp, Browser, Application) {
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url), ("WEBHOOK_ALLOWED_HOSTS", allowed)]).await;
    let (ada, application) =
        (app.member("Ada").await, app.application_with("https://payroll.example", Some(webhook)).await);
    (app, ada, application)
}

async fn send_next(app: &TestApp) -> bool {
    let state = app.state.clone();
    let send = async move {
        let delivery =
            Delivery::new(state.config.webhook_allowed_hosts.clone(), state.webhook_tally.clone()).unwrap();
        outbox::send_next(&state.pool, &delivery, &state.clock).await
    };
    RUNTIME.spawn(send).await.unwrap()
}

fn counted(app: &TestApp, result: &str) -> u64 {
    app.state.webhook_tally.counts().find(|(name, _)| *name == result).unwrap().1
}

#[tokio::test]
async fn each_decision_is_posted_once_and_a_failure_is_tried_again_for_a_day() {
    let mut hook = Hook::listen().await;
    let (app, ada, application) = scene(&hook.url, "127.0.0.1").await;
    let id = application.asked(&ada).await;
    assert!(!send_next(&app).await, "nothing is decided yet");
    ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    hook.status.store(503, Ordering::Relaxed);
    assert!(send_next(&app).await);
    assert!(!send_next(&app).await, "it waits for its next attempt");
    app.wait(TimeDelta::seconds(10));
    hook.status.store(302, Ordering::Relaxed);
    assert!(send_next(&app).await);
    app.wait(TimeDelta::seconds(10));
    assert!(!send_next(&app).await, "the pause doubles");
    app.wait(TimeDelta::seconds(10));
    hook.status.store(204, Ordering::Relaxed);
    assert!(send_next(&app).await);
    app.wait(TimeDelta::hours(2));
    assert!(!send_next(&app).await, "it was taken");
    assert_eq!((counted(&app, "failed"), counted(&app, "sent")), (2, 1));
    let receipt = application.read(id).await.text("receipt").to_owned();
    for _ in 0..3 {
        let body = hook.bodies.recv().await.unwrap();
        assert_eq!(body, serde_json::json!({ "receipt": receipt }));
    }
    assert_eq!(app.verified(&receipt).await["aud"], application.id.to_string());
    let eve = app.member("Eve").await;
    let id = application.asked(&eve).await;
    eve.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    app.wait(TimeDelta::hours(24));
    assert!(!send_next(&app).await, "it is given up after a day");
}

#[tokio::test]
async fn an_address_of_our_own_network_gets_nothing_and_a_disabled_application_neither() {
    let mut hook = Hook::listen().await;
    let (app, ada, application) = scene(&hook.url, "other.example").await;
    let id = application.asked(&ada).await;
    ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    assert!(send_next(&app).await);
    assert_eq!((counted(&app, "refused"), counted(&app, "sent")), (1, 0));
    assert!(hook.bodies.try_recv().is_err());
    assert_eq!(app.count("outgoing_webhooks").await, 1);
    app.disable(&application).await;
    assert_eq!(app.count("outgoing_webhooks").await, 0);
}

#[tokio::test]
async fn an_application_that_does_not_answer_delays_no_other() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hook = Hook::listen().await;
    let slow_url = format!("http://{}/hook", silent.local_addr().unwrap());
    let (app, ada, slow) = scene(&slow_url, "127.0.0.1").await;
    let fast = app.application_with("https://payroll.example", Some(&hook.url)).await;
    for application in [&slow, &slow, &fast] {
        let id = application.asked(&ada).await;
        ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    }
    let state = app.state.clone();
    let sending = async move {
        let (allowed, tally) = (state.config.webhook_allowed_hosts.clone(), state.webhook_tally.clone());
        let delivery = Delivery::new(allowed, tally).unwrap();
        let next = || outbox::send_next(&state.pool, &delivery, &state.clock);
        // The first one waits for an answer; the next one sends to the other application, and then nothing is left to claim.
        tokio::join!(next(), async { (next().await, next().await) })
    };
    let held = tokio::spawn(async move { silent.accept().await.unwrap() });
    let (first, (second, third)) = RUNTIME.spawn(sending).await.unwrap();
    assert!(first && second && !third);
    let body = hook.bodies.recv().await.unwrap();
    assert_eq!(app.verified(body["receipt"].as_str().unwrap()).await["aud"], fast.id.to_string());
    drop(held.await.unwrap());
}
