//! The time of the response does not tell who has an account.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use unframed::security::limits::MAIL_RESPONSE_TIME;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

/// Asks for a link from a new browser, and returns the time until the response.
async fn ask(app: &TestApp, email: &str) -> Duration {
    let guest = app.guest();
    let begun = Instant::now();
    let answer = guest.post("/forgot-password", &[("email", email)]).await;
    let took = begun.elapsed();
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/forgot-password/sent"));
    took
}

#[tokio::test]
async fn no_response_comes_before_the_least_time() {
    let app = TestApp::spawn().await;
    let known = app.member("Ada").await.email();
    // The third request for an address queues no mail, which is the least work.
    for email in [&known, &known, &known, &fresh_email("nobody")] {
        let took = ask(&app, email).await;
        assert!(took >= MAIL_RESPONSE_TIME, "{took:?}");
    }
}

#[tokio::test]
#[ignore = "measures times, so nothing else may run: cargo test --test suite -- --ignored --nocapture known_and_unknown"]
async fn known_and_unknown_addresses_take_the_same_time() {
    const EACH: usize = 200;
    let app = TestApp::spawn().await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut members = Vec::new();
    for _ in 0..EACH {
        members.push(app.member("Ada").await.email());
    }
    for email in &members {
        // In turn, so that a slow moment of the machine meets both.
        known.push(ask(&app, email).await);
        unknown.push(ask(&app, &fresh_email("nobody")).await);
    }
    let quartiles = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        [EACH / 4, EACH / 2, EACH * 3 / 4].map(|at| times[at].as_secs_f64() * 1000.0)
    };
    let (known, unknown) = (quartiles(&mut known), quartiles(&mut unknown));
    println!("{EACH} known addresses, quartiles in ms: {known:.2?}; {EACH} unknown: {unknown:.2?}");
    for (one, other) in known.iter().zip(unknown) {
        assert!((one - other).abs() < 2.0, "{known:?} {unknown:?}");
    }
}
