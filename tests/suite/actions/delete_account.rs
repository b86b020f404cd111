//! The deletion of an account and its grace period.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl as _;
use unframed::actions::{self, KINDS, RevokeOtherSessions, keep_account};
use unframed::db;
use unframed::domain::{Locale, SecretToken};
use unframed::error::AppError;
use unframed::extract::{Client, SignedIn};
use unframed::models::email_change::{self, EmailChangeState};
use unframed::models::pending_action::{self, Owner, PendingState, StoredAction};
use unframed::models::session;
use unframed::models::user::{self, OWNED_TABLES, UserUpdate};
use unframed::view::Viewer;
use uuid::Uuid;

use crate::harness::confirmation::fresh_email;
use crate::harness::{Browser, PASSWORD, TestApp};

#[tokio::test]
async fn an_account_is_due_after_seven_days_unless_it_is_kept() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    ada.carry_out("/settings/delete", &[]).await;
    let now = app.state.clock.now();
    let due = async |after: TimeDelta| {
        let found = db::statement(&app.state.pool, "test", async |conn| {
            user::find_due(conn, now + after, 10_000).await
        });
        found.await.unwrap().iter().any(|user| user.id == id)
    };
    assert!(!due(TimeDelta::days(7) - TimeDelta::minutes(1)).await, "not due before seven days");
    assert!(due(TimeDelta::days(7)).await);
    db::transaction(&app.state.pool, "test", async |conn| keep_account::keep_in_txn(conn, id, now).await)
        .await
        .unwrap();
    assert!(!due(TimeDelta::days(700)).await, "the account is kept");
}

#[tokio::test]
async fn a_deletion_request_withdraws_all_pending_actions_and_email_changes() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, new) = (ada.user_id().await, fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let link = SecretToken::decode(link.trim_start_matches("/email-change/")).unwrap().digest();
    // An action of another session, which may be about to confirm it.
    let (digest, now) = (SecretToken::generate().unwrap().digest(), app.state.clock.now());
    let owner = Owner { user_id: id, session_id: Uuid::new_v4() };
    let action = StoredAction { kind: "revoke_other_sessions".to_owned(), payload: "{}".to_owned() };
    db::transaction(&app.state.pool, "test", async |conn| {
        pending_action::create_in_txn(conn, digest, owner, digest, &action, now).await
    })
    .await
    .unwrap();
    ada.carry_out("/settings/delete", &[]).await;
    let found = db::transaction(&app.state.pool, "test", async |conn| {
        let pending = pending_action::find(conn, digest, owner, now).await?;
        keep_account::keep_in_txn(conn, id, now).await?;
        Ok((pending, email_change::find(conn, link, now).await?))
    });
    let (pending, change) = found.await.unwrap();
    assert_eq!(pending, PendingState::Withdrawn);
    assert!(matches!(change, EmailChangeState::Withdrawn), "also after the account is kept: {change:?}");
}

/// The tables with a column `user_id`, as the live schema has them.
async fn tables_with_user_id(app: &TestApp) -> BTreeSet<String> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows = db::statement(&app.state.pool, "test", async |conn| {
        diesel::sql_query(
            "SELECT table_name::TEXT AS name FROM information_schema.columns \
             WHERE column_name = 'user_id' AND table_schema = 'public'",
        )
        .load::<Row>(conn)
        .await
    });
    rows.await.unwrap().into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn the_deletion_of_an_account_leaves_no_row_in_any_table_with_a_user_id() {
    let app = TestApp::spawn().await;
    let tables = tables_with_user_id(&app).await;
    let owned: BTreeSet<String> = OWNED_TABLES.iter().map(|table| (*table).to_owned()).collect();
    assert_eq!(tables, owned, "left: the live schema, right: models::user::OWNED_TABLES");

    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await, ada.email());
    // Every kind is begun and confirmed, the deletion last, so that each leaves its rows.
    let mut kinds = KINDS.to_vec();
    kinds.sort_by_key(|kind| kind.name == "delete_account");
    for kind in kinds {
        // The codes of the kinds before have taken more time than a sign-in is recent.
        if kind.name == "export_data" {
            ada.sign_in(&email).await;
        }
        ada.begin_any(kind.start).await;
        ada.carry_out(kind.start, &[]).await;
    }
    ada.post("/forgot-password", &[("email", &email)]).await;
    app.guest().post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    ada.sign_in(&email).await;
    // The deletion has revoked the others.
    ada.make_token(&["settings_read"]).await;
    let rows = async || {
        let mut counts = Vec::new();
        for table in &tables {
            counts.push((table.clone(), app.count(&format!("{table} WHERE user_id = '{id}'")).await));
        }
        counts
    };
    let before = rows().await;
    assert!(before.iter().all(|(_, count)| *count > 0), "a table that the test does not fill: {before:?}");
    app.wait(TimeDelta::days(8));
    let deleted = unframed::deletion::delete(&app.state, &app.account(id).await).await.unwrap();
    assert_eq!(deleted, UserUpdate::Stored);
    let after = rows().await;
    assert!(after.iter().all(|(_, count)| *count == 0), "{after:?}");
    assert_eq!(app.count(&format!("users WHERE id = '{id}'")).await, 0);
}

/// The member of a browser, as the request of a moment ago found them.
async fn signed_in(app: &TestApp, browser: &Browser) -> SignedIn {
    let token = SecretToken::decode(&browser.cookie("session").unwrap()).unwrap();
    let (digest, now) = (token.digest(), app.state.clock.now());
    let found =
        db::statement(&app.state.pool, "test", async |conn| session::find_live(conn, digest, now).await);
    let (session, user) = found.await.unwrap().expect("a live session");
    let viewer = Viewer { display_name: String::new(), csrf_token: String::new(), locale: Locale::default() };
    SignedIn { user: user.expect("an account"), session, digest, viewer }
}

#[tokio::test]
async fn no_action_begins_for_a_session_that_ended_since_the_request_was_read() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, email) = (ada.user_id().await, ada.email());
    ada.carry_out("/settings/delete", &[]).await;
    app.wait(TimeDelta::days(8));
    ada.sign_in(&email).await;
    let member = signed_in(&app, &ada).await;
    let deleted = unframed::deletion::delete(&app.state, &app.account(id).await).await.unwrap();
    assert_eq!(deleted, UserUpdate::Stored);
    let client = Client {
        address: ada.address().parse().unwrap(),
        user_agent: String::new(),
        locale: Locale::default(),
        language: None,
    };
    let begun = actions::begin(&app.state, &client, &member, RevokeOtherSessions {}).await;
    assert!(matches!(begun, Err(AppError::SignedOut(Some(_)))), "{begun:?}");
    for table in OWNED_TABLES {
        assert_eq!(app.count(&format!("{table} WHERE user_id = '{id}'")).await, 0, "{table}");
    }
}
