//! `security/framing.rs` replaces the headers of every answer; without it the wire test fails.

use actix_web::dev::ServiceResponse;
use actix_web::{App, Error, HttpResponse, HttpServer, web};

use super::wire::{Keep, faults};
use crate::harness::TestApp;
use crate::harness::app::launch;
use crate::harness::wire::{WireAnswer, exchange, request};

/// Adds a handler that allows framing, a handler that panics and a middleware that fails.
fn careless(config: &mut web::ServiceConfig) {
    let weak = || async {
        HttpResponse::Ok()
            .append_header(("X-Frame-Options", "ALLOWALL"))
            .append_header(("X-Frame-Options", "SAMEORIGIN"))
            .append_header(("Content-Security-Policy", "frame-ancestors *"))
            .append_header(("Content-Security-Policy", "default-src *"))
            .append_header(("Referrer-Policy", "unsafe-url"))
            .append_header(("Server", "careless/1.0"))
            .body("weak")
    };
    async fn panics() -> HttpResponse {
        panic!("what a test asks for")
    }
    let failing = web::scope("/failing")
        .wrap_fn(|_, _| {
            let error: Error = actix_web::error::ErrorBadGateway("a cause that stays secret");
            std::future::ready(Err::<ServiceResponse, _>(error))
        })
        .route("/page", web::get().to(HttpResponse::Ok));
    config.route("/weak", web::get().to(weak)).route("/panics", web::get().to(panics)).service(failing);
}

async fn ask(app: &TestApp, path: &str) -> WireAnswer {
    exchange(app.address, request("GET", path, &[], None)).await.expect("an answer")
}

#[tokio::test]
async fn weaker_headers_of_a_handler_are_replaced() {
    let app = TestApp::spawn_with(&[], careless).await;
    let answer = ask(&app, "/weak").await;
    assert_eq!((answer.status, answer.body.contains("weak")), (200, true));
    assert_eq!(faults(&answer, Keep::Never), [""; 0], "{answer:#?}");
}

#[tokio::test]
async fn a_panic_is_a_page_with_all_headers_and_the_server_lives_on() {
    let app = TestApp::spawn_with(&[], careless).await;
    for _ in 0..2 {
        let answer = ask(&app, "/panics").await;
        assert_eq!(answer.status, 500);
        assert!(
            answer.body.contains("<h1>Something went wrong</h1>") && !answer.body.contains("what a test")
        );
        assert_eq!(faults(&answer, Keep::Never), [""; 0], "{answer:#?}");
    }
    assert_eq!(ask(&app, "/").await.status, 200);
}

#[tokio::test]
async fn a_failing_inner_middleware_is_a_page_with_all_headers() {
    let app = TestApp::spawn_with(&[], careless).await;
    let answer = ask(&app, "/failing/page").await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("<!DOCTYPE html>") && !answer.body.contains("stays secret"));
    assert_eq!(faults(&answer, Keep::Never), [""; 0], "{answer:#?}");
}

#[tokio::test]
async fn without_the_middleware_the_same_check_finds_every_header_missing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let handle = launch(move || {
        let naked = HttpServer::new(|| App::new().configure(unframed::routes::configure));
        naked.workers(1).listen(listener).unwrap().run()
    })
    .await;
    for path in ["/healthz", "/nope"] {
        let answer = exchange(address, request("GET", path, &[], None)).await.expect("an answer");
        let found = faults(&answer, Keep::Never);
        for name in ["x-frame-options", "content-security-policy", "x-content-type-options", "cache-control"]
        {
            assert!(
                found.iter().any(|fault| fault.starts_with(name)),
                "{path}: {name} is not missed: {found:?}"
            );
        }
    }
    handle.stop(false).await;
}
