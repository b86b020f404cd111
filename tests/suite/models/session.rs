//! One token, one session; ended once; and no sign-in by a password that was changed meanwhile.

use std::time::Duration;

use unframed::clock::Clock;
use unframed::db::{self, DatabaseError, Pool};
use unframed::domain::{SecretToken, SessionLifetime, TokenDigest};
use unframed::models::session::{self, NewSession, Revocation};
use unframed::models::user::{self, UserUpdate};
use uuid::Uuid;

use super::{RACERS, pool, race};
use crate::harness::TestApp;

const HOUR: SessionLifetime = SessionLifetime {
    idle: Duration::from_secs(3600),
    absolute: Duration::from_secs(3600),
    remembered: false,
};

async fn create(pool: Pool, user: Uuid, digest: TokenDigest) -> Result<Uuid, DatabaseError> {
    let new = NewSession::starting(user, &digest, "test", "203.0.113.1", Clock::system().now(), HOUR);
    let id = new.id;
    db::transaction(&pool, "test", async |conn| session::create(conn, &new).await).await.map(|()| id)
}

#[tokio::test]
async fn of_many_sessions_with_one_token_one_is_stored() {
    let (pool, user, digest) = (pool().await, Uuid::new_v4(), SecretToken::generate().unwrap().digest());
    let results = race((0..RACERS).map(|_| create(pool.clone(), user, digest))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for lost in results.iter().filter_map(|result| result.as_ref().err()) {
        assert!(matches!(lost, DatabaseError::Query(_)), "refused, not given up: {lost}");
    }
}

#[tokio::test]
async fn a_session_is_ended_by_one_of_many() {
    let (pool, user, digest) = (pool().await, Uuid::new_v4(), SecretToken::generate().unwrap().digest());
    let [id] = race([create(pool.clone(), user, digest)]).await.try_into().expect("one");
    let id = id.expect("the session is stored");
    let racers = (0..RACERS).map(|_| {
        let pool = pool.clone();
        async move {
            db::idempotent_transaction(&pool, "test", async |conn| session::revoke(conn, user, id).await)
                .await
        }
    });
    let ended = race(racers).await.into_iter().map(|result| result.expect("decided"));
    assert_eq!(ended.filter(|revocation| *revocation == Revocation::Revoked).count(), 1);
}

#[tokio::test]
async fn a_password_changed_while_it_was_compared_starts_no_session() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (pool, email) = (pool().await, ada.email());
    let attempt = async move {
        let address = unframed::domain::EmailAddress::parse(&email).unwrap();
        let stored = db::statement(&pool, "test", async |conn| {
            unframed::models::user::find_by_email(conn, &address).await
        });
        let stored = stored.await.unwrap().expect("the account");
        let (id, hash) = (stored.id, stored.password_hash.expect("a password"));
        let mut outcomes = Vec::new();
        for compared in ["another", hash.as_str()] {
            let digest = SecretToken::generate().unwrap().digest();
            let now = Clock::system().now();
            let new = NewSession::starting(id, &digest, "test", "203.0.113.1", now, HOUR);
            let outcome = db::transaction(&pool, "test", async |conn| {
                let kept = user::set_password_hash(conn, id, &address, compared, compared, now).await?;
                if kept == UserUpdate::Stored {
                    session::start_in_txn(conn, &new, None).await?;
                }
                Ok(kept)
            });
            outcomes.push(outcome.await.unwrap());
        }
        outcomes
    };
    assert_eq!(race([attempt]).await[0], [UserUpdate::Gone, UserUpdate::Stored]);
    let sessions =
        format!("sessions JOIN users ON users.id = sessions.user_id WHERE email = '{}'", ada.email());
    assert_eq!(app.count(&sessions).await, 2);
}
