//! Proof that the account's owner is present, because a click alone proves nothing. A proof is checked
//! outside the transaction, because that is slow, and re-checked inside it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::db;
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::models::pending_action::Owner;
use crate::models::{session, user};
use crate::security::limits::Attempt;
use crate::security::password_hashing::{Comparison, Work};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// A proof that the user gives.
pub enum Proof {
    /// The current password.
    Password(String),
}

/// The result of checking a proof.
pub enum ProofCheck {
    /// It is right.
    Proven(Proven),
    /// It is wrong.
    Wrong,
    /// The rate limit is spent until this time has passed.
    Wait(Duration),
}

/// A right proof, with the stored secret that it matched.
pub struct Proven(Compared);

enum Compared {
    PasswordHash(String),
}

/// The state of a proof at the moment at which it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofState {
    /// It still counts.
    Valid,
    /// The secret that it matched has changed since.
    Outdated,
    /// The session that gave it has ended since.
    SessionEnded,
}

impl Proof {
    /// Checks the proof of a member. Every attempt is counted, by account and network, before it is
    /// checked. A right one is given back, and so is one that we could not check.
    ///
    /// # Errors
    /// [`AppError::Busy`] when too many passwords wait to be compared.
    pub async fn check(
        self,
        state: &AppState,
        client: &Client,
        member: &SignedIn,
    ) -> Result<ProofCheck, AppError> {
        let id = member.user.id;
        let (throttle, target) = (&state.throttle, Target::Account(id));
        let charged = match throttle.admit(&state.pool, Attempt::Proof, client.address, target).await? {
            Admission::Admitted(charged) => charged,
            Admission::Wait(wait) => {
                log::warn!("user {id}: too many proofs");
                return Ok(ProofCheck::Wait(wait));
            }
        };
        let credentials = db::statement(&state.pool, "user_find_credentials", async |conn| {
            user::find_credentials(conn, id).await
        });
        let hash = credentials.await?.ok_or(AppError::AccountGone)?.password_hash;
        let Self::Password(typed) = self;
        let compared = state.hashing.compare(Work::Proof, client.address, &typed, hash.clone()).await;
        if !matches!(compared, Ok(Comparison::Wrong)) {
            throttle.give_back(&state.pool, &charged).await;
        }
        Ok(match (compared?, hash) {
            (Comparison::Right { .. }, Some(hash)) => {
                ProofCheck::Proven(Proven(Compared::PasswordHash(hash)))
            }
            (Comparison::Right { .. } | Comparison::Wrong, _) => ProofCheck::Wrong,
        })
    }
}

impl Proven {
    /// Checks inside the transaction that the proof still counts, and that the session that gave it is
    /// still live: another device may have ended it during a slow comparison.
    pub async fn check_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        owner: Owner,
        now: DateTime<Utc>,
    ) -> QueryResult<ProofState> {
        if !session::is_live(conn, owner.user_id, owner.session_id, now).await? {
            return Ok(ProofState::SessionEnded);
        }
        let Compared::PasswordHash(hash) = &self.0;
        let valid = user::has_password_hash(conn, owner.user_id, hash).await?;
        Ok(if valid { ProofState::Valid } else { ProofState::Outdated })
    }
}
