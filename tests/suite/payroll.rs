//! `examples/payroll` without a browser: what pays, how often, and what never does.

mod forged;

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use unframed::webhooks::{Delivery, outbox};
use uuid::Uuid;

use crate::harness::database::{self, RUNTIME};
use crate::harness::{Payroll, TestApp};

#[tokio::test]
async fn a_receipt_pays_once_however_often_and_by_whatever_way_it_comes() {
    let app = TestApp::spawn().await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    let id = payroll.press(&cookie, 1).await;
    let back = ada.approve(id).await;
    let receipt = payroll.application.read(id).await.text("receipt").to_owned();
    let path = Payroll::way_back(1, id, &receipt);
    assert_eq!(back.location(), payroll.url(&path));
    assert_eq!(payroll.transfers(&cookie).await, 0, "nothing is paid before the receipt arrives");
    for _ in 0..2 {
        let returned = join_all((0..8).map(|_| payroll.get(&cookie, &path)));
        let posted = join_all((0..8).map(|_| payroll.hook(&receipt)));
        let (returned, posted) = tokio::join!(returned, posted);
        assert!(returned.iter().all(|answer| answer.location() == "/payments/1"), "{returned:#?}");
        assert_eq!(posted, [StatusCode::NO_CONTENT; 8]);
        assert_eq!(payroll.transfers(&cookie).await, 1);
    }
    let page = payroll.get(&cookie, "/payments/1").await.body;
    assert!(
        page.contains("Pay 4,200.00 EUR to Grace: paid once.") && page.contains("proof password"),
        "{page}"
    );
    // The button was pressed in another tab before.
    let again = payroll.post(&cookie, "/payments/1/pay", "press", &Uuid::new_v4().to_string()).await;
    assert_eq!(again.location(), "/payments/1");
}

#[tokio::test]
async fn two_users_who_approve_the_same_payment_pay_once() {
    let app = TestApp::spawn().await;
    let (ada, bob) = (app.member("Ada").await, app.member("Bob").await);
    let payroll = Payroll::start(&app).await;
    let (of_ada, of_bob) = (payroll.sign_in(&ada.email()).await, payroll.sign_in(&bob.email()).await);
    let asked = payroll.press(&of_ada, 2).await;
    let refused = payroll.post(&of_bob, "/payments/2/pay", "press", &Uuid::new_v4().to_string()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    ada.decline(asked).await;
    // Payroll asks unframed before it asks another user.
    let other = payroll.press(&of_bob, 2).await;
    assert_ne!(asked, other);
    bob.approve(other).await;
    let receipts = [
        payroll.application.read(asked).await.text("receipt").to_owned(),
        payroll.application.read(other).await.text("receipt").to_owned(),
    ];
    for receipt in receipts.iter().chain(&receipts) {
        assert_eq!(payroll.hook(receipt).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(payroll.transfers(&of_ada).await, 1);
}

#[tokio::test]
async fn a_declined_or_expired_request_pays_nothing_and_can_be_asked_for_again() {
    let app = TestApp::spawn().await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    let declined = payroll.press(&cookie, 1).await;
    let back = ada.decline(declined).await;
    let path = back.location().strip_prefix(&payroll.origin).expect("its own URL").to_owned();
    assert_eq!(payroll.get(&cookie, &path).await.location(), "/payments/1");
    assert!(payroll.get(&cookie, "/payments/1").await.body.contains("Declined. Nothing was paid."));
    let waiting = payroll.press(&cookie, 1).await;
    assert_eq!(waiting, payroll.press(&cookie, 1).await, "the user is asked once");
    assert!(payroll.get(&cookie, "/payments/1").await.body.contains("waiting for"));
    app.wait(TimeDelta::minutes(10));
    // The page of an expired request leads back without a receipt.
    assert_eq!(payroll.get(&cookie, "/payments/1/return").await.location(), "/payments/1");
    assert!(payroll.get(&cookie, "/payments/1").await.body.contains("The request has ended."));
    let withdrawn = payroll.press(&cookie, 1).await;
    assert_ne!(withdrawn, waiting);
    payroll.application.withdraw(withdrawn).await;
    payroll.get(&cookie, "/payments/1/return").await;
    assert!(payroll.get(&cookie, "/payments/1").await.body.contains("The request has ended."));
    assert_eq!(payroll.transfers(&cookie).await, 0);
}

#[tokio::test]
async fn a_double_click_asks_the_user_once() {
    let app = TestApp::spawn().await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    let press = Uuid::new_v4().to_string();
    let clicks = join_all((0..4).map(|_| payroll.post(&cookie, "/payments/3/pay", "press", &press))).await;
    assert!(clicks.iter().all(|answer| answer.location() == clicks[0].location()), "{clicks:#?}");
    let asked = format!("confirmations WHERE application_id = '{}'", payroll.application.id);
    assert_eq!(app.count(&asked).await, 1);
}

#[tokio::test]
async fn the_webhook_pays_if_the_window_was_closed() {
    let url = database::alone().await;
    let variables = [("DATABASE_URL", url.as_str()), ("WEBHOOK_ALLOWED_HOSTS", "127.0.0.1")];
    let app = TestApp::spawn_configured(&variables).await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    ada.approve(payroll.press(&cookie, 3).await).await;
    assert_eq!(payroll.transfers(&cookie).await, 0);
    let state = app.state.clone();
    let send = async move {
        let tally = state.webhook_tally.clone();
        let delivery = Delivery::new(state.config.webhook_allowed_hosts.clone(), tally).unwrap();
        outbox::send_next(&state.pool, &delivery, &state.clock).await
    };
    assert!(RUNTIME.spawn(send).await.unwrap());
    assert_eq!(payroll.transfers(&cookie).await, 1);
    assert_eq!(app.count("outgoing_webhooks").await, 0, "the receipt was taken");
}

#[tokio::test]
async fn every_response_denies_framing_and_only_own_forms_are_accepted() {
    let app = TestApp::spawn().await;
    let (ada, payroll) = (app.member("Ada").await, Payroll::start(&app).await);
    let cookie = payroll.sign_in(&ada.email()).await;
    let stranger: &[(&str, &str)] = &[];
    let signed_in: &[(&str, &str)] = &[("cookie", cookie.as_str())];
    let malformed: &[(&str, &str)] = &[("cookie", "payroll_session=x")];
    let json: &[(&str, &str)] = &[("content-type", "application/json")];
    for (method, path, headers, status) in [
        (Method::GET, "/", stranger, 200),
        (Method::GET, "/", signed_in, 200),
        (Method::GET, "/style.css", stranger, 200),
        (Method::GET, "/payments/1", signed_in, 200),
        (Method::GET, "/payments/1", stranger, 401),
        (Method::GET, "/payments/1", malformed, 401),
        (Method::GET, "/payments/9", signed_in, 404),
        (Method::GET, "/payments/x", signed_in, 404),
        (Method::GET, "/nothing", stranger, 404),
        (Method::GET, "/payments/1/return?receipt=x&confirmation=x", stranger, 400),
        (Method::GET, "/hook", stranger, 404),
        (Method::POST, "/hook", json, 400),
        (Method::POST, "/payments/1/pay", signed_in, 415),
    ] {
        let answer = payroll.send(method.clone(), path, headers, String::new()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {answer:#?}");
        assert_eq!(answer.headers["x-frame-options"], "DENY", "{method} {path}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with("frame-ancestors 'none'"), "{method} {path}: {policy}");
    }
    for origin in ["https://evil.example", "null", ""] {
        for (path, body) in [
            ("/payments/1/pay", format!("press={}", Uuid::new_v4())),
            ("/sign-in", "email=eve%40example.com".to_owned()),
            ("/sign-out", String::new()),
        ] {
            let form = [
                ("cookie", cookie.as_str()),
                ("content-type", "application/x-www-form-urlencoded"),
                ("origin", origin),
            ];
            let answer = payroll.send(Method::POST, path, &form, body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin} {path}");
        }
    }
    let asked = format!("confirmations WHERE application_id = '{}'", payroll.application.id);
    assert_eq!(app.count(&asked).await, 0);
    assert_eq!(payroll.get(&cookie, "/payments/1").await.status, StatusCode::OK, "the session goes on");
    assert_eq!(payroll.post(&cookie, "/sign-out", "x", "").await.location(), "/");
    assert_eq!(payroll.get(&cookie, "/payments/1").await.status, StatusCode::UNAUTHORIZED);
    let stranger = payroll.sign_in("nobody@example.com").await;
    let refused = payroll.post(&stranger, "/payments/1/pay", "press", &Uuid::new_v4().to_string()).await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY);
    assert!(refused.body.contains("user is not a user who can sign in"), "{}", refused.body);
}
