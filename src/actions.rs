//! Sensitive actions, one file each. An action is stored with everything it needs, described on
//! `/confirm/{id}`, confirmed with a proof, and run once in one serializable transaction. The stored
//! action is what the page shows and what runs; the form adds nothing. The text of an action is in
//! `templates/actions/<kind>.html`.

pub mod change_email;
pub mod delete_account;
pub mod page;
pub mod proof;
pub mod revoke_other_sessions;
pub mod undo;

use std::fmt;
use std::future::Future;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::change_email::ChangeEmail;
pub use self::delete_account::DeleteAccount;
use self::proof::{ProofState, Proven};
pub use self::revoke_other_sessions::RevokeOtherSessions;
use crate::db;
use crate::domain::{SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, Done, SignedIn};
use crate::mail::Letters;
use crate::models::pending_action::{self, Owner, PendingState, StoredAction};
use crate::security::throttle::{Admission, Limit};
use crate::state::AppState;

/// A kind of sensitive action: its name, its limits, what it writes and where it leads.
pub trait SensitiveAction: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name of the kind: the column `kind`, and the template `templates/actions/<kind>.html`.
    const KIND: &'static str;
    /// The page on which the action begins: a route of the kind `Sensitive(Start)`.
    const START: &'static str;
    /// The limit on beginning it, for one account from one network.
    const LIMIT: Limit;
    /// The word that the user types, with digits, besides the proof: for an action that cannot be undone
    /// later. A password may be filled in by the browser; the word is not.
    const WORD: Option<&'static str>;
    /// Whether the action can be begun while the account waits for its deletion.
    const WHILE_DELETION_WAITS: bool;

    /// The tokens, dates and mails that the action writes. They are made outside the transaction, because
    /// a transaction may run several times.
    type Prepared: Send + Sync;

    /// Prepares what [`SensitiveAction::apply_in_txn`] writes. It changes nothing itself.
    fn prepare(&self, with: &Preparation<'_>) -> Result<Self::Prepared, AppError>;

    /// Writes what was prepared, for the session that began the action.
    fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Self::Prepared,
        now: DateTime<Utc>,
    ) -> impl Future<Output = QueryResult<Applied>> + Send;

    /// The page that the user sees next.
    fn landing(&self, applied: Applied) -> Landing;
}

/// The things that an action may use in [`SensitiveAction::prepare`].
pub struct Preparation<'a> {
    /// The mails.
    pub letters: &'a Letters,
    /// The member who confirms.
    pub member: &'a SignedIn,
    /// The time now.
    pub now: DateTime<Utc>,
}

/// The result of running an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It ran, and ended this many sessions.
    Ran {
        /// The number of sessions.
        ended: usize,
    },
    /// The account has changed since the action began, so it did not run.
    Outdated,
}

/// The page that the user sees after an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// A page of the account, with a banner that says what was done.
    Page(&'static str, Done),
    /// A page for everyone: the user was signed out.
    SignedOut(&'static str),
}

/// The properties of a kind of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// [`SensitiveAction::KIND`].
    pub name: &'static str,
    /// [`SensitiveAction::START`].
    pub start: &'static str,
    /// [`SensitiveAction::WORD`].
    pub word: Option<&'static str>,
}

macro_rules! actions {
    ($($action:ident,)*) => {
        /// A sensitive action of any kind.
        #[derive(Clone, Debug)]
        pub enum Action {
            $(#[doc = concat!("See [`", stringify!($action), "`].")] $action($action),)*
        }

        /// All kinds of sensitive actions.
        pub const KINDS: &[Kind] = &[
            $(Kind { name: $action::KIND, start: $action::START, word: $action::WORD },)*
        ];

        $(impl From<$action> for Action {
            fn from(action: $action) -> Self {
                Self::$action(action)
            }
        })*

        impl Action {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$action(_) => {
                        Kind { name: $action::KIND, start: $action::START, word: $action::WORD }
                    })*
                }
            }

            fn limit(&self) -> Limit {
                match self { $(Self::$action(_) => $action::LIMIT,)* }
            }

            /// The action as its row holds it.
            #[must_use]
            pub fn value(&self) -> serde_json::Value {
                // A struct of texts always has a JSON form.
                match self { $(Self::$action(action) => serde_json::json!(action),)* }
            }

            fn parse(stored: &StoredAction) -> Result<Self, AppError> {
                let unreadable = |error: serde_json::Error| {
                    let place = unreadable(&error);
                    AppError::Internal(format!("a pending action of kind {}: {place}", stored.kind))
                };
                match stored.kind.as_str() {
                    $($action::KIND => {
                        serde_json::from_str(&stored.payload).map(Self::$action).map_err(unreadable)
                    })*
                    unknown => Err(AppError::Internal(format!("a pending action of kind {unknown}"))),
                }
            }

            async fn run(&self, claim: &Claim<'_>) -> Result<Confirmation, AppError> {
                match self { $(Self::$action(action) => run(action, claim).await,)* }
            }
        }
    };
}

actions! {
    ChangeEmail,
    RevokeOtherSessions,
    DeleteAccount,
}

/// Says where a payload cannot be read, for the log. The error itself may quote an email address.
fn unreadable(error: &serde_json::Error) -> String {
    format!("unreadable ({:?}) at column {}", error.classify(), error.column())
}

/// The row of an action.
fn stored(action: &Action) -> StoredAction {
    StoredAction { kind: action.kind().name.to_owned(), payload: action.value().to_string() }
}

/// Stores a pending action and returns the path of its confirm page, which no other page can know.
///
/// # Errors
/// [`AppError::TooManyRequests`] beyond the limit of its kind.
pub async fn begin(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    action: impl Into<Action>,
) -> Result<String, AppError> {
    let action = action.into();
    let (email, kind) = (member.email()?, action.kind().name);
    let admission = state.throttle.admit(&state.pool, action.limit(), client.address, Some(&email)).await?;
    if let Admission::Wait(wait) = admission {
        log::warn!("user {} began too many actions: {kind}", member.user.id);
        return Err(AppError::TooManyRequests(wait));
    }
    let (token, stored) = (SecretToken::generate()?, stored(&action));
    let (digest, owner, now) = (token.digest(), member.owner(), state.clock.now());
    db::transaction(&state.pool, "pending_action_create", async |conn| {
        pending_action::create_in_txn(conn, digest, owner, &stored, now).await
    })
    .await?;
    log::info!("user {} began {kind}", member.user.id);
    Ok(format!("/confirm/{}", token.encode()))
}

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
        let (digest, owner, now) = (self.digest, member.owner(), state.clock.now());
        let withdrawn = db::idempotent_transaction(&state.pool, "pending_action_withdraw", async |conn| {
            pending_action::withdraw(conn, digest, owner, now).await
        });
        Ok(withdrawn.await?)
    }

    /// Counts a wrong password or word on the rendering served at `served_at`; returns the new state.
    pub async fn note_wrong(
        &self,
        state: &AppState,
        member: &SignedIn,
        served_at: DateTime<Utc>,
    ) -> Result<PendingState, AppError> {
        let (digest, owner, now) = (self.digest, member.owner(), state.clock.now());
        let noted = db::transaction(&state.pool, "pending_action_note_wrong", async |conn| {
            pending_action::note_wrong_in_txn(conn, digest, owner, served_at, now).await
        });
        Ok(noted.await?)
    }

    /// Runs the action, once, for a proof that was given on the rendering served at `served_at`.
    pub async fn confirm(
        &self,
        state: &AppState,
        member: &SignedIn,
        proven: &Proven,
        served_at: DateTime<Utc>,
    ) -> Result<Confirmation, AppError> {
        let shown = stored(&self.action);
        self.action.run(&Claim { state, member, proven, digest: self.digest, shown, served_at }).await
    }
}

/// The values that must match the row of an action to claim it, with their context.
struct Claim<'a> {
    state: &'a AppState,
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

async fn run<A: SensitiveAction>(action: &A, claim: &Claim<'_>) -> Result<Confirmation, AppError> {
    let Claim { state, member, proven, digest, ref shown, served_at } = *claim;
    let (owner, now) = (member.owner(), state.clock.now());
    let prepared = action.prepare(&Preparation { letters: &state.letters, member, now })?;
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
        let applied = action.apply_in_txn(conn, owner, &prepared, now).await?;
        if applied == Applied::Outdated {
            pending_action::withdraw_claimed_in_txn(conn, digest, now).await?;
            return Ok(Err(Confirmation::NotRun(PendingState::Withdrawn)));
        }
        Ok(Ok(applied))
    });
    Ok(match result.await? {
        Ok(applied) => {
            log::info!("user {} confirmed {}", owner.user_id, A::KIND);
            Confirmation::Ran(action.landing(applied))
        }
        Err(confirmation) => confirmation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_cannot_be_read_is_not_quoted() {
        for payload in [r#""ada@example.com""#, r#"{"from": {"ada@example.com": 1}}"#, r#"{"from": "ada@"}"#]
        {
            let stored = StoredAction { kind: ChangeEmail::KIND.to_owned(), payload: payload.to_owned() };
            let problem = Action::parse(&stored).unwrap_err().to_string();
            assert!(problem.contains("change_email") && !problem.contains("ada@"), "{problem}");
        }
    }
}
