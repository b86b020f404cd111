//! Proof that the account's owner is present, because a click alone proves nothing. A confirm page asks for the strongest
//! proof that the account has. A proof is checked outside the transaction, because that is slow, and re-checked inside it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::Serialize;

use super::factor_proof::{FactorCheck, FactorOwner, FactorProof, FactorUse, KnownClient, ProvenFactor};
use crate::db;
use crate::domain::EmailAddress;
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::mail::OccasionLetters;
use crate::models::pending_action::Owner;
use crate::models::second_factor::{self, FactorId};
use crate::models::security_event::NewSecurityEvent;
use crate::models::{session, user};
use crate::security::limits::Attempt;
use crate::security::passkeys::Passkeys;
use crate::security::password_hashing::{Comparison, Work};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// The kind of proof that a confirm page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// The password: the account has no second factor.
    Password,
    /// A passkey.
    Passkey,
    /// A code of an authenticator app. A recovery code stands in for it.
    Code,
    /// A recovery code: the account has no other second factor, or the action removes it.
    RecoveryCode,
}

/// The kind of a password, as receipts name it. Every other kind is a second factor.
pub const PASSWORD: &str = "password";

/// The proof that a confirm page asks for, and the passkeys that can give it.
pub struct AskedProof {
    /// The kind.
    pub kind: ProofKind,
    /// The stored passkeys, as JSON.
    pub passkeys: Vec<String>,
}

impl AskedProof {
    /// The strongest proof that a member has, without the factor that the action removes. `typed` asks for one that can be
    /// typed: in a browser without scripts, or on a device without the passkey.
    pub async fn of(
        state: &AppState,
        member: &SignedIn,
        except: Option<FactorId>,
        typed: bool,
    ) -> Result<Self, AppError> {
        let asked = |kind| Self { kind, passkeys: Vec::new() };
        if member.user.second_factor_since.is_none() {
            return Ok(asked(ProofKind::Password));
        }
        let id = member.user.id;
        let factors = db::statement(&state.pool, "second_factor_find_for_proof", async |conn| {
            second_factor::find(conn, id).await
        });
        let factors = factors.await?;
        let other = |factor: FactorId| except != Some(factor);
        let passkeys = factors.passkeys.into_iter().filter(|found| other(FactorId::Passkey(found.id)));
        let readable = passkeys.map(|found| found.credential).filter(|stored| Passkeys::can_read(stored));
        let passkeys: Vec<String> = readable.collect();
        if !passkeys.is_empty() && !typed && state.passkeys.is_some() {
            return Ok(Self { kind: ProofKind::Passkey, passkeys });
        }
        let mut apps = factors.authenticators.iter();
        let has_app = apps.any(|found| other(FactorId::Authenticator(found.id)));
        Ok(asked(if has_app { ProofKind::Code } else { ProofKind::RecoveryCode }))
    }
}

/// A proof that the user gives.
pub enum Proof {
    /// The current password.
    Password(String),
    /// A second factor.
    Factor(FactorProof),
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

/// A right proof, with what it matched.
pub enum Proven {
    /// The stored hash of the password.
    PasswordHash(String),
    /// The second factor.
    Factor(ProvenFactor),
}

/// The state of a proof at the moment at which it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofState {
    /// It still counts.
    Valid,
    /// The secret that it matched has changed or was spent since, or the account has got a second factor.
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
        &self,
        state: &AppState,
        client: &Client,
        member: &SignedIn,
        except: Option<FactorId>,
    ) -> Result<ProofCheck, AppError> {
        match self {
            Self::Password(typed) => check_password(typed, state, client, member).await,
            Self::Factor(factor) => {
                let known = Some(KnownClient::Session(member.session.id));
                let owner = FactorOwner { user_id: member.user.id, known, except };
                Ok(match factor.check(state, client, owner).await? {
                    FactorCheck::Proven(proven) => ProofCheck::Proven(Proven::Factor(proven)),
                    FactorCheck::Wrong => ProofCheck::Wrong,
                    FactorCheck::Wait(wait) => ProofCheck::Wait(wait),
                })
            }
        }
    }
}

async fn check_password(
    typed: &str,
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
    let compared = state.hashing.compare(Work::Proof, client.address, typed, hash.clone()).await;
    if !matches!(compared, Ok(Comparison::Wrong)) {
        throttle.give_back(&state.pool, &charged).await;
    }
    Ok(match (compared?, hash) {
        (Comparison::Right { .. }, Some(hash)) => ProofCheck::Proven(Proven::PasswordHash(hash)),
        (Comparison::Right { .. } | Comparison::Wrong, _) => ProofCheck::Wrong,
    })
}

impl Proven {
    /// The kind of proof, as receipts name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PasswordHash(_) => PASSWORD,
            Self::Factor(factor) => factor.kind(),
        }
    }

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
        let valid = match self {
            Self::PasswordHash(hash) => user::has_only_password(conn, owner.user_id, hash).await?,
            Self::Factor(factor) => factor.is_valid(conn, owner.user_id).await?,
        };
        Ok(if valid { ProofState::Valid } else { ProofState::Outdated })
    }

    /// Prepares to spend a second factor; `None` for a password.
    ///
    /// # Errors
    /// As [`ProvenFactor::prepare`].
    pub fn prepare_use(
        &self,
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        event: NewSecurityEvent,
        now: DateTime<Utc>,
    ) -> Result<Option<FactorUse<'_>>, AppError> {
        match self {
            Self::PasswordHash(_) => Ok(None),
            Self::Factor(factor) => factor.prepare(letters, to, former, event, now).map(Some),
        }
    }
}
