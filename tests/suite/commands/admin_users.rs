//! `unframed admin users`: what the operator reads, what the owner notices, and the exit codes.

mod output;
mod reset_factors;

use chrono::TimeDelta;
use regex::Regex;
use reqwest::StatusCode;
use serde_json::Value;
use unframed::domain::EventKind;
use unframed::models::user::OWNED_TABLES;

use crate::harness::browser::{Browser, NEW_PASSWORD, PASSWORD};
use crate::harness::confirmation::fresh_email;
use crate::harness::program::{Run, admin_on};
use crate::harness::{TestApp, database};

/// Runs `unframed admin users` on a database.
async fn users_on(url: &str, arguments: &[&str]) -> Run {
    admin_on(url, &[&["users"], arguments].concat()).await
}

async fn users(arguments: &[&str]) -> Run {
    users_on(&database::get().await.url, arguments).await
}

/// Runs a command that succeeds, and returns what it printed.
async fn done(arguments: &[&str]) -> String {
    let run = users(arguments).await;
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}: {}", run.stdout);
    run.stdout
}

/// Runs a command that succeeds with `--json`.
async fn json(arguments: &[&str]) -> Value {
    let text = done(&[arguments, &["--json"]].concat()).await;
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The kinds of the events that `show` lists, newest first.
async fn events(account: &str) -> Vec<String> {
    let shown = json(&["show", account]).await;
    let events = shown["events"].as_array().unwrap().iter();
    events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

/// The path of the link of this kind in a mail.
fn link(mail: &str, kind: &str) -> String {
    let link = Regex::new(&format!("{kind}[A-Za-z0-9_-]{{43}}")).unwrap();
    link.find(mail).unwrap_or_else(|| panic!("{mail}")).as_str().to_owned()
}

/// The queued mail to an email address that contains this text. The clocks of the program and of the application differ.
async fn mail(app: &TestApp, address: &str, saying: &str) -> String {
    let mails = app.all_mails_to(address).await;
    let found: Vec<&String> = mails.iter().filter(|mail| mail.contains(saying)).collect();
    assert_eq!(found.len(), 1, "{saying}: {mails:#?}");
    found[0].clone()
}

async fn sign_in(browser: &Browser, email: &str, password: &str) -> StatusCode {
    let answer = browser.post("/sign-in", &[("email", email), ("password", password)]).await;
    answer.status
}

#[tokio::test]
async fn an_operator_creates_shows_disables_enables_and_deletes_an_account() {
    let (app, email) = (TestApp::spawn().await, fresh_email("grace"));
    let created = done(&["create", &email, "--name", "Grace Hopper", "--language", "de"]).await;
    assert!(created.contains(&format!("of {email}. The email with its link is queued")), "{created}");
    let first = mail(&app, &email, "Subject: Ihr neues Konto bei unframed\n").await;
    let shown = json(&["show", &email]).await;
    assert_eq!(
        (shown["status"].as_str(), shown["has_password"].as_bool()),
        (Some("no-password"), Some(false))
    );
    assert_eq!((shown["name"].as_str(), shown["language"].as_str()), (Some("Grace Hopper"), Some("de")));
    let id = shown["id"].as_str().unwrap().to_owned();

    let grace = app.guest();
    let chosen = grace.post(&link(&first, "/forgot-password/"), &[("password", PASSWORD)]).await;
    assert_eq!(chosen.location(), "/sign-in?done=password-changed", "{}", chosen.body);
    assert_eq!(sign_in(&grace, &email, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(json(&["show", &id]).await["sessions"].as_i64(), Some(1));
    let text = done(&["show", &id]).await;
    for part in ["status            active\n", "sessions          1\n", "\ntime (UTC) ", " operator"] {
        assert!(text.contains(part), "{part}: {text}");
    }

    let pending = grace.begin_any("/settings/sessions/revoke-others").await;
    let disabled = done(&["disable", &email]).await;
    assert_eq!(disabled, format!("Disabled {email} and ended 1 session.\n"));
    assert_eq!(grace.get("/settings").await.status, StatusCode::SEE_OTHER, "the session has ended");
    let refused = grace.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert!(
        refused.status.is_client_error() && refused.body.contains("This account is disabled."),
        "{}",
        refused.body
    );
    assert!(done(&["show", &email]).await.contains("status            disabled since "));

    assert_eq!(done(&["enable", &id]).await, format!("Enabled {email}.\n"));
    assert_eq!(sign_in(&grace, &email, PASSWORD).await, StatusCode::SEE_OTHER);
    assert!(!grace.still_waits(&pending).await, "it was withdrawn");
    assert_eq!(done(&["end-sessions", &email]).await, format!("Ended 1 session of {email}.\n"));
    assert_eq!(grace.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out");

    assert!(done(&["send-reset", &email]).await.contains("Its link works until "));
    let second = mail(&app, &email, "Wir haben Ihnen am ").await;
    let chosen = grace.post(&link(&second, "/forgot-password/"), &[("password", NEW_PASSWORD)]).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.body);
    assert_eq!(sign_in(&grace, &email, NEW_PASSWORD).await, StatusCode::SEE_OTHER);

    let scheduled = json(&["delete", &email]).await;
    assert_eq!((scheduled["result"].as_str(), scheduled["sessions_ended"].as_i64()), (Some("done"), Some(1)));
    assert_eq!(grace.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out");
    let operator: Vec<String> =
        events(&email).await.into_iter().filter(|kind| kind.ends_with("by-operator")).collect();
    let expected = [
        EventKind::DeletionRequestedByOperator,
        EventKind::ResetSentByOperator,
        EventKind::SessionsEndedByOperator,
        EventKind::EnabledByOperator,
        EventKind::DisabledByOperator,
        EventKind::CreatedByOperator,
    ];
    assert_eq!(operator, expected.map(EventKind::name));
}

#[tokio::test]
async fn the_link_in_the_email_about_a_deletion_by_an_operator_keeps_the_account() {
    let app = TestApp::spawn().await;
    let (ada, new) = (app.member("Ada").await, fresh_email("new"));
    let old = ada.email();
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let proof = app.all_mails_to(&new).await.remove(0);
    assert_eq!(app.guest().post(&link(&proof, "/email-change/"), &[]).await.status, StatusCode::SEE_OTHER);
    let shown = json(&["show", &new]).await;
    assert_eq!(shown["reserved_addresses"], serde_json::json!([old]));

    done(&["delete", &new]).await;
    mail(&app, &old, ", by the operator of unframed:").await;
    let scheduled = mail(&app, &new, "We scheduled the deletion of your unframed account on ").await;
    assert_eq!(json(&["show", &new]).await["status"], "to-be-deleted");
    app.undo(&link(&scheduled, "/undo/")).await;
    assert_eq!(json(&["show", &new]).await["status"], "active");
}

#[tokio::test]
async fn a_deletion_at_once_needs_a_confirmation_and_leaves_no_row() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await.to_string(), ada.email());
    let unconfirmed = users(&["delete", &email, "--now"]).await;
    assert_eq!(unconfirmed.code, Some(2));
    assert!(unconfirmed.stderr.contains("--now needs --yes"), "{}", unconfirmed.stderr);
    assert_eq!(users(&["delete", &email, "--yes"]).await.code, Some(2), "--yes is for --now");
    assert_eq!(ada.get("/settings").await.status, StatusCode::OK, "nothing has changed");
    let deleted = done(&["delete", &email, "--now", "--yes"]).await;
    assert_eq!(deleted, format!("Deleted {email}. Ended 1 session.\n"));
    for table in OWNED_TABLES {
        assert_eq!(app.count(&format!("{table} WHERE user_id = '{id}'")).await, 0, "{table}");
    }
    assert_eq!(app.count(&format!("users WHERE id = '{id}'")).await, 0);
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out");
    mail(&app, &email, "Subject: Your unframed account was deleted\n").await;
}

#[tokio::test]
async fn the_first_link_of_an_account_works_for_seven_days() {
    let (app, email) = (TestApp::spawn().await, fresh_email("grace"));
    done(&["create", &email, "--name", "Grace"]).await;
    let first = mail(&app, &email, "Subject: Your new unframed account\n").await;
    let (first, guest) = (link(&first, "/forgot-password/"), app.guest());
    app.wait(TimeDelta::days(6));
    assert_eq!(guest.get(&first).await.status, StatusCode::OK);
    app.wait(TimeDelta::days(1));
    let expired = guest.get(&first).await;
    assert_eq!(expired.status, StatusCode::GONE);
    assert!(expired.body.contains("This link has expired."), "{}", expired.body);
    assert_eq!(guest.post(&first, &[("renew", "yes")]).await.location(), "/forgot-password/sent");
}

#[tokio::test]
async fn exit_codes_tell_a_missing_account_wrong_arguments_and_nothing_to_change_apart() {
    let app = TestApp::spawn().await;
    let (ada, unknown) = (app.member("Ada").await, fresh_email("unknown"));
    let email = ada.email();
    for command in ["show", "disable", "enable", "end-sessions", "send-reset", "delete", "reset-factors"] {
        for name in [unknown.as_str(), "00000000-0000-4000-8000-000000000000"] {
            let run = users(&[command, name]).await;
            assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{command}: {}", run.stderr);
            assert!(run.stderr.starts_with("unframed: there is no account with the "), "{}", run.stderr);
        }
        let run = users(&[command, &unknown, "--json"]).await;
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, report["result"].as_str()), (Some(3), Some("not-found")), "{}", run.stdout);
        assert_eq!(users(&[command, "no address"]).await.code, Some(2), "{command}");
    }
    for wrong in [
        &["list", "--limit", "0"][..],
        &["create", &unknown],
        &["create", &unknown, "--name", "\u{200b}"],
        &["create", &unknown, "--name", "Ada", "--language", "xx"],
        &["disable"],
    ] {
        assert_eq!(users(wrong).await.code, Some(2), "{wrong:?}");
    }
    assert_eq!(users(&["enable", &email]).await.code, Some(4));
    assert_eq!(users(&["disable", &email]).await.code, Some(0));
    for (again, why) in [("disable", "has been disabled since"), ("end-sessions", "has no session")] {
        let run = users(&[again, &email]).await;
        assert_eq!((run.code, run.stderr.contains(why)), (Some(4), true), "{}", run.stderr);
        let run = users(&[again, &email, "--json"]).await;
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, report["result"].as_str()), (Some(4), Some("unchanged")), "{}", run.stdout);
    }
    let run = users(&["send-reset", &email]).await;
    assert_eq!((run.code, run.stderr.contains("enable it first")), (Some(1), true), "{}", run.stderr);
    done(&["delete", &email]).await;
    let run = users(&["delete", &email]).await;
    assert_eq!(
        (run.code, run.stderr.contains("is already to be deleted after")),
        (Some(4), true),
        "{}",
        run.stderr
    );
}

#[tokio::test]
async fn no_account_is_created_for_an_address_that_is_taken_or_reserved() {
    let app = TestApp::spawn().await;
    let (ada, new) = (app.member("Ada").await, fresh_email("new"));
    let old = ada.email();
    let taken = users(&["create", &old, "--name", "Eve"]).await;
    assert_eq!(
        (taken.code, taken.stderr.contains("already has an account")),
        (Some(1), true),
        "{}",
        taken.stderr
    );
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let proof = app.all_mails_to(&new).await.remove(0);
    assert_eq!(app.guest().post(&link(&proof, "/email-change/"), &[]).await.status, StatusCode::SEE_OTHER);
    let mails = app.all_mails_to(&old).await.len();
    let reserved = users(&["create", &old, "--name", "Eve"]).await;
    assert_eq!(
        (reserved.code, reserved.stderr.contains("is reserved")),
        (Some(1), true),
        "{}",
        reserved.stderr
    );
    assert_eq!(app.all_mails_to(&old).await.len(), mails, "no mail");
    let rows = format!("password_resets WHERE email = '{old}'");
    assert_eq!((app.count(&format!("users WHERE email = '{old}'")).await, app.count(&rows).await), (0, 0));
}
