//! A request is carried out to its end, whatever its client does, and a handler that panics is answered.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use reqwest::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use unframed::security::password_hashing::Work;

use crate::harness::{PASSWORD, TestApp, wire};

#[tokio::test]
async fn a_request_whose_client_goes_away_is_carried_out() {
    let app = TestApp::spawn_with_slow_hashes().await;
    let (ada, device) = (app.member("Ada").await, app.guest());
    let form = format!("email={}&password={}", ada.email().replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let fields = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", app.origin.as_str()),
        ("X-Forwarded-For", device.address()),
    ];
    let request = wire::request("POST", "/sign-in", &fields, Some(&form));
    let queue = app.state.hashing.queue(Work::SignIn);
    for milliseconds in 0..60 {
        let mut stream = TcpStream::connect(app.address).await.expect("the server listens");
        stream.write_all(request.as_bytes()).await.expect("sent");
        // At another moment each time: between any two steps of the handler.
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        stream.set_zero_linger().expect("a reset");
        drop(stream);
        while queue.running() + queue.waiting() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    // Right passwords cost no attempt, so all ten are left.
    for attempt in 1..=10 {
        let wrong = device.post("/sign-in", &[("email", &ada.email()), ("password", "a slip")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "attempt {attempt}");
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_with_a_page_and_all_headers() {
    async fn panics() -> HttpResponse {
        panic!("on purpose")
    }
    let app = TestApp::spawn_with(&[], |config| {
        config.route("/panics", web::get().to(panics));
    })
    .await;
    for _ in 0..3 {
        let answer = app.guest().get("/panics").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains("Something went wrong") && !answer.body.contains("on purpose"));
        let id = answer.header("x-request-id").expect("an id");
        assert!(answer.body.contains(&format!("give this id: <code>{id}</code>")), "{}", answer.body);
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    }
    assert_eq!(app.guest().get("/").await.status, StatusCode::OK);
}
