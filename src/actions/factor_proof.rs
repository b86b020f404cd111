//! Proof by a second factor: a code of an authenticator app, a recovery code, or a passkey. Sign-in and confirm pages take
//! the same. It is checked outside the transaction, and spent inside it: each code works once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::notices::Notices;
use super::passkey_proof::{PasskeyAnswer, ProvenPasskey};
use crate::db;
use crate::domain::{EmailAddress, EventKind, RecoveryCode, TokenDigest};
use crate::error::AppError;
use crate::extract::Client;
use crate::mail::OccasionLetters;
use crate::models::second_factor::FactorId;
use crate::models::security_event::{self, NewSecurityEvent};
use crate::models::{authenticator, recovery_code};
use crate::security::device_cookie::KnownDevice;
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// A second factor as the user shows it.
pub enum FactorProof {
    /// A code of an authenticator app, or a recovery code.
    Code(String),
    /// A passkey.
    Passkey {
        /// The sealed state of the form.
        sealed: String,
        /// What the browser sent.
        answer: String,
        /// What the state is bound to.
        bound_to: TokenDigest,
    },
}

/// The account whose second factor is asked for.
#[derive(Clone, Copy)]
pub struct FactorOwner {
    /// The account.
    pub user_id: Uuid,
    /// The client, if the account knows it.
    pub known: Option<KnownClient>,
    /// The factor that does not count: the one that the action removes.
    pub except: Option<FactorId>,
}

/// A client that an account knows: strangers cannot spend its attempts.
#[derive(Clone, Copy)]
pub enum KnownClient {
    /// A browser that has signed in before.
    Device(KnownDevice),
    /// A session.
    Session(Uuid),
}

/// The result of checking a second factor.
pub enum FactorCheck {
    /// It is right.
    Proven(ProvenFactor),
    /// It is wrong.
    Wrong,
    /// The rate limit is spent until this time has passed.
    Wait(Duration),
}

/// A right second factor that is not spent yet.
pub struct ProvenFactor(Shown);

enum Shown {
    Authenticator { id: Uuid, step: i64 },
    RecoveryCode(TokenDigest),
    Passkey(ProvenPasskey),
}

impl From<ProvenPasskey> for ProvenFactor {
    fn from(passkey: ProvenPasskey) -> Self {
        Self(Shown::Passkey(passkey))
    }
}

impl FactorProof {
    /// Checks a second factor. Every attempt is counted before it is checked, and a right one is given back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check(
        &self,
        state: &AppState,
        client: &Client,
        owner: FactorOwner,
    ) -> Result<FactorCheck, AppError> {
        let recovery_code = match self {
            Self::Code(typed) => RecoveryCode::parse(typed),
            Self::Passkey { .. } => None,
        };
        // Nobody guesses a passkey or a recovery code, so guesses at the six digits do not keep the owner from using them.
        let guessable = matches!(self, Self::Code(_)) && recovery_code.is_none();
        let charged = match admit(state, client, owner, guessable).await? {
            Admission::Admitted(charged) => charged,
            Admission::Wait(wait) => {
                log::warn!("user {}: too many second factors", owner.user_id);
                return Ok(FactorCheck::Wait(wait));
            }
        };
        let found = match (self, recovery_code) {
            (_, Some(code)) => find_recovery_code(state, owner, &code).await,
            (Self::Code(typed), None) => find_authenticator(state, owner, typed).await,
            (Self::Passkey { sealed, answer, bound_to }, None) => {
                let except = owner.except.and_then(FactorId::passkey);
                let answer = PasskeyAnswer { sealed, answer, bound_to: bound_to.as_bytes() };
                answer.find_of(state, owner.user_id, except).await.map(|found| found.map(Shown::Passkey))
            }
        };
        if !matches!(found, Ok(None)) {
            state.throttle.give_back(&state.pool, &charged).await;
        }
        Ok(found?.map_or(FactorCheck::Wrong, |shown| FactorCheck::Proven(ProvenFactor(shown))))
    }
}

async fn admit(
    state: &AppState,
    client: &Client,
    owner: FactorOwner,
    guessable: bool,
) -> Result<Admission, AppError> {
    let (throttle, pool, network) = (&state.throttle, &state.pool, client.address);
    let account = Target::Account(owner.user_id);
    if !guessable {
        return Ok(throttle.admit(pool, Attempt::StrongFactor, network, account).await?);
    }
    if let Some(known) = owner.known {
        let (attempt, target) = match known {
            KnownClient::Device(device) => (Attempt::KnownDeviceCode, Target::Device(device)),
            KnownClient::Session(id) => (Attempt::SessionCode, Target::Session(id)),
        };
        if let Some(charged) = throttle.admit_first(pool, attempt, network, target).await? {
            return Ok(Admission::Admitted(charged));
        }
    }
    Ok(throttle.admit(pool, Attempt::Code, network, account).await?)
}

async fn find_recovery_code(
    state: &AppState,
    owner: FactorOwner,
    code: &RecoveryCode,
) -> Result<Option<Shown>, AppError> {
    let digest = code.digest(owner.user_id);
    let unused = db::statement(&state.pool, "recovery_code_is_unused", async |conn| {
        recovery_code::is_unused(conn, owner.user_id, digest).await
    });
    Ok(unused.await?.then_some(Shown::RecoveryCode(digest)))
}

async fn find_authenticator(
    state: &AppState,
    owner: FactorOwner,
    typed: &str,
) -> Result<Option<Shown>, AppError> {
    let (user_id, now) = (owner.user_id, state.clock.now());
    let found = db::statement(&state.pool, "authenticator_list", async |conn| {
        authenticator::list(conn, user_id).await
    });
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let counts = |id| owner.except != Some(FactorId::Authenticator(id));
    for found in found.await?.into_iter().filter(|found| counts(found.id)) {
        let secret = match state.authenticator_secrets.open(user_id, &found.sealed_secret) {
            Ok(secret) => secret,
            // The key that sealed it is no longer in SECRET_KEY. The user's other factors go on working.
            Err(problem) => {
                log::error!("user {user_id}: the secret of authenticator {} {problem}", found.id);
                continue;
            }
        };
        let step = secret.matching_step(&digits, now);
        if let Some(step) = step.filter(|step| *step > found.last_step) {
            return Ok(Some(Shown::Authenticator { id: found.id, step }));
        }
    }
    Ok(None)
}

impl ProvenFactor {
    /// The kind of factor, as receipts name it.
    #[must_use]
    pub(super) fn kind(&self) -> &'static str {
        match &self.0 {
            Shown::Authenticator { .. } => "totp",
            Shown::RecoveryCode(_) => "recovery_code",
            Shown::Passkey(_) => "passkey",
        }
    }

    /// Whether it can still be spent: another request may have spent it, or removed the factor.
    pub async fn is_valid(&self, conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
        match &self.0 {
            Shown::Authenticator { id, step } => authenticator::accepts(conn, *id, *step).await,
            Shown::RecoveryCode(digest) => recovery_code::is_unused(conn, user_id, *digest).await,
            Shown::Passkey(passkey) => passkey.is_valid(conn).await,
        }
    }

    /// Prepares to spend it: the use of a recovery code is told to the owner.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn prepare(
        &self,
        letters: &OccasionLetters<'_>,
        to: &EmailAddress,
        former: &[EmailAddress],
        event: NewSecurityEvent,
        now: DateTime<Utc>,
    ) -> Result<FactorUse<'_>, AppError> {
        let told = match &self.0 {
            Shown::RecoveryCode(_) => {
                let kind = EventKind::RecoveryCodeUsed;
                Some((Notices::with_link(letters, to, former, kind, now)?, event.of_kind(kind)))
            }
            Shown::Authenticator { .. } | Shown::Passkey(_) => None,
        };
        Ok(FactorUse { factor: self, told })
    }
}

/// A right second factor, with what its use writes.
pub struct FactorUse<'a> {
    factor: &'a ProvenFactor,
    told: Option<(Notices, NewSecurityEvent)>,
}

impl FactorUse<'_> {
    /// Whether the factor only stands in for one that the owner may have lost.
    #[must_use]
    pub fn is_recovery_code(&self) -> bool {
        matches!(self.factor.0, Shown::RecoveryCode(_))
    }

    /// Spends the factor; returns whether it was not spent before. Then the caller must change nothing.
    pub async fn spend_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        user_id: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<bool> {
        let spent = match &self.factor.0 {
            Shown::Authenticator { id, step } => authenticator::accept(conn, *id, *step, now).await?,
            Shown::RecoveryCode(digest) => recovery_code::set_used(conn, user_id, *digest, now).await?,
            Shown::Passkey(passkey) => passkey.use_in_txn(conn, now).await?,
        };
        if let Some((notices, event)) = self.told.as_ref().filter(|_| spent) {
            notices.queue_in_txn(conn, user_id, now).await?;
            security_event::create(conn, event).await?;
        }
        Ok(spent)
    }
}
