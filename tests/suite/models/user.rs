//! One address, one account. Many uses of one link are tried in `pages/sign_up/new_account.rs`.

use unframed::clock::Clock;
use unframed::db;
use unframed::domain::DisplayName;
use unframed::models::user::{self, NewUser, UserCreation, UserUpdate};
use uuid::Uuid;

use super::{RACERS, pool, race};

#[tokio::test]
async fn of_many_accounts_with_one_address_one_is_made() {
    let pool = pool().await;
    let email = format!("once-{}@example.com", Uuid::new_v4());
    let racers = (0..RACERS).map(|_| {
        let (pool, email) = (pool.clone(), email.clone());
        async move {
            let user = NewUser {
                language: None,
                id: Uuid::new_v4(),
                email: &email,
                display_name: "Once",
                password_hash: Some("none"),
                created_at: Clock::system().now(),
                updated_at: Clock::system().now(),
            };
            let outcome = db::transaction(&pool, "test", async |conn| user::create(conn, &user).await);
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
