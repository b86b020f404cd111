//! One address, one account. Many sign-ups through the pages are tried in `pages/sign_up.rs`.

use std::time::Duration;

use chrono::TimeDelta;
use unframed::clock::Clock;
use unframed::db;
use unframed::domain::{DisplayName, SecretToken};
use unframed::models::outgoing_mail::NewOutgoingMail;
use unframed::models::session::NewSession;
use unframed::models::sign_up;
use unframed::models::user::{self, NewUser, UserCreation, UserUpdate};
use uuid::Uuid;

use super::{RACERS, pool, race};

fn mail<'a>(recipient: &'a str, subject: &'a str) -> NewOutgoingMail<'a> {
    let (created_at, body) = (Clock::system().now(), "Text.");
    // Not to be sent by the outbox of the run.
    let next_attempt_at = created_at + TimeDelta::days(1);
    let expires_at = created_at + TimeDelta::days(2);
    NewOutgoingMail { id: Uuid::new_v4(), recipient, subject, body, created_at, next_attempt_at, expires_at }
}

#[tokio::test]
async fn of_many_accounts_with_one_address_one_is_made() {
    const HOUR: Duration = Duration::from_secs(3600);
    let pool = pool().await;
    let email = format!("once-{}@example.com", Uuid::new_v4());
    let racers = (0..RACERS).map(|_| {
        let (pool, email) = (pool.clone(), email.clone());
        async move {
            let (id, digest) = (Uuid::new_v4(), SecretToken::generate().unwrap().digest());
            let session =
                NewSession::starting(id, &digest, "test", "203.0.113.1", Clock::system().now(), HOUR, HOUR);
            let user = NewUser {
                id,
                email: &email,
                display_name: "Once",
                password_hash: "none",
                created_at: Clock::system().now(),
                updated_at: Clock::system().now(),
            };
            let (welcome, taken) = (mail(&email, "welcome"), mail(&email, "taken"));
            let outcome = db::transaction(&pool, "test", async |conn| {
                sign_up::create_in_txn(conn, &user, &session, &welcome, &taken).await
            });
            outcome.await.expect("decided")
        }
    });
    let outcomes = race(racers).await;
    assert_eq!(
        outcomes.iter().filter(|outcome| **outcome == UserCreation::Created).count(),
        1,
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn what_has_gone_cannot_be_changed() {
    let pool = pool().await;
    let change = async move {
        let name = DisplayName::parse("Nobody").unwrap();
        db::idempotent_transaction(&pool, "test", async |conn| {
            user::set_display_name(conn, Uuid::new_v4(), &name, Clock::system().now()).await
        })
        .await
        .expect("decided")
    };
    assert_eq!(race([change]).await[0], UserUpdate::Gone);
}
