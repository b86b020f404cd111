//! Links that take a change back: how long, and what they keep reserved.

use chrono::{DateTime, TimeDelta, Utc};
use unframed::db;
use unframed::domain::SecretToken;
use unframed::models::pending_action::{self, Action, Owner};
use unframed::models::undo_link::{self, Found, NewUndoLink, Outcome, Undo};
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

async fn look(app: &TestApp, link: &SecretToken, email: &str, by: Uuid, now: DateTime<Utc>) -> (Found, bool) {
    let digest = link.digest();
    db::statement(&app.state.pool, "test", async |conn| {
        Ok((undo_link::find(conn, digest, now).await?, undo_link::reserves(conn, email, by, now).await?))
    })
    .await
    .unwrap()
}

async fn create(app: &TestApp, link: &NewUndoLink<'_>) {
    db::transaction(&app.state.pool, "test", async |conn| undo_link::create(conn, link).await).await.unwrap();
}

async fn undo(app: &TestApp, link: &SecretToken, now: DateTime<Utc>) {
    let digest = link.digest();
    let outcome = db::transaction(&app.state.pool, "test", async |conn| {
        undo_link::undo_in_txn(conn, digest, None, now).await
    });
    assert!(matches!(outcome.await.unwrap(), Outcome::Undone(_)));
}

#[tokio::test]
async fn a_link_keeps_its_address_from_others_as_long_as_it_lives() {
    let app = TestApp::spawn().await;
    let id = app.member("Ada").await.user_id().await;
    let (link, former, now) =
        (SecretToken::generate().unwrap(), fresh_email("former"), unframed::models::now());
    let (digest, until) = (link.digest(), now + undo_link::LIFETIME);
    create(&app, &NewUndoLink::for_email(&digest, id, &former, now, until)).await;
    let (stranger, open) = (Uuid::new_v4(), Found::Open(Undo::ChangeEmail(former.clone())));
    let last = until - TimeDelta::microseconds(1);
    assert_eq!(undo_link::LIFETIME, TimeDelta::days(7));
    assert_eq!(look(&app, &link, &former, stranger, last).await, (open.clone(), true));
    assert_eq!(look(&app, &link, &former, id, last).await, (open, false), "its own account may go back");
    assert_eq!(look(&app, &link, &former, stranger, until).await, (Found::Expired, false));
    undo(&app, &link, now).await;
    let restored = Found::InEffect(Undo::ChangeEmail(former.clone()));
    assert_eq!(look(&app, &link, &former, stranger, last).await, (restored, false));
}

/// The links of an account: one to the address `email` before a deletion's, and one after it.
struct Around {
    app: TestApp,
    id: Uuid,
    email: String,
    earlier: SecretToken,
    keeps: SecretToken,
    later: SecretToken,
    now: DateTime<Utc>,
}

impl Around {
    async fn new() -> Self {
        let app = TestApp::spawn().await;
        let ada = app.member("Ada").await;
        let (id, email, now) = (ada.user_id().await, ada.email(), unframed::models::now());
        let token = || SecretToken::generate().unwrap();
        let (earlier, keeps, later) = (token(), token(), token());
        let second = TimeDelta::seconds(1);
        for (link, at) in [(&earlier, now - second), (&later, now + second)] {
            create(&app, &NewUndoLink::for_email(&link.digest(), id, &email, at, at + undo_link::LIFETIME))
                .await;
        }
        create(&app, &NewUndoLink::for_deletion(&keeps.digest(), id, now)).await;
        app.execute(format!("UPDATE users SET delete_after = now() + INTERVAL '7 days' WHERE id = '{id}'"))
            .await;
        Self { app, id, email, earlier, keeps, later, now }
    }

    async fn find(&self, link: &SecretToken) -> Found {
        look(&self.app, link, &self.email, Uuid::new_v4(), self.now).await.0
    }
}

#[tokio::test]
async fn keeping_an_account_leaves_each_way_back_to_an_address() {
    let around = Around::new().await;
    undo(&around.app, &around.keeps, around.now).await;
    assert_eq!(around.find(&around.keeps).await, Found::InEffect(Undo::DeleteAccount));
    for link in [&around.earlier, &around.later] {
        assert_eq!(around.find(link).await, Found::Open(Undo::ChangeEmail(around.email.clone())));
    }
    undo(&around.app, &around.later, around.now).await;
}

#[tokio::test]
async fn bringing_an_address_back_voids_what_came_later_and_calls_the_deletion_off() {
    let around = Around::new().await;
    undo(&around.app, &around.later, around.now).await;
    assert_eq!(around.find(&around.keeps).await, Found::InEffect(Undo::DeleteAccount), "also an older one");
    assert!(matches!(around.find(&around.earlier).await, Found::Open(_)), "it goes further back");
    undo(&around.app, &around.earlier, around.now).await;

    let around = Around::new().await;
    undo(&around.app, &around.earlier, around.now).await;
    for link in [&around.keeps, &around.later] {
        assert!(matches!(around.find(link).await, Found::InEffect(_)), "void");
    }
}

#[tokio::test]
async fn a_used_link_tells_whether_the_account_is_still_as_it_wants_it() {
    let around = Around::new().await;
    undo(&around.app, &around.earlier, around.now).await;
    let (app, email) = (&around.app, &around.email);
    app.execute(format!(
        "UPDATE users SET delete_after = now(), email = '{}' WHERE email = '{email}'",
        fresh_email("another")
    ))
    .await;
    for link in [&around.earlier, &around.keeps] {
        assert_eq!(around.find(link).await, Found::AlreadyUsed);
    }
}

#[tokio::test]
async fn taking_a_change_back_also_withdraws_what_the_ended_sessions_had_begun() {
    let around = Around::new().await;
    let (pool, now) = (&around.app.state.pool, around.now);
    for link in [&around.keeps, &around.earlier] {
        let (digest, user_id) = (SecretToken::generate().unwrap().digest(), around.id);
        let owner = Owner { user_id, session_id: Uuid::new_v4() };
        db::transaction(pool, "test", async |conn| {
            pending_action::create_in_txn(conn, digest, owner, &Action::DeleteAccount, now).await
        })
        .await
        .unwrap();
        undo(&around.app, link, now).await;
        let found =
            db::statement(pool, "test", async |conn| pending_action::find(conn, digest, owner, now).await);
        assert_eq!(found.await.unwrap(), pending_action::Found::Withdrawn);
    }
}
