//! `unframed admin users reset-factors`: a user has lost all second factors.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::Value;
use unframed::actions::{RemoveFactor, SensitiveAction as _};
use unframed::domain::EventKind;
use unframed::factor_reset;

use super::{done, events, json, link, mail, sign_in, users, users_on};
use crate::harness::browser::{Browser, NEW_PASSWORD, PASSWORD};
use crate::harness::confirmation::fresh_email;
use crate::harness::database::RUNTIME;
use crate::harness::{TestApp, database};

/// The subjects of the two mails.
const SCHEDULED: &str = "Subject: unframed: Second factors to be removed after ";
const REMOVED: &str = "Subject: We removed the second factors of your unframed account\n";

/// An application whose sweeps see no account of another test.
async fn alone() -> (TestApp, String) {
    let url = database::alone().await;
    (TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await, url)
}

async fn sweep(app: &TestApp) -> usize {
    let state = app.state.clone();
    RUNTIME.spawn(async move { factor_reset::sweep(&state).await }).await.unwrap()
}

/// A new user with an authenticator app and recovery codes.
async fn user_with_factor(app: &TestApp) -> Browser {
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    ada
}

/// The number of factors and of recovery codes that an account uses.
async fn kept(app: &TestApp, id: &str) -> (i64, i64) {
    let rows = |table: &str| format!("{table} WHERE user_id = '{id}' AND removed_number IS NULL");
    (app.count(&rows("authenticators")).await, app.count(&rows("recovery_codes")).await)
}

/// The page that follows the right password.
async fn after_password(browser: &Browser, email: &str) -> String {
    let answer = browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

#[tokio::test]
async fn a_removal_that_is_scheduled_is_mailed_and_shown_and_changes_nothing_yet() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let (email, id) = (ada.email(), ada.user_id().await.to_string());
    let before = json(&["show", &email]).await;
    assert!(before["second_factor_since"].is_string() && before["factors_reset_after"].is_null(), "{before}");
    let scheduled = done(&["reset-factors", &email]).await;
    assert!(scheduled.starts_with(&format!("The second factors of {email} will be removed after ")));
    assert!(mail(&app, &email, SCHEDULED).await.contains("\nKeep second factors:\n"));
    let shown = json(&["show", &email]).await;
    assert!(shown["factors_reset_after"].is_string() && shown["second_factor_since"].is_string(), "{shown}");
    assert!(done(&["show", &email]).await.contains(", to be removed after "));
    // The clocks of the program and of the application differ, so the order of these events is open.
    assert!(events(&email).await.iter().any(|kind| kind == EventKind::FactorResetRequestedByOperator.name()));
    assert_eq!(kept(&app, &id).await, (1, 10));
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "the session stays");
    assert_eq!(after_password(&app.guest(), &email).await, "/sign-in/second-factor");
}

#[tokio::test]
async fn the_factors_are_removed_after_a_day_by_one_of_two_sweeps_at_once() {
    let (app, url) = alone().await;
    let other = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let ada = user_with_factor(&app).await;
    let (email, id) = (ada.email(), ada.user_id().await.to_string());
    app.schedule_factor_reset(&ada).await;
    let table = users_on(&url, &["list"]).await.stdout;
    assert!(table.contains(" second factor ") && table.contains(" to be removed "), "{table}");
    app.wait(TimeDelta::hours(24) - TimeDelta::minutes(2));
    other.wait(TimeDelta::hours(25));
    assert_eq!(sweep(&app).await, 0, "it is not due");
    let waiting = app.guest();
    assert_eq!(after_password(&waiting, &email).await, "/sign-in/second-factor");
    let again = app.guest();
    // With the factor itself, the owner would stop the removal.
    after_password(&again, &email).await;
    again.post("/sign-in/second-factor", &[("code", &ada.recovery_code())]).await;
    ada.share_factors_with(&again);
    let action = again.begin_any("/settings/sessions/revoke-others").await;
    assert_eq!(kept(&app, &id).await, (1, 10));
    app.wait(TimeDelta::minutes(2));
    let (here, there) = tokio::join!(sweep(&app), sweep(&other));
    assert_eq!(here + there, 1);
    assert_eq!(kept(&app, &id).await, (0, 0));
    let told = mail(&app, &email, REMOVED).await;
    assert!(told.contains("Your password is now enough to sign in."), "{told}");
    let noted = format!(
        "security_events WHERE user_id = '{id}' AND kind = '{}'",
        EventKind::FactorsResetByOperator.name()
    );
    assert_eq!(app.count(&noted).await, 1);
    assert_eq!(sweep(&app).await, 0, "it is done");
    assert_eq!(again.get("/settings").await.status, StatusCode::OK, "sessions stay");
    assert!(!again.still_waits(&action).await, "what waited for a proof is withdrawn");
    assert_eq!(waiting.get("/sign-in/second-factor").await.status, StatusCode::SEE_OTHER, "so is a sign-in");
    assert_eq!(after_password(&app.guest(), &email).await, "/settings");
}

#[tokio::test]
async fn the_link_in_the_mail_stops_the_removal() {
    let (app, _) = alone().await;
    let ada = user_with_factor(&app).await;
    let (email, id) = (ada.email(), ada.user_id().await.to_string());
    app.schedule_factor_reset(&ada).await;
    let stop = link(&mail(&app, &email, SCHEDULED).await, "/undo/");
    let page = app.guest().get(&stop).await;
    assert!(page.body.contains("Keep your second factors") && page.body.contains(&email), "{}", page.body);
    app.undo(&stop).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "all sessions have ended");
    app.wait(TimeDelta::hours(25));
    assert_eq!(sweep(&app).await, 0);
    assert_eq!(kept(&app, &id).await, (1, 10));
    let guest = app.guest();
    ada.share_factors_with(&guest);
    guest.sign_in(&email).await;
}

#[tokio::test]
async fn a_removal_at_once_needs_a_confirmation_and_its_mail_restores_the_factors() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let (email, id) = (ada.email(), ada.user_id().await.to_string());
    done(&["reset-factors", &email]).await;
    let unconfirmed = users(&["reset-factors", &email, "--now"]).await;
    assert_eq!(unconfirmed.code, Some(2));
    assert!(unconfirmed.stderr.contains("--now needs --yes"), "{}", unconfirmed.stderr);
    assert_eq!(users(&["reset-factors", &email, "--yes"]).await.code, Some(2), "--yes is for --now");
    assert_eq!(kept(&app, &id).await, (1, 10));
    let removed = json(&["reset-factors", &email, "--now", "--yes"]).await;
    assert_eq!(
        (removed["result"].as_str(), removed["sessions_ended"].as_i64()),
        (Some("done"), Some(0)),
        "{removed}"
    );
    assert_eq!(kept(&app, &id).await, (0, 0));
    let shown = json(&["show", &email]).await;
    assert!(shown["second_factor_since"].is_null() && shown["factors_reset_after"].is_null(), "{shown}");
    assert!(events(&email).await.iter().any(|kind| kind == EventKind::FactorsResetByOperator.name()));
    assert_eq!(after_password(&app.guest(), &email).await, "/settings");

    app.undo(&link(&mail(&app, &email, REMOVED).await, "/undo/")).await;
    assert_eq!(kept(&app, &id).await, (1, 10));
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "all sessions have ended");
    let guest = app.guest();
    ada.share_factors_with(&guest);
    guest.sign_in(&email).await;
}

#[tokio::test]
async fn passkeys_are_removed_and_restored_too() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_passkey().await;
    let (email, id) = (ada.email(), ada.user_id().await);
    let passkeys = format!("passkeys WHERE user_id = '{id}' AND removed_number IS NULL");
    app.reset_factors_now(&ada).await;
    assert_eq!(app.count(&passkeys).await, 0);
    assert_eq!(after_password(&app.guest(), &email).await, "/settings");
    app.undo(&link(&mail(&app, &email, REMOVED).await, "/undo/")).await;
    assert_eq!(app.count(&passkeys).await, 1);
    assert_eq!(after_password(&app.guest(), &email).await, "/sign-in/second-factor");
}

#[tokio::test]
async fn the_link_of_the_first_mail_takes_back_what_a_thief_did_after_the_removal() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let (email, new) = (ada.email(), fresh_email("thief"));
    app.schedule_factor_reset(&ada).await;
    app.reset_factors_now(&ada).await;
    let thief = app.guest();
    thief.sign_in(&email).await;
    thief.add_authenticator().await;
    thief.carry_out("/settings/email", &[("email", &new)]).await;
    let proof = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&proof, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(json(&["show", &new]).await["reserved_addresses"], serde_json::json!([email]));

    app.undo(&link(&mail(&app, &email, SCHEDULED).await, "/undo/")).await;
    assert_eq!(users(&["show", &new]).await.code, Some(3), "the account has its address again");
    assert_eq!(thief.get("/settings").await.status, StatusCode::SEE_OTHER, "the thief is signed out");
    let refused = app.guest();
    assert_eq!(after_password(&refused, &email).await, "/sign-in/second-factor");
    let answer = refused.post("/sign-in/second-factor", &[("code", &thief.code())]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let guest = app.guest();
    ada.share_factors_with(&guest);
    guest.sign_in(&email).await;
}

#[tokio::test]
async fn former_addresses_are_told_of_the_request_and_of_the_removal() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let (old, new) = (ada.email(), fresh_email("new"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let proof = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    assert_eq!(app.guest().post(&proof, &[]).await.status, StatusCode::SEE_OTHER);
    done(&["reset-factors", &new]).await;
    mail(&app, &old, "Subject: unframed: Removal of all second factors requested by the operator\n").await;
    done(&["reset-factors", &new, "--now", "--yes"]).await;
    mail(&app, &old, "Subject: unframed: All second factors removed by the operator\n").await;
}

#[tokio::test]
async fn a_short_password_does_not_outlive_the_second_factor() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let email = ada.email();
    ada.carry_out("/settings/password", &[("password", "gf8Ks0dk")]).await;
    let removed = done(&["reset-factors", &email, "--now", "--yes"]).await;
    assert!(removed.contains("The password is too short to stand alone"), "{removed}");
    let told = mail(&app, &email, REMOVED).await;
    assert!(told.contains("it no longer works") && told.contains("Forgot your password?"), "{told}");
    assert_eq!(json(&["show", &email]).await["has_password"], false);
    let guest = app.guest();
    assert_eq!(sign_in(&guest, &email, "gf8Ks0dk").await, StatusCode::UNPROCESSABLE_ENTITY);
    guest.post("/forgot-password", &[("email", &email)]).await;
    let choose =
        link(&mail(&app, &email, "Subject: Choose a new unframed password\n").await, "/forgot-password/");
    let short = guest.post(&choose, &[("password", "gf8Ks0dk")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", short.body);
    assert_eq!(guest.post(&choose, &[("password", NEW_PASSWORD)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&guest, &email, NEW_PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_without_a_second_factor_or_with_a_removal_that_waits_is_left_alone() {
    let app = TestApp::spawn().await;
    let bob = app.member("Bob").await.email();
    for arguments in [&["reset-factors", bob.as_str()][..], &["reset-factors", &bob, "--now", "--yes"]] {
        let run = users(arguments).await;
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(4), format!("unframed: {bob} has no second factor\n").as_str())
        );
    }
    assert!(done(&["show", &bob]).await.contains("second factor     none\n"));
    let email = user_with_factor(&app).await.email();
    done(&["reset-factors", &email]).await;
    let again = users(&["reset-factors", &email]).await;
    assert_eq!((again.code, again.stdout.as_str()), (Some(4), ""));
    assert!(again.stderr.contains("are already to be removed after "), "{}", again.stderr);
    assert!(again.stderr.contains("add --now"), "{}", again.stderr);
    let again = users(&["reset-factors", &email, "--json"]).await;
    let report: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((again.code, report["result"].as_str()), (Some(4), Some("unchanged")));
    mail(&app, &email, SCHEDULED).await;
}

#[tokio::test]
async fn a_user_who_removes_the_last_factor_leaves_no_removal_that_could_hit_a_later_one() {
    let (app, _) = alone().await;
    let ada = user_with_factor(&app).await;
    let id = ada.user_id().await.to_string();
    app.schedule_factor_reset(&ada).await;
    ada.carry_out(RemoveFactor::START, &[]).await;
    ada.add_authenticator().await;
    app.wait(TimeDelta::hours(25));
    assert_eq!(sweep(&app).await, 0);
    assert_eq!(kept(&app, &id).await, (1, 10));
}

#[tokio::test]
async fn a_sign_in_with_the_factor_cancels_the_removal_and_one_with_a_recovery_code_does_not() {
    let app = TestApp::spawn().await;
    let ada = user_with_factor(&app).await;
    let (email, guest) = (ada.email(), app.guest());
    app.schedule_factor_reset(&ada).await;
    for (code, waits) in [(ada.recovery_code(), true), (ada.code(), false)] {
        after_password(&guest, &email).await;
        assert_eq!(guest.post("/sign-in/second-factor", &[("code", &code)]).await.location(), "/settings");
        assert_eq!(json(&["show", &email]).await["factors_reset_after"].is_string(), waits);
    }
}
