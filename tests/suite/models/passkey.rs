//! A challenge counts once, an id is stored once, and a removed passkey opens nothing until it is restored.

use chrono::{DateTime, TimeDelta, Utc};
use unframed::clock::Clock;
use unframed::db::{self, Pool};
use unframed::models::passkey::{self, NewPasskey, Passkey, PasskeyCreation};
use unframed::models::second_factor::{self, FactorId};
use uuid::Uuid;

use super::{RACERS, pool, race};

/// Runs a function of the model as one transaction.
macro_rules! run {
    ($pool:expr, $conn:ident => $body:expr) => {{
        let pool = $pool.clone();
        race([async move { db::transaction(&pool, "test", async |$conn| $body.await).await }])
            .await
            .remove(0)
            .expect("the query runs")
    }};
}

async fn create(pool: &Pool, user_id: Uuid, name: &'static str, number: i64, at: DateTime<Utc>) -> Uuid {
    let id = Uuid::new_v4();
    let created = run!(pool, conn => passkey::create_in_txn(conn, &NewPasskey {
        id,
        user_id,
        name,
        credential_id: id.as_bytes(),
        credential: "{}",
        created_at: at,
        added_number: number,
    }));
    assert_eq!(created, PasskeyCreation::Created);
    id
}

async fn list(pool: &Pool, user_id: Uuid) -> Vec<Passkey> {
    run!(pool, conn => passkey::list(conn, user_id))
}

async fn names(pool: &Pool, user_id: Uuid) -> Vec<String> {
    list(pool, user_id).await.into_iter().map(|one| one.name).collect()
}

async fn find(pool: &Pool, id: Uuid) -> Option<Passkey> {
    run!(pool, conn => passkey::find_by_credential_id(conn, id.as_bytes()))
}

#[tokio::test]
async fn of_many_uses_of_one_challenge_one_counts() {
    let (pool, user, now) = (pool().await, Uuid::new_v4(), Clock::system().now());
    let id = create(&pool, user, "Phone", 1, now).await;
    let attempt = |found: &Passkey, served_at: DateTime<Utc>, credential: &'static str| {
        let (pool, found) = (pool.clone(), found.clone());
        async move {
            db::transaction(&pool, "test", async |conn| {
                passkey::use_in_txn(conn, &found, served_at, credential, now).await
            })
            .await
            .expect("decided")
        }
    };
    let (later, first) = (now + TimeDelta::microseconds(1), find(&pool, id).await.unwrap());
    let counted = race((0..RACERS).map(|_| attempt(&first, now, "{\"counter\":1}"))).await;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 1);
    assert_eq!(race([attempt(&first, later, "{}")]).await, [false], "it was used since it was read");
    let found = find(&pool, id).await.unwrap();
    let earlier = now - TimeDelta::seconds(1);
    assert_eq!(race([attempt(&found, earlier, "{}")]).await, [false], "an earlier challenge");
    assert_eq!(race([attempt(&found, later, "{\"counter\":2}")]).await, [true], "a later challenge");
    let found = find(&pool, id).await.unwrap();
    assert_eq!((found.credential.as_str(), found.last_used_at), ("{\"counter\":2}", Some(now)));
}

#[tokio::test]
async fn an_id_is_stored_once_for_all_accounts() {
    let (pool, now) = (pool().await, Clock::system().now());
    let id = create(&pool, Uuid::new_v4(), "Phone", 1, now).await;
    let again = run!(pool, conn => passkey::create_in_txn(conn, &NewPasskey {
        id: Uuid::new_v4(),
        user_id: Uuid::new_v4(),
        name: "Copy",
        credential_id: id.as_bytes(),
        credential: "{}",
        created_at: now,
        added_number: 1,
    }));
    assert_eq!(again, PasskeyCreation::Taken);
    assert_eq!(find(&pool, id).await.unwrap().name, "Phone");
}

#[tokio::test]
async fn a_removed_passkey_opens_nothing_until_an_undo_restores_it() {
    let (pool, user, now) = (pool().await, Uuid::new_v4(), Clock::system().now());
    let later = move |minutes| now + TimeDelta::minutes(minutes);
    create(&pool, user, "Key", 1, now).await;
    let phone = create(&pool, user, "Phone", 2, later(1)).await;
    let found = find(&pool, phone).await.unwrap();
    let removal = async |owner, number, now| run!(pool, conn => second_factor::remove_in_txn(conn, owner, FactorId::Passkey(phone), number, now));
    let undo =
        async |owner, first| run!(pool, conn => second_factor::restore_in_txn(conn, owner, first, later(5)));
    assert!(!removal(Uuid::new_v4(), 3, later(2)).await, "it is not the passkey of that account");
    assert!(removal(user, 3, later(2)).await);
    create(&pool, user, "Intruder", 4, later(3)).await;
    assert_eq!(names(&pool, user).await, ["Key", "Intruder"]);
    assert!(find(&pool, phone).await.is_none());
    let before = found.clone();
    assert!(!run!(pool, conn => passkey::use_in_txn(conn, &before, later(3), "{}", later(3))));
    assert!(!removal(user, 5, later(4)).await);

    undo(Uuid::new_v4(), 1).await;
    undo(user, 5).await;
    assert_eq!(
        names(&pool, user).await,
        ["Key", "Intruder"],
        "undone for another account, and a later change"
    );
    undo(user, 3).await;
    assert_eq!(names(&pool, user).await, ["Key", "Phone"]);
    assert!(run!(pool, conn => passkey::use_in_txn(conn, &found, later(6), "{}", later(6))));
}
