//! The scenarios of `unframed admin users` and `unframed admin import`.

use std::future::Future;

use chrono::TimeDelta;
use unframed::commands::Failure;
use unframed::commands::admin::import;
use unframed::commands::admin::import::output::Output;
use unframed::commands::admin::import::records::Format;
use unframed::commands::admin::users::create::NewAccount;
use unframed::commands::admin::users::report::{Report, ReportedResult};
use unframed::commands::admin::users::{
    create, delete, disable, enable, end_sessions, reset_factors, send_reset,
};
use unframed::domain::{AccountName, DisplayName, EmailAddress, Language};
use unframed::factor_reset;
use unframed::models::account;
use unframed::models::account::Account;

use super::super::run;
use super::{Scenario, Stage};
use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, RUNTIME};

pub(super) const SCENARIOS: &[(&str, Scenario)] = &[
    ("creating an account for someone", |stage| Box::pin(create_account(stage))),
    ("disabling an account", |stage| Box::pin(disable_account(stage))),
    ("enabling an account", |stage| Box::pin(enable_account(stage))),
    ("ending the sessions of an account", |stage| Box::pin(end_all(stage))),
    ("sending a link to choose a new password", |stage| Box::pin(send_link(stage))),
    ("scheduling a deletion", |stage| Box::pin(schedule(stage))),
    ("deleting an account at once", |stage| Box::pin(delete_account(stage))),
    ("scheduling the removal of second factors", |stage| Box::pin(schedule_factor_reset(stage))),
    ("removing second factors after the wait", |stage| Box::pin(reset_factors_when_due(stage))),
    ("removing second factors at once", |stage| Box::pin(reset_factors_at_once(stage))),
    ("importing accounts", |stage| Box::pin(import_accounts(stage))),
];

/// Runs a command under fire. It must succeed.
async fn fire<F>(stage: &Stage, command: F) -> Report
where
    F: Future<Output = Result<Report, Failure>> + Send + 'static,
{
    let report = stage.under_fire(async { RUNTIME.spawn(command).await.unwrap() }).await.expect("it works");
    assert_eq!(report.result, ReportedResult::Done, "{}", report.message);
    report
}

/// A new member, and how the operator finds the account.
async fn member(stage: &Stage) -> (AccountName, Account) {
    let name = AccountName::Id(stage.app.member("Ada").await.user_id().await);
    let found = account::find(&mut database::connect(&stage.url).await, &name).await.unwrap();
    (name, found.expect("an account"))
}

async fn events_by_operator(stage: &Stage, account: &Account) -> i64 {
    let id = account.id;
    stage
        .count(&format!("SELECT count(*) FROM security_events WHERE user_id = '{id}' AND user_agent IS NULL"))
        .await
}

async fn create_account(stage: &Stage) {
    let (state, email) = (stage.app.state.clone(), fresh_email("new"));
    let asked = NewAccount {
        email: EmailAddress::parse(&email).unwrap(),
        name: DisplayName::parse("Ada").unwrap(),
        language: Language::German,
    };
    fire(stage, async move { create::run(&state.pool, &state.letters, &asked, state.clock.now()).await })
        .await;
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE email = '{email}'")).await, 1);
    assert_eq!(
        stage.count(&format!("SELECT count(*) FROM password_resets WHERE email = '{email}'")).await,
        1
    );
    assert_eq!(stage.mails_queued_to(&email).await, 1);
}

async fn disable_account(stage: &Stage) {
    let (state, (name, account)) = (stage.app.state.clone(), member(stage).await);
    let report = fire(stage, async move { disable::run(&state.pool, &name, state.clock.now()).await }).await;
    assert_eq!((report.sessions_ended, stage.sessions_of(&account.email).await), (1, 0));
    assert_eq!(events_by_operator(stage, &account).await, 1);
}

async fn enable_account(stage: &Stage) {
    let (state, (name, account)) = (stage.app.state.clone(), member(stage).await);
    let (pool, now, disabled) = (state.pool.clone(), state.clock.now(), name.clone());
    RUNTIME.spawn(async move { disable::run(&pool, &disabled, now).await }).await.unwrap().unwrap();
    fire(stage, async move { enable::run(&state.pool, &name, now).await }).await;
    assert_eq!(events_by_operator(stage, &account).await, 2);
}

async fn end_all(stage: &Stage) {
    let (state, (name, account)) = (stage.app.state.clone(), member(stage).await);
    fire(stage, async move { end_sessions::run(&state.pool, &name, state.clock.now()).await }).await;
    assert_eq!(stage.sessions_of(&account.email).await, 0);
    assert_eq!(events_by_operator(stage, &account).await, 1);
}

async fn send_link(stage: &Stage) {
    let (state, (name, account)) = (stage.app.state.clone(), member(stage).await);
    fire(stage, async move { send_reset::run(&state.pool, &state.letters, &name, state.clock.now()).await })
        .await;
    // The sign-up link, the welcome mail, and the new link.
    assert_eq!(stage.mails_queued_to(&account.email).await, 3);
    assert_eq!(events_by_operator(stage, &account).await, 1);
}

async fn schedule(stage: &Stage) {
    let (state, (_, account)) = (stage.app.state.clone(), member(stage).await);
    let found = account.clone();
    fire(
        stage,
        async move { delete::schedule(&state.pool, &state.letters, &found, state.clock.now()).await },
    )
    .await;
    assert_eq!(stage.sessions_of(&account.email).await, 0);
    assert_eq!(stage.mails_queued_to(&account.email).await, 3);
    assert_eq!(events_by_operator(stage, &account).await, 1);
}

async fn delete_account(stage: &Stage) {
    let (state, (_, account)) = (stage.app.state.clone(), member(stage).await);
    let found = account.clone();
    fire(
        stage,
        async move { delete::delete_now(&state.pool, &state.letters, &found, state.clock.now()).await },
    )
    .await;
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE id = '{}'", account.id)).await, 0);
    assert_eq!(stage.mails_queued_to(&account.email).await, 3);
}

/// A new member with a second factor and its recovery codes, as the operator finds the account.
async fn member_with_factor(stage: &Stage) -> Account {
    let ada = stage.app.member("Ada").await;
    ada.add_authenticator().await;
    let name = AccountName::Id(ada.user_id().await);
    let found = account::find(&mut database::connect(&stage.url).await, &name).await.unwrap();
    found.expect("an account")
}

async fn factors_and_codes(stage: &Stage, account: &Account) -> (i64, i64) {
    let kept = |table| {
        format!("SELECT count(*) FROM {table} WHERE user_id = '{}' AND removed_number IS NULL", account.id)
    };
    (stage.count(&kept("authenticators")).await, stage.count(&kept("recovery_codes")).await)
}

async fn schedule_factor_reset(stage: &Stage) {
    let (state, account) = (stage.app.state.clone(), member_with_factor(stage).await);
    let (found, mails) = (account.clone(), stage.mails_queued_to(&account.email).await);
    let scheduling =
        async move { reset_factors::schedule(&state.pool, &state.letters, &found, state.clock.now()).await };
    fire(stage, scheduling).await;
    assert_eq!(stage.mails_queued_to(&account.email).await, mails + 1);
    assert_eq!(events_by_operator(stage, &account).await, 1);
    assert_eq!(factors_and_codes(stage, &account).await, (1, 10));
    let links = format!(
        "SELECT count(*) FROM undo_links WHERE user_id = '{}' AND kind = 'reset_factors'",
        account.id
    );
    assert_eq!(stage.count(&links).await, 1);
    // The next sweep of this database is another scenario's.
    run(
        &mut database::connect(&stage.url).await,
        &[&format!("UPDATE users SET factors_reset_after = NULL WHERE id = '{}'", account.id)],
    )
    .await;
}

async fn reset_factors_when_due(stage: &Stage) {
    let (state, account) = (stage.app.state.clone(), member_with_factor(stage).await);
    let (pool, found, now) = (state.clone(), account.clone(), state.clock.now());
    let scheduling = async move { reset_factors::schedule(&pool.pool, &pool.letters, &found, now).await };
    RUNTIME.spawn(scheduling).await.unwrap().unwrap();
    let mails = stage.mails_queued_to(&account.email).await;
    stage.app.wait(TimeDelta::hours(24));
    let swept = stage
        .under_fire(async { RUNTIME.spawn(async move { factor_reset::sweep(&state).await }).await.unwrap() });
    assert_eq!(swept.await, 1);
    assert_eq!(stage.mails_queued_to(&account.email).await, mails + 1);
    assert_eq!(events_by_operator(stage, &account).await, 2);
    assert_eq!(factors_and_codes(stage, &account).await, (0, 0));
}

async fn reset_factors_at_once(stage: &Stage) {
    let (state, account) = (stage.app.state.clone(), member_with_factor(stage).await);
    let (found, mails) = (account.clone(), stage.mails_queued_to(&account.email).await);
    let resetting =
        async move { reset_factors::reset_now(&state.pool, &state.letters, &found, state.clock.now()).await };
    fire(stage, resetting).await;
    assert_eq!(stage.mails_queued_to(&account.email).await, mails + 1);
    assert_eq!(events_by_operator(stage, &account).await, 1);
    assert_eq!(factors_and_codes(stage, &account).await, (0, 0));
}

async fn import_accounts(stage: &Stage) {
    let (state, domain) = (stage.app.state.clone(), format!("{}.example", uuid::Uuid::new_v4()));
    let file = database::private_folder("import").join("users.csv");
    std::fs::write(&file, format!("email\nada@{domain}\nbob@{domain}\nada@{domain}\n")).unwrap();
    let importing = async move {
        let mut output = Output::new(Box::new(std::io::sink()), false, false);
        import::import(&state.pool, &file, Format::Csv, &mut output, state.clock.now()).await
    };
    let counts = stage.under_fire(async { RUNTIME.spawn(importing).await.unwrap() }).await.expect("it works");
    assert_eq!((counts.imported, counts.skipped, counts.repeated), (2, 0, 1));
    let accounts = format!("users WHERE email LIKE '%@{domain}'");
    let events = format!("security_events WHERE user_id IN (SELECT id FROM {accounts})");
    assert_eq!(stage.count(&format!("SELECT count(*) FROM {accounts}")).await, 2);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM {events}")).await, 2);
}
