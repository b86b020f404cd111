//! Links that take a change back: how long, and what they keep reserved.

use chrono::{DateTime, TimeDelta, Utc};
use unframed::db;
use unframed::domain::SecretToken;
use unframed::models::undo_link::{self, Found, NewUndoLink, Undo};
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

async fn look(app: &TestApp, link: &SecretToken, email: &str, by: Uuid, now: DateTime<Utc>) -> (Found, bool) {
    let digest = link.digest();
    db::read(&app.state.pool, "test", async |conn| {
        Ok((undo_link::find(conn, digest, now).await?, undo_link::reserves(conn, email, by, now).await?))
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_link_keeps_its_address_from_others_as_long_as_it_lives() {
    let app = TestApp::spawn().await;
    let id = app.member("Ada").await.user_id().await;
    let (link, former, now) =
        (SecretToken::generate().unwrap(), fresh_email("former"), unframed::models::now());
    let (digest, until) = (link.digest(), now + undo_link::LIFETIME);
    db::transaction(&app.state.pool, "test", async |conn| {
        undo_link::create(conn, &NewUndoLink::for_email(&digest, id, &former, now, until)).await
    })
    .await
    .unwrap();
    let (stranger, open) = (Uuid::new_v4(), Found::Open(Undo::ChangeEmail(former.clone())));
    let last = until - TimeDelta::microseconds(1);
    assert_eq!(undo_link::LIFETIME, TimeDelta::days(7));
    assert_eq!(look(&app, &link, &former, stranger, last).await, (open.clone(), true));
    assert_eq!(look(&app, &link, &former, id, last).await, (open, false), "its own account may go back");
    assert_eq!(look(&app, &link, &former, stranger, until).await, (Found::Expired, false));
    db::transaction(&app.state.pool, "test", async |conn| undo_link::undo_in_txn(conn, digest, now).await)
        .await
        .unwrap();
    assert_eq!(look(&app, &link, &former, stranger, last).await, (Found::AlreadyUsed, false));
}
