//! The scenarios of sensitive actions: beginning, confirming, cancelling and undoing them, and deleting an
//! account.

use chrono::TimeDelta;
use regex::Regex;
use reqwest::StatusCode;
use unframed::deletion;
use unframed::models::user::UserUpdate;

use super::super::run;
use super::{Scenario, Stage, second_session};
use crate::harness::browser::Browser;
use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, RUNTIME};

pub(super) const SCENARIOS: &[(&str, Scenario)] = &[
    ("beginning an action", |stage| Box::pin(begin(stage))),
    ("cancelling an action", |stage| Box::pin(cancel(stage))),
    ("a wrong password for an action", |stage| Box::pin(wrong_password(stage))),
    ("confirming an email change", |stage| Box::pin(confirm_email(stage))),
    ("confirming to sign out other sessions", |stage| Box::pin(confirm_others(stage))),
    ("confirming an account deletion", |stage| Box::pin(confirm_deletion(stage))),
    ("sending the link of an email change again", |stage| Box::pin(send_again(stage))),
    ("cancelling an email change", |stage| Box::pin(cancel_change(stage))),
    ("verifying a new email address", |stage| Box::pin(prove(stage))),
    ("undoing an email change", |stage| Box::pin(undo(stage))),
    ("keeping an account", |stage| Box::pin(keep(stage))),
    ("deleting an account after the grace period", |stage| Box::pin(delete_due(stage))),
];

/// The path of the link in the queued mail to this address that has a link of this kind and this text.
async fn queued_link(stage: &Stage, address: &str, kind: &str, saying: &str) -> String {
    let mails = stage.app.all_mails_to(address).await;
    let mail = mails.iter().find(|mail| mail.contains(kind) && mail.contains(saying));
    let link = Regex::new(&format!("{kind}[A-Za-z0-9_-]{{43}}")).unwrap();
    link.find(mail.unwrap_or_else(|| panic!("{mails:#?}"))).unwrap().as_str().to_owned()
}

async fn scheduled(stage: &Stage, email: &str) -> i64 {
    stage
        .count(&format!("SELECT count(*) FROM users WHERE email = '{email}' AND delete_after IS NOT NULL"))
        .await
}

async fn begin(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let token = member.get("/settings/delete").await.csrf_token();
    let before = stage.count("SELECT count(*) FROM pending_actions").await;
    let begun = stage.under_fire(member.post("/settings/delete", &[("csrf_token", &token)])).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    assert_eq!(stage.count("SELECT count(*) FROM pending_actions").await, before + 1);
}

async fn cancel(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let page = member.begin_any("/settings/delete").await;
    let fields = [("csrf_token", page.value("csrf_token"))];
    let answer = stage.under_fire(member.post(&format!("{}/cancel", page.path), &fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!member.still_waits(&page).await);
}

async fn wrong_password(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let page = member.begin_any("/settings/sessions/revoke-others").await;
    stage.app.let_human_time_pass();
    let fields = page.with(&[("understood", "yes"), ("password", "not the password at all")]);
    let answer = stage.under_fire(member.post_all(&page.path, &fields)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let id = member.user_id().await;
    let attempts = format!("SELECT sum(attempts)::INT8 AS count FROM pending_actions WHERE user_id = '{id}'");
    assert_eq!(stage.count(&attempts).await, 1, "the attempt counts once");
}

/// Begins an action, and confirms it under fire.
async fn confirm(stage: &Stage, member: &Browser, start: &str, typed: &[(&str, &str)]) {
    let page = member.begin(start, typed).await;
    let done = stage.under_fire(member.confirm(&page)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
}

async fn confirm_email(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let (old, new) = (member.email(), fresh_email("new"));
    confirm(stage, &member, "/settings/email", &[("email", &new)]).await;
    assert_eq!((stage.mails_queued_to(&new).await, stage.mails_queued_to(&old).await), (1, 3));
}

async fn confirm_others(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    second_session(stage, &member).await;
    confirm(stage, &member, "/settings/sessions/revoke-others", &[]).await;
    assert_eq!(stage.sessions_of(&member.email()).await, 1);
}

async fn confirm_deletion(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    confirm(stage, &member, "/settings/delete", &[]).await;
    assert_eq!(scheduled(stage, &member.email()).await, 1);
    assert_eq!(stage.mails_queued_to(&member.email()).await, 3);
}

/// Makes an account with an unverified new email address, and returns the old address and the new one.
async fn unverified_change(stage: &Stage) -> (String, String) {
    let member = stage.app.member("Ada").await;
    let new = fresh_email("new");
    member.carry_out("/settings/email", &[("email", &new)]).await;
    (member.email(), new)
}

async fn send_again(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let new = fresh_email("new");
    member.carry_out("/settings/email", &[("email", &new)]).await;
    // As if an hour had passed.
    let forget = "DELETE FROM throttles WHERE rate_limit LIKE 'email change mail%'";
    run(&mut database::connect(&stage.url).await, &[forget]).await;
    let answer = stage.under_fire(member.submit("/settings/email/send-again", &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.mails_queued_to(&new).await, 2);
}

async fn cancel_change(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let new = fresh_email("new");
    member.carry_out("/settings/email", &[("email", &new)]).await;
    let answer = stage.under_fire(member.submit("/settings/email/cancel", &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let open =
        format!("SELECT count(*) FROM email_changes WHERE new_email = '{new}' AND withdrawn_at IS NULL");
    assert_eq!(stage.count(&open).await, 0);
}

async fn prove(stage: &Stage) {
    let (_, new) = unverified_change(stage).await;
    let link = queued_link(stage, &new, "/email-change/", "").await;
    let answer = stage.under_fire(stage.app.guest().post(&link, &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE email = '{new}'")).await, 1);
}

async fn undo(stage: &Stage) {
    let (old, new) = unverified_change(stage).await;
    let link = queued_link(stage, &new, "/email-change/", "").await;
    assert_eq!(stage.app.guest().post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    let undo = queued_link(stage, &old, "/undo/", "was changed").await;
    let answer = stage.under_fire(stage.app.guest().post(&undo, &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE email = '{old}'")).await, 1);
    assert_eq!(stage.mails_queued_to(&new).await, 2, "the link, and the mail that the change was undone");
}

async fn keep(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    member.carry_out("/settings/delete", &[]).await;
    let again = second_session(stage, &member).await;
    let answer = stage.under_fire(again.submit("/settings/delete/keep", &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(scheduled(stage, &member.email()).await, 0);
}

async fn delete_due(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let (id, email) = (member.user_id().await, member.email());
    member.carry_out("/settings/delete", &[]).await;
    let (state, user) = (stage.app.state.clone(), stage.app.account(id).await);
    stage.app.wait(TimeDelta::days(8));
    let deleted = stage.under_fire(async {
        RUNTIME.spawn(async move { deletion::delete(&state, &user).await }).await.unwrap()
    });
    assert_eq!(deleted.await.unwrap(), UserUpdate::Stored);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE email = '{email}'")).await, 0);
    assert_eq!(
        stage.mails_queued_to(&email).await,
        4,
        "the mails are the link, welcome, scheduled and deleted"
    );
}
