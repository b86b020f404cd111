//! A request is carried out to its end, whatever its client does, and a handler that panics is answered.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use reqwest::StatusCode;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::harness::confirmation::fresh_email;
use crate::harness::{TestApp, wire};

#[tokio::test]
async fn a_request_whose_client_goes_away_is_carried_out() {
    let app = TestApp::spawn().await;
    let emails: Vec<String> = (0..40).map(|_| fresh_email("aborted")).collect();
    for (number, email) in (0..).zip(&emails) {
        let form = format!("email={}", email.replace('@', "%40"));
        let fields = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", app.origin.as_str())];
        let request = wire::request("POST", "/sign-up", &fields, Some(&form));
        let mut stream = TcpStream::connect(app.address).await.expect("the server listens");
        stream.write_all(request.as_bytes()).await.expect("sent");
        // At another moment each time: between any two steps of the handler.
        tokio::time::sleep(Duration::from_millis(number)).await;
        stream.set_zero_linger().expect("a reset");
    }
    for email in emails {
        // A reset that overtakes its request counts nothing and sends nothing.
        let mut mails = 0;
        for _ in 0..40 {
            mails = app.all_mails_to(&email).await.len();
            if mails == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let guest = app.guest();
        guest.post("/sign-up", &[("email", &email)]).await;
        guest.post("/sign-up", &[("email", &email)]).await;
        assert_eq!(app.all_mails_to(&email).await.len(), 2, "of two, {mails} were used up before");
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
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    }
    assert_eq!(app.guest().get("/").await.status, StatusCode::OK);
}
