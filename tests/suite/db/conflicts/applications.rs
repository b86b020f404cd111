//! The scenarios of applications and their confirmations.

use reqwest::StatusCode;
use unframed::commands::admin::apps::report::Report;
use unframed::commands::admin::apps::{create, disable, rotate};
use unframed::commands::admin::keys;
use unframed::domain::{ApplicationName, ReturnOrigin};
use unframed::webhooks::{Delivery, outbox};
use uuid::Uuid;

use super::super::run;
use super::{Scenario, Stage};
use crate::harness::database::{self, RUNTIME};

pub(super) const SCENARIOS: &[(&str, Scenario)] = &[
    ("registering an application", |stage| Box::pin(register(stage))),
    ("rotating the secret of an application", |stage| Box::pin(rotate_secret(stage))),
    ("disabling an application", |stage| Box::pin(disable_application(stage))),
    ("asking for a confirmation", |stage| Box::pin(ask(stage))),
    ("withdrawing a confirmation", |stage| Box::pin(withdraw(stage))),
    ("approving a confirmation", |stage| Box::pin(approve(stage))),
    ("declining a confirmation", |stage| Box::pin(decline(stage))),
    ("making the first signing key", |stage| Box::pin(make_first_key(stage))),
    ("rotating the signing key", |stage| Box::pin(rotate_key(stage))),
    ("sending a receipt", |stage| Box::pin(send_receipt(stage))),
];

const WEBHOOK: &str = "https://payroll.example/hook";

async fn register(stage: &Stage) {
    let state = stage.app.state.clone();
    let before = stage.count("SELECT count(*) FROM applications").await;
    let asked = create::AskedApplication {
        name: ApplicationName::parse("Payroll").unwrap(),
        return_origin: ReturnOrigin::parse("https://payroll.example").unwrap(),
        webhook: None,
    };
    let creating = async move { create::run(&state.pool, &asked, state.clock.now()).await };
    let report: Report =
        stage.under_fire(async { RUNTIME.spawn(creating).await.unwrap() }).await.expect("it works");
    assert!(report.secret.is_some());
    assert_eq!(stage.count("SELECT count(*) FROM applications").await, before + 1);
}

async fn rotate_secret(stage: &Stage) {
    let (state, application) = (stage.app.state.clone(), stage.app.application().await);
    let id = application.id;
    let rotating = async move { rotate::run(&state.pool, id, false, state.clock.now()).await };
    let report = stage.under_fire(async { RUNTIME.spawn(rotating).await.unwrap() }).await.expect("it works");
    let secret = report.secret.expect("a new secret");
    // Both secrets work: the rotation ran once.
    for secret in [&application.secret, &secret] {
        let path = format!("/api/v1/confirmations/{}", Uuid::new_v4());
        let answer = application.call_as(secret, reqwest::Method::GET, &path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

async fn disable_application(stage: &Stage) {
    let (state, id) = (stage.app.state.clone(), stage.app.application().await.id);
    let disabling = async move { disable::run(&state.pool, id, state.clock.now()).await };
    stage.under_fire(async { RUNTIME.spawn(disabling).await.unwrap() }).await.expect("it works");
    let disabled = format!("SELECT count(*) FROM applications WHERE id = '{id}' AND disabled_at IS NOT NULL");
    assert_eq!(stage.count(&disabled).await, 1);
}

async fn ask(stage: &Stage) {
    let (ada, application) = (stage.app.member("Ada").await, stage.app.application().await);
    let user = ada.user_id().await;
    let asked = stage.under_fire(application.ask(&user.to_string(), serde_json::json!({}))).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{asked:#?}");
    let stored = format!("SELECT count(*) FROM confirmations WHERE user_id = '{user}'");
    assert_eq!(stage.count(&stored).await, 1);
}

async fn withdraw(stage: &Stage) {
    let (ada, application) = (stage.app.member("Ada").await, stage.app.application().await);
    let id = application.asked(&ada).await;
    let answer = stage.under_fire(application.withdraw(id)).await;
    assert_eq!(answer.text("state"), "withdrawn");
}

async fn approve(stage: &Stage) {
    let (ada, application) = (
        stage.app.member("Ada").await,
        stage.app.application_with("https://payroll.example", Some(WEBHOOK)).await,
    );
    let id = application.asked(&ada).await;
    let begun = ada.submit(&format!("/confirmations/{id}"), &[]).await;
    let page = ada.get(begun.location()).await;
    let page = ada.confirming(begun.location(), &page);
    let done = stage.under_fire(ada.confirm(&page)).await;
    assert!(done.location().starts_with("https://payroll.example/"), "{}", done.body);
    let queued =
        format!("SELECT count(*) FROM outgoing_webhooks WHERE application_id = '{}'", application.id);
    assert_eq!(stage.count(&queued).await, 1);
    empty_outbox(stage).await;
}

async fn decline(stage: &Stage) {
    let (ada, application) = (stage.app.member("Ada").await, stage.app.application().await);
    let id = application.asked(&ada).await;
    let token = ada.get("/settings").await.csrf_token();
    let path = format!("/confirmations/{id}/decline");
    let done = stage.under_fire(ada.post(&path, &[("csrf_token", &token)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let noted = format!(
        "SELECT count(*) FROM security_events WHERE user_id = '{}' AND kind = 'confirmation-declined'",
        ada.user_id().await
    );
    assert_eq!(stage.count(&noted).await, 1);
}

async fn make_first_key(stage: &Stage) {
    run(&mut database::connect(&stage.url).await, &["DELETE FROM signing_keys"]).await;
    decline(stage).await;
    assert_eq!(stage.count("SELECT count(*) FROM signing_keys").await, 1);
}

async fn rotate_key(stage: &Stage) {
    let state = stage.app.state.clone();
    let rotating =
        async move { keys::rotate(&state.pool, &state.receipt_keys, true, state.clock.now()).await };
    stage.under_fire(async { RUNTIME.spawn(rotating).await.unwrap() }).await.expect("it works");
    assert_eq!(stage.count("SELECT count(*) FROM signing_keys WHERE retired_at IS NULL").await, 1);
}

async fn empty_outbox(stage: &Stage) {
    run(&mut database::connect(&stage.url).await, &["DELETE FROM outgoing_webhooks"]).await;
}

/// The receipt goes to a port on which nobody listens, and stays in the queue.
async fn send_receipt(stage: &Stage) {
    empty_outbox(stage).await;
    let webhook = "http://127.0.0.1:1/hook";
    let (ada, application) = (
        stage.app.member("Ada").await,
        stage.app.application_with("https://payroll.example", Some(webhook)).await,
    );
    let id = application.asked(&ada).await;
    ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    let state = stage.app.state.clone();
    let send = async move {
        let allowed = vec!["127.0.0.1".to_owned()];
        let delivery = Delivery::new(allowed, state.webhook_tally.clone()).unwrap();
        outbox::send_next(&state.pool, &delivery, &state.clock).await
    };
    assert!(stage.under_fire(async { RUNTIME.spawn(send).await.unwrap() }).await, "no receipt is due");
    assert_eq!(stage.count("SELECT count(*) FROM outgoing_webhooks WHERE attempts = 1").await, 1);
    empty_outbox(stage).await;
}
