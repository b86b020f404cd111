//! Pending actions without their pages: what the row is claimed by.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use unframed::db;
use unframed::domain::{EmailAddress, SecretToken, TokenDigest};
use unframed::models::email_change::{EmailRequest, NewEmailChange};
use unframed::models::pending_action::{self, Action, Claim, Effect, Found, LIFETIME, Outcome, Owner};
use unframed::models::undo_link::NewUndoLink;
use unframed::models::user;
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

/// An action, begun by a session that only this test knows.
struct Begun {
    app: TestApp,
    action: Action,
    email: EmailAddress,
    digest: TokenDigest,
    owner: Owner,
    hash: String,
    at: DateTime<Utc>,
}

impl Begun {
    /// To sign out everywhere else.
    async fn new() -> Self {
        Self::with(|_| Action::RevokeOtherSessions).await
    }

    async fn with(action: impl FnOnce(EmailAddress) -> Action) -> Self {
        let app = TestApp::spawn().await;
        let ada = app.member("Ada").await;
        let (user_id, email) = (ada.user_id().await, EmailAddress::parse(&ada.email()).unwrap());
        let action = action(email.clone());
        let (digest, at) = (SecretToken::generate().unwrap().digest(), unframed::models::now());
        let owner = Owner { user_id, session_id: Uuid::new_v4() };
        db::transaction(&app.state.pool, "test", async |conn| {
            pending_action::create_in_txn(conn, digest, owner, &action, at).await
        })
        .await
        .unwrap();
        let found =
            db::statement(&app.state.pool, "test", async |conn| user::find_credentials(conn, user_id).await);
        let hash = found.await.unwrap().unwrap().password_hash;
        Self { app, action, email, digest, owner, hash, at }
    }

    fn claim(&self) -> Claim<'_> {
        Claim {
            digest: self.digest,
            owner: self.owner,
            action: &self.action,
            served_at: self.at,
            password_hash: &self.hash,
            now: self.at + TimeDelta::seconds(5),
        }
    }

    async fn confirm(&self, claim: &Claim<'_>) -> Outcome {
        self.run(claim, &Effect::RevokeOtherSessions).await
    }

    async fn run(&self, claim: &Claim<'_>, effect: &Effect<'_>) -> Outcome {
        db::transaction(&self.app.state.pool, "test", async |conn| {
            pending_action::confirm_in_txn(conn, claim, effect).await
        })
        .await
        .unwrap()
    }

    /// Counts a wrong try on the page that was served at `served_at`.
    async fn try_wrongly(&self, served_at: DateTime<Utc>) {
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
    let other = Uuid::new_v4();
    let late = begun.at + LIFETIME;
    for (claim, outcome) in [
        (
            Claim { owner: Owner { session_id: other, ..begun.owner }, ..begun.claim() },
            Outcome::Over(Found::NotFound),
        ),
        (Claim { digest: TokenDigest::from_bytes([7; 32]), ..begun.claim() }, Outcome::Over(Found::NotFound)),
        (Claim { now: late, ..begun.claim() }, Outcome::Over(Found::Expired)),
        (Claim { password_hash: "changed meanwhile", ..begun.claim() }, Outcome::WrongProof),
    ] {
        assert_eq!(begun.confirm(&claim).await, outcome);
    }
    let another = Claim { action: &Action::DeleteAccount, ..begun.claim() };
    assert!(matches!(begun.confirm(&another).await, Outcome::Over(Found::Open { .. })), "not what was shown");
    assert!(matches!(begun.confirm(&begun.claim()).await, Outcome::Confirmed { .. }));
    assert_eq!(begun.confirm(&begun.claim()).await, Outcome::Over(Found::AlreadyUsed));
}

#[tokio::test]
async fn of_sixteen_claims_at_once_one_runs() {
    let begun = Begun::new().await;
    let claim = begun.claim();
    let outcomes = join_all((0..16).map(|_| begun.confirm(&claim))).await;
    let ran = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Confirmed { .. })).count();
    let told = outcomes.iter().filter(|outcome| **outcome == Outcome::Over(Found::AlreadyUsed)).count();
    assert_eq!((ran, told), (1, 15), "{outcomes:?}");
}

#[tokio::test]
async fn a_rendering_that_was_tried_is_spent_with_all_before_it() {
    let begun = Begun::new().await;
    let (at, tried) = (begun.at, begun.at + TimeDelta::seconds(2));
    begun.try_wrongly(tried).await;
    for served_at in [at, tried] {
        let spent = Claim { served_at, ..begun.claim() };
        assert!(matches!(begun.confirm(&spent).await, Outcome::Over(Found::Open { .. })), "{served_at}");
    }
    let fresh = Claim { served_at: tried + TimeDelta::microseconds(1), ..begun.claim() };
    assert!(matches!(begun.confirm(&fresh).await, Outcome::Confirmed { .. }));
}

#[tokio::test]
async fn a_try_from_an_older_rendering_does_not_make_a_spent_one_good_again() {
    let begun = Begun::new().await;
    let (older, newer) = (begun.at + TimeDelta::seconds(1), begun.at + TimeDelta::seconds(3));
    begun.try_wrongly(newer).await;
    begun.try_wrongly(older).await;
    for served_at in [older, older + TimeDelta::seconds(1), newer] {
        let spent = Claim { served_at, ..begun.claim() };
        assert!(matches!(begun.confirm(&spent).await, Outcome::Over(Found::Open { .. })), "{served_at}");
    }
    let counted = format!("pending_actions WHERE user_id = '{}' AND attempts = 2", begun.owner.user_id);
    assert_eq!(begun.app.count(&counted).await, 1, "both tries are counted");
    let fresh = Claim { served_at: newer + TimeDelta::microseconds(1), ..begun.claim() };
    assert!(matches!(begun.confirm(&fresh).await, Outcome::Confirmed { .. }));
}

#[tokio::test]
async fn a_change_of_address_is_refused_where_it_runs_while_the_account_waits_for_its_deletion() {
    for waits in [true, false] {
        let to = EmailAddress::parse(&fresh_email("countess")).unwrap();
        let begun = Begun::with(|from| Action::ChangeEmail { from, to: to.clone() }).await;
        let (id, at, letters) = (begun.owner.user_id, begun.at, &begun.app.state.letters);
        if waits {
            // Behind the back of what withdraws the action.
            let due = format!("UPDATE users SET delete_after = now() + INTERVAL '7 days' WHERE id = '{id}'");
            assert_eq!(begun.app.execute(due).await, 1);
        }
        let token = SecretToken::generate().unwrap();
        let (digest, until) = (token.digest(), at + TimeDelta::days(1));
        let prove = letters.prove_address(&to, &token).unwrap();
        let taken = letters.address_wanted(&to).unwrap();
        let told = letters.email_change_asked(&begun.email, &to, &token).unwrap();
        let effect = Effect::ChangeEmail(Box::new(EmailRequest {
            change: NewEmailChange {
                token_digest: digest.as_bytes(),
                user_id: id,
                old_email: begun.email.as_str(),
                new_email: to.as_str(),
                created_at: at,
                expires_at: until,
            },
            undo: NewUndoLink::for_email(&digest, id, begun.email.as_str(), at, until),
            prove: prove.queued(at),
            taken: taken.queued(at),
            told: told.queued(at),
        }));
        let outcome = begun.run(&begun.claim(), &effect).await;
        let refused = outcome == Outcome::Over(Found::Withdrawn);
        assert_eq!((refused, outcome == Outcome::Confirmed { ended: 0 }), (waits, !waits), "{outcome:?}");
        let written = [
            format!("email_changes WHERE user_id = '{id}'"),
            format!("undo_links WHERE user_id = '{id}'"),
            format!("pending_actions WHERE user_id = '{id}' AND used_at IS NOT NULL"),
        ];
        for rows in written {
            assert_eq!(begun.app.count(&rows).await, i64::from(!waits), "{rows}");
        }
    }
}
