//! Pending actions: the facts that a row is claimed by.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use unframed::db;
use unframed::domain::{SecretToken, TokenDigest};
use unframed::models::pending_action::{self, LIFETIME, Owner, PendingState, StoredAction};
use uuid::Uuid;

use crate::harness::TestApp;

/// An action, begun by a session that only this test knows.
struct Begun {
    app: TestApp,
    action: StoredAction,
    digest: TokenDigest,
    owner: Owner,
    at: DateTime<Utc>,
}

fn action(kind: &str) -> StoredAction {
    StoredAction { kind: kind.to_owned(), payload: "{}".to_owned() }
}

/// The facts of one claim.
#[derive(Clone)]
struct Claim {
    digest: TokenDigest,
    owner: Owner,
    action: StoredAction,
    served_at: DateTime<Utc>,
    now: DateTime<Utc>,
}

impl Begun {
    async fn new() -> Self {
        let app = TestApp::spawn().await;
        let user_id = app.member("Ada").await.user_id().await;
        let (digest, at) = (SecretToken::generate().unwrap().digest(), app.state.clock.now());
        let owner = Owner { user_id, session_id: Uuid::new_v4() };
        let action = action("revoke_other_sessions");
        db::transaction(&app.state.pool, "test", async |conn| {
            pending_action::create_in_txn(conn, digest, owner, digest, &action, at).await
        })
        .await
        .unwrap();
        Self { app, action, digest, owner, at }
    }

    fn claim(&self) -> Claim {
        let (digest, owner, action) = (self.digest, self.owner, self.action.clone());
        Claim { digest, owner, action, served_at: self.at, now: self.at + TimeDelta::seconds(5) }
    }

    /// Whether the claim gets the row, and the state afterwards.
    async fn run(&self, claim: Claim) -> (bool, PendingState) {
        let Claim { digest, owner, action, served_at, now } = claim;
        db::transaction(&self.app.state.pool, "test", async |conn| {
            let claimed = pending_action::claim_in_txn(conn, digest, owner, &action, served_at, now).await?;
            Ok((claimed, pending_action::find(conn, digest, owner, now).await?))
        })
        .await
        .unwrap()
    }

    /// Counts a wrong attempt on the page that was served at `served_at`.
    async fn attempt_wrongly(&self, served_at: DateTime<Utc>) {
        let (digest, owner) = (self.digest, self.owner);
        db::transaction(&self.app.state.pool, "test", async |conn| {
            pending_action::note_wrong_in_txn(conn, digest, owner, served_at, self.at).await
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn an_action_is_claimed_by_all_of_its_facts_or_not_at_all() {
    let begun = Begun::new().await;
    let claim = begun.claim();
    for (claim, state) in [
        (
            Claim { owner: Owner { session_id: Uuid::new_v4(), ..begun.owner }, ..claim.clone() },
            PendingState::NotFound,
        ),
        (Claim { digest: TokenDigest::from_bytes([7; 32]), ..claim.clone() }, PendingState::NotFound),
        (Claim { now: begun.at + LIFETIME, ..claim.clone() }, PendingState::Expired),
    ] {
        assert_eq!(begun.run(claim).await, (false, state));
    }
    let other = StoredAction { payload: "{\"other\":1}".to_owned(), ..begun.action.clone() };
    for action in [action("delete_account"), other] {
        let (claimed, state) = begun.run(Claim { action, ..claim.clone() }).await;
        assert!(!claimed && matches!(state, PendingState::Open { .. }), "not the action that was shown");
    }
    assert_eq!(begun.run(claim.clone()).await, (true, PendingState::Used));
    assert_eq!(begun.run(claim).await, (false, PendingState::Used));
}

#[tokio::test]
async fn of_sixteen_claims_at_once_one_gets_the_row() {
    let begun = Begun::new().await;
    let results = join_all((0..16).map(|_| begun.run(begun.claim()))).await;
    assert_eq!(results.iter().filter(|(claimed, _)| *claimed).count(), 1, "{results:?}");
    assert!(results.iter().all(|(_, state)| *state == PendingState::Used), "{results:?}");
}

#[tokio::test]
async fn a_wrong_attempt_spends_its_rendering_and_all_earlier_ones() {
    let begun = Begun::new().await;
    let (at, attempted) = (begun.at, begun.at + TimeDelta::seconds(2));
    begun.attempt_wrongly(attempted).await;
    for served_at in [at, attempted] {
        let (claimed, state) = begun.run(Claim { served_at, ..begun.claim() }).await;
        assert!(!claimed && matches!(state, PendingState::Open { .. }), "{served_at}");
    }
    let served_at = attempted + TimeDelta::microseconds(1);
    assert!(begun.run(Claim { served_at, ..begun.claim() }).await.0);
}

#[tokio::test]
async fn an_attempt_from_an_older_rendering_does_not_make_a_spent_one_good_again() {
    let begun = Begun::new().await;
    let (older, newer) = (begun.at + TimeDelta::seconds(1), begun.at + TimeDelta::seconds(3));
    begun.attempt_wrongly(newer).await;
    begun.attempt_wrongly(older).await;
    for served_at in [older, older + TimeDelta::seconds(1), newer] {
        assert!(!begun.run(Claim { served_at, ..begun.claim() }).await.0, "{served_at}");
    }
    let counted = format!("pending_actions WHERE user_id = '{}' AND attempts = 2", begun.owner.user_id);
    assert_eq!(begun.app.count(&counted).await, 1, "both attempts are counted");
    let served_at = newer + TimeDelta::microseconds(1);
    assert!(begun.run(Claim { served_at, ..begun.claim() }).await.0);
}
