//! A pending action on its way from the confirm page to the database: found, withdrawn, or confirmed once.

use chrono::{DateTime, Utc};
use diesel::result::Error as QueryError;

use super::notices;
use super::proof::{ProofState, Proven};
use super::{Action, Applied, Landing, Preparation, SensitiveAction, receipt, stored};
use crate::db::{self, DatabaseError};
use crate::domain::{EventKind, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::models::pending_action::{self, Owner, PendingState, StoredAction};
use crate::models::{security_event, throttle, user};
use crate::security::limits::Attempt;
use crate::security::throttle::Target;
use crate::state::AppState;

/// A pending action that its owner can confirm.
pub struct Pending {
    /// The digest of the token in its path.
    pub digest: TokenDigest,
    /// The action.
    pub action: Action,
    /// Renderings of the page that were served up to this moment are spent.
    pub spent_until: DateTime<Utc>,
}

impl Pending {
    /// Finds the pending action of a confirm page; if it cannot be confirmed, returns its state instead.
    pub async fn find(
        state: &AppState,
        member: &SignedIn,
        id: &str,
    ) -> Result<Result<Self, PendingState>, AppError> {
        let Some(token) = SecretToken::decode(id) else { return Ok(Err(PendingState::NotFound)) };
        let (digest, owner, now) = (token.digest(), member.owner(), state.clock.now());
        let found = db::statement(&state.pool, "pending_action_find", async |conn| {
            pending_action::find(conn, digest, owner, now).await
        });
        Ok(match found.await? {
            PendingState::Open { action, spent_until } => {
                Ok(Self { digest, action: Action::parse(&action)?, spent_until })
            }
            over => Err(over),
        })
    }

    /// Withdraws the action.
    pub async fn withdraw(&self, state: &AppState, member: &SignedIn) -> Result<(), AppError> {
        withdraw(state, self.digest, member.owner()).await
    }

    /// Counts a wrong password or word on the rendering served at `served_at`; returns the new state.
    pub async fn note_wrong(
        &self,
        state: &AppState,
        client: &Client,
        member: &SignedIn,
        served_at: DateTime<Utc>,
    ) -> Result<PendingState, AppError> {
        let (digest, owner, now) = (self.digest, member.owner(), state.clock.now());
        let event = client.event(owner.user_id, EventKind::ProofFailed, now);
        let noted = db::transaction(&state.pool, "pending_action_note_wrong", async |conn| {
            security_event::create(conn, &event).await?;
            pending_action::note_wrong_in_txn(conn, digest, owner, served_at, now).await
        });
        Ok(noted.await?)
    }

    /// Runs the action, once, for a proof that was given on the rendering served at `served_at`.
    pub async fn confirm(
        &self,
        state: &AppState,
        client: &Client,
        member: &SignedIn,
        proven: &Proven,
        served_at: DateTime<Utc>,
    ) -> Result<Confirmation, AppError> {
        let shown = stored(&self.action);
        self.action.run(&Claim { state, client, member, proven, digest: self.digest, shown, served_at }).await
    }
}

async fn withdraw(state: &AppState, digest: TokenDigest, owner: Owner) -> Result<(), AppError> {
    let now = state.clock.now();
    let withdrawn = db::idempotent_transaction(&state.pool, "pending_action_withdraw", async |conn| {
        pending_action::withdraw(conn, digest, owner, now).await
    });
    Ok(withdrawn.await?)
}

/// The values that must match the row of an action to claim it, with their context.
pub(super) struct Claim<'a> {
    state: &'a AppState,
    client: &'a Client,
    member: &'a SignedIn,
    proven: &'a Proven,
    digest: TokenDigest,
    shown: StoredAction,
    served_at: DateTime<Utc>,
}

/// The result of confirming an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// It ran.
    Ran(Landing),
    /// It did not run, because of its state. `Open`: the rendering was spent.
    NotRun(PendingState),
    /// The password was changed while it was compared.
    ProofOutdated,
    /// The session was ended while the proof was checked.
    SessionEnded,
}

pub(super) async fn run<A: SensitiveAction>(action: &A, claim: &Claim<'_>) -> Result<Confirmation, AppError> {
    let Claim { state, client, member, proven, digest, ref shown, served_at } = *claim;
    let (owner, now) = (member.owner(), state.clock.now());
    let former_addresses = notices::former_addresses(state, owner.user_id).await?;
    let event = client.event(owner.user_id, A::EVENT, now).about(action.event_about());
    let signer = if A::SIGNS { Some(receipt::signer(state).await?) } else { None };
    let letters = state.letters.about(client.occasion(now, member.locale()));
    let spent = proven.prepare_use(&letters, &member.email()?, &former_addresses, event.clone(), now)?;
    let prepared = action.prepare(&Preparation {
        letters,
        member,
        recovery_codes: &state.recovery_codes,
        access_tokens: &state.access_tokens,
        former_addresses: &former_addresses,
        proof: proven.kind(),
        own: &state.config.public_url,
        signer: signer.as_ref(),
        now,
    })?;
    let charges = action.unproved_recipient().map_or_else(Vec::new, |to| {
        state.throttle.charges_for(Attempt::EmailChangeMail, Target::Mailbox(to))
    });
    let result = db::transaction(&state.pool, "pending_action_confirm", async |conn| {
        match proven.check_in_txn(conn, owner, now).await? {
            ProofState::Valid => {}
            ProofState::Outdated => return Ok(Err(Confirmation::ProofOutdated)),
            ProofState::SessionEnded => {
                let state = pending_action::find(conn, digest, owner, now).await?;
                // A form that was sent twice: its first copy ran, and ended the session itself.
                let ran = state == PendingState::Used;
                return Ok(Err(if ran { Confirmation::NotRun(state) } else { Confirmation::SessionEnded }));
            }
        }
        if !pending_action::claim_in_txn(conn, digest, owner, shown, served_at, now).await? {
            let state = pending_action::find(conn, digest, owner, now).await?;
            return Ok(Err(Confirmation::NotRun(state)));
        }
        // The mails were written to the address that the account had before the proof.
        if !user::has_email(conn, owner.user_id, &member.user.email).await? {
            return Err(QueryError::RollbackTransaction);
        }
        // Before the action: the mail about a recovery code has an undo link, which must undo what the code confirmed.
        if let Some(spent) = &spent
            && !spent.spend_in_txn(conn, owner.user_id, now).await?
        {
            return Err(QueryError::RollbackTransaction);
        }
        if spent.as_ref().is_some_and(|spent| !spent.is_recovery_code()) {
            user::keep_factors(conn, owner.user_id, now).await?;
        }
        // Counted with the action itself: a form that was sent twice counts once.
        let may_mail = charges.is_empty() || throttle::admit_in_txn(conn, &charges, now).await?;
        let applied = action.apply_in_txn(conn, owner, &prepared, may_mail, now).await?;
        if applied == Applied::Outdated {
            return Err(QueryError::RollbackTransaction);
        }
        security_event::create(conn, &event).await?;
        Ok(Ok(applied))
    });
    Ok(match result.await {
        Ok(Ok(applied)) => {
            log::info!("user {} confirmed {}", owner.user_id, A::KIND);
            Confirmation::Ran(action.landing(&prepared, applied))
        }
        Ok(Err(confirmation)) => confirmation,
        // The account is no longer the one that the page described. The proof is not spent.
        Err(DatabaseError::RolledBack) => {
            withdraw(state, digest, owner).await?;
            let over = db::statement(&state.pool, "pending_action_find_rolled_back", async |conn| {
                pending_action::find(conn, digest, owner, now).await
            });
            Confirmation::NotRun(over.await?)
        }
        Err(error) => return Err(error.into()),
    })
}
