//! Every form, every sensitive action, every page and every list. The tables of the URLs and of the actions say which
//! there are.

use std::future::Future;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Data;
use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::commands::admin::{apps, framing_attempts, reports, throttles};
use unframed::domain::TokenDigest;
use unframed::mail::transport::Deliveries;
use unframed::metrics::Figures;
use unframed::models::account::{self, AccountFilter};
use unframed::models::authenticator::{self, StoredSecret};
use unframed::models::idempotency_key::{self, Claim, Former, IdempotencyKey, KeptAnswer};
use unframed::models::outgoing_webhook;
use unframed::models::signing_key::{self, SealedKey};
use unframed::route_map::RouteKind;
use unframed::state::AppState;
use unframed::{db, deletion, routes};

use crate::actions::starts;
use crate::bad_input::send_every_form;
use crate::harness::api_client::ALL_SCOPES;
use crate::harness::database::RUNTIME;
use crate::harness::{Browser, TestApp};

/// Sends every form, carries out every action, opens every page, and runs every command that lists something.
pub(super) async fn use_everything(app: &TestApp) {
    send_every_form(app).await;
    for start in starts() {
        app.member("Ada").await.carry_out(start, &[]).await;
    }
    let member = app.member("Ada").await;
    member.add_passkey().await;
    member.add_authenticator().await;
    open_pages(&member).await;
    download(&member).await;
    // The next request moves the last use of the session.
    app.wait(TimeDelta::minutes(10));
    open_pages(&member).await;
    member.get_after_signing_in_again("/settings/email").await;
    keep_factors(app, &member).await;
    use_api(app, &app.member("Ada").await).await;
    let state = app.state.clone();
    run(&state, list).await;
    run(&state, async |state| assert_eq!(deletion::sweep(&state).await, 0)).await;
}

/// Runs a part of the program as the program does: on its runtime.
async fn run<F: Future<Output = ()> + Send + 'static>(
    state: &Data<AppState>,
    part: impl FnOnce(Data<AppState>) -> F,
) {
    RUNTIME.spawn(part(state.clone())).await.expect("no panic");
}

/// Opens each page whose path has no parameter, and the card.
async fn open_pages(member: &Browser) {
    let id = member.user_id().await;
    assert_eq!(member.submit("/settings/card", &[("card", "on")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(member.get(&format!("/card/{id}")).await.status, StatusCode::OK);
    for route in routes::patterns() {
        if route.methods.contains(&Method::GET) && !route.path.contains('{') {
            member.get(route.path).await;
        }
    }
}

async fn download(member: &Browser) {
    let ready = member.carry_out("/settings/export", &[]).await.location().to_owned();
    for path in [ready.clone(), format!("{ready}/download")] {
        assert_eq!(member.get(&path).await.status, StatusCode::OK);
    }
}

/// Asks each operation of the API that reads; the scenarios of conflicts write.
async fn use_api(app: &TestApp, member: &Browser) {
    let program = app.program(&member.make_token(&ALL_SCOPES).await);
    for route in routes::patterns() {
        let reads = route.kind == RouteKind::Api && route.methods.contains(&Method::GET);
        if reads && !route.path.contains('{') {
            assert_eq!(program.get(route.path).await.status, StatusCode::OK, "{}", route.path);
        }
    }
    // Its receipt stays in the queue: PostgreSQL reads an empty table whole.
    let hook = Some("https://payroll.example/hook");
    let application = app.application_with("https://payroll.example", hook).await;
    let id = application.asked(member).await;
    member.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    assert_eq!(application.read(id).await.text("state"), "declined");
    let first = program.get("/api/v1/user/activity?limit=1").await.json();
    let next =
        format!("/api/v1/user/activity?limit=1&after={}", first["next"].as_str().expect("a next page"));
    assert_eq!(program.get(&next).await.status, StatusCode::OK);
}

/// Stores an answer to a repeated request, and gives another key back.
async fn keep_answers(state: &AppState) {
    let digest = |byte| TokenDigest::from_bytes([byte; 32]);
    let key = IdempotencyKey { caller_id: uuid::Uuid::new_v4(), key: digest(1), request: digest(2) };
    let answer = KeptAnswer { status: 201, location: None, body: "{}".to_owned() };
    let now = state.clock.now();
    let kept = db::transaction(&state.pool, "test", async |conn| {
        idempotency_key::claim_in_txn(conn, &key, now).await?;
        idempotency_key::keep_answer_in_txn(conn, &key, &answer).await?;
        assert!(idempotency_key::find(conn, &key, now).await?.is_some());
        let former = idempotency_key::claim_in_txn(conn, &key, now).await?;
        idempotency_key::release_in_txn(conn, &key).await?;
        Ok(former)
    });
    assert_eq!(kept.await.expect("a transaction"), Claim::Taken(Former::Answer(answer)));
}

/// Cancels a removal of second factors by the mailed link.
async fn keep_factors(app: &TestApp, member: &Browser) {
    app.schedule_factor_reset(member).await;
    let saying = "Second factors to be removed";
    let mails = app.all_mails_to(&member.email()).await;
    let mail = mails.iter().find(|mail| mail.contains(saying)).expect("a mail with the link");
    let link = regex::Regex::new("/undo/[A-Za-z0-9_-]{43}").unwrap();
    app.undo(link.find(mail).expect("a link").as_str()).await;
}

/// The figures for Prometheus, and the commands that list something.
async fn list(state: Data<AppState>) {
    let figures = Figures::new(state.clone(), Arc::new(Deliveries::default()));
    figures.text().await.expect("a page");
    framing_attempts::show(&state.pool, false).await.expect("a list");
    reports::show(&state.pool, false).await.expect("a list");
    throttles::show(&state.pool, false).await.expect("a list");
    apps::list::run(&state.pool, false).await.expect("a list");
    let key = SealedKey { kid: String::new(), sealed_private_key: Vec::new() };
    let keys = db::statement(&state.pool, "test", async |conn| {
        signing_key::replace_sealed(conn, &key, &[]).await?;
        signing_key::list_sealed(conn).await.map(|_| ())
    });
    keys.await.expect("a list");
    let no_receipt = db::statement(&state.pool, "test", async |conn| {
        outgoing_webhook::delete(conn, uuid::Uuid::nil()).await
    });
    no_receipt.await.expect("nothing to delete");
    keep_answers(&state).await;
    let now = state.clock.now();
    let none = StoredSecret { id: uuid::Uuid::nil(), user_id: uuid::Uuid::nil(), sealed_secret: Vec::new() };
    let secrets = db::statement(&state.pool, "test", async |conn| {
        authenticator::replace_secret(conn, &none, &[]).await?;
        authenticator::list_secrets(conn, none.id, 1).await.map(|_| ())
    });
    secrets.await.expect("a list");
    for after in [None, Some("m@example.com")] {
        for (disabled, deleting) in [(false, false), (true, false), (false, true), (true, true)] {
            let filter = AccountFilter { disabled, deleting };
            let page = db::statement(&state.pool, "test", async |conn| {
                account::list(conn, after, filter, now, 100).await.map(|_| ())
            });
            page.await.expect("a list");
        }
    }
}
