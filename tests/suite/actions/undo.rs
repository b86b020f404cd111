//! Undo links: their lifetime, the email address that they reserve, and their effect on other links.

use chrono::{DateTime, TimeDelta, Utc};
use unframed::actions::keep_account::KeepAccount;
use unframed::actions::restore_email::RestoreEmail;
use unframed::actions::undo::{self, Undo, UndoState};
use unframed::actions::undoable::{MadeUndoLink, UndoableChange};
use unframed::db;
use unframed::domain::{EmailAddress, Locale, SecretToken};
use unframed::extract::Client;
use unframed::models::pending_action::{self, Owner, PendingState, StoredAction};
use unframed::models::undo_link;
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

fn client() -> Client {
    Client {
        address: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: String::new(),
        locale: Locale::default(),
        language: None,
    }
}

fn restore(email: &str) -> RestoreEmail {
    RestoreEmail { former_email: EmailAddress::parse(email).unwrap() }
}

fn restored(email: &str) -> Undo {
    Undo::ChangeEmail(restore(email))
}

/// Stores a link of a change made at `at`.
async fn create(app: &TestApp, user_id: Uuid, undo: &impl UndoableChange, at: DateTime<Utc>) -> SecretToken {
    let link = MadeUndoLink::new(undo, at + undo_link::LIFETIME).unwrap();
    db::transaction(&app.state.pool, "test", async |conn| {
        undo_link::create_in_txn(conn, &link.row(user_id, at)).await
    })
    .await
    .unwrap();
    link.token().clone()
}

async fn find(app: &TestApp, link: &SecretToken) -> UndoState {
    undo::find(&app.state, link.digest()).await.unwrap()
}

async fn carry_out(app: &TestApp, link: &SecretToken) {
    assert!(
        matches!(undo::carry_out(&app.state, &client(), link).await.unwrap(), UndoState::Open(_)),
        "the link was open"
    );
}

#[tokio::test]
async fn an_undo_link_reserves_its_email_address_until_it_expires() {
    let app = TestApp::spawn().await;
    let (id, former) = (app.member("Ada").await.user_id().await, fresh_email("former"));
    let now = app.state.clock.now();
    let link = create(&app, id, &restore(&former), now).await;
    let reserves = async |by: Uuid, at: DateTime<Utc>| {
        let reserved = db::statement(&app.state.pool, "test", async |conn| {
            undo_link::reserves(conn, &former, by, at).await
        });
        reserved.await.unwrap()
    };
    let (stranger, until) = (Uuid::new_v4(), now + undo_link::LIFETIME);
    assert_eq!(undo_link::LIFETIME, TimeDelta::days(7));
    assert!(reserves(stranger, until - TimeDelta::microseconds(1)).await);
    assert!(!reserves(id, now).await, "its own account may have the address");
    assert!(!reserves(stranger, until).await, "the link has expired");
    carry_out(&app, &link).await;
    assert!(!reserves(stranger, now).await, "the link was used");
    assert_eq!(find(&app, &link).await, UndoState::Used);
}

#[tokio::test]
async fn a_link_works_for_seven_days() {
    let app = TestApp::spawn().await;
    let (id, former) = (app.member("Ada").await.user_id().await, fresh_email("former"));
    let link = create(&app, id, &restore(&former), app.state.clock.now()).await;
    app.wait(TimeDelta::days(7) - TimeDelta::minutes(1));
    assert_eq!(find(&app, &link).await, UndoState::Open(restored(&former)));
    app.wait(TimeDelta::minutes(1));
    assert_eq!(find(&app, &link).await, UndoState::Expired);
    assert_eq!(
        undo::carry_out(&app.state, &client(), &link).await.unwrap(),
        UndoState::Expired,
        "it changes nothing"
    );
}

#[tokio::test]
async fn a_link_of_an_unknown_kind_changes_nothing() {
    let app = TestApp::spawn().await;
    let (id, now) = (app.member("Ada").await.user_id().await, app.state.clock.now());
    let link = create(&app, id, &KeepAccount {}, now).await;
    app.execute(format!("UPDATE undo_links SET kind = 'not_yet_invented' WHERE user_id = '{id}'")).await;
    assert!(undo::find(&app.state, link.digest()).await.is_err());
    assert!(undo::carry_out(&app.state, &client(), &link).await.is_err());
    assert_eq!(app.count(&format!("undo_links WHERE user_id = '{id}' AND used_at IS NULL")).await, 1);
}

/// The links of an account that waits for its deletion: one that restores an address from before the
/// deletion request, one that keeps the account, and one that restores the address from after it.
struct Around {
    app: TestApp,
    id: Uuid,
    email: String,
    earlier: SecretToken,
    keeps: SecretToken,
    later: SecretToken,
}

impl Around {
    async fn new() -> Self {
        let app = TestApp::spawn().await;
        let ada = app.member("Ada").await;
        let (id, email, now) = (ada.user_id().await, ada.email(), app.state.clock.now());
        let second = TimeDelta::seconds(1);
        let earlier = create(&app, id, &restore(&email), now - second).await;
        let keeps = create(&app, id, &KeepAccount {}, now).await;
        let later = create(&app, id, &restore(&email), now + second).await;
        app.execute(format!("UPDATE users SET delete_after = now() + INTERVAL '7 days' WHERE id = '{id}'"))
            .await;
        Self { app, id, email, earlier, keeps, later }
    }

    async fn find(&self, link: &SecretToken) -> UndoState {
        find(&self.app, link).await
    }
}

#[tokio::test]
async fn keeping_an_account_leaves_every_link_that_restores_an_address() {
    let around = Around::new().await;
    carry_out(&around.app, &around.keeps).await;
    assert_eq!(around.find(&around.keeps).await, UndoState::Used);
    for link in [&around.earlier, &around.later] {
        assert_eq!(around.find(link).await, UndoState::Open(restored(&around.email)));
    }
    carry_out(&around.app, &around.later).await;
}

#[tokio::test]
async fn restoring_an_address_voids_later_links_and_cancels_the_deletion() {
    let around = Around::new().await;
    carry_out(&around.app, &around.later).await;
    assert_eq!(around.find(&around.keeps).await, UndoState::Used, "an older deletion link is void, too");
    assert!(
        matches!(around.find(&around.earlier).await, UndoState::Open(_)),
        "the earlier link is still open"
    );
    carry_out(&around.app, &around.earlier).await;

    let around = Around::new().await;
    carry_out(&around.app, &around.earlier).await;
    for link in [&around.keeps, &around.later] {
        assert!(matches!(around.find(link).await, UndoState::Used), "the link is void");
    }
}

#[tokio::test]
async fn an_undo_withdraws_the_actions_that_the_ended_sessions_had_begun() {
    let around = Around::new().await;
    let (pool, now) = (&around.app.state.pool, around.app.state.clock.now());
    let action = StoredAction { kind: "delete_account".to_owned(), payload: "{}".to_owned() };
    for link in [&around.keeps, &around.earlier] {
        let (digest, user_id) = (SecretToken::generate().unwrap().digest(), around.id);
        let owner = Owner { user_id, session_id: Uuid::new_v4() };
        db::transaction(pool, "test", async |conn| {
            pending_action::create_in_txn(conn, digest, owner, digest, &action, now).await
        })
        .await
        .unwrap();
        carry_out(&around.app, link).await;
        let found =
            db::statement(pool, "test", async |conn| pending_action::find(conn, digest, owner, now).await);
        assert_eq!(found.await.unwrap(), PendingState::Withdrawn);
    }
}
