//! Sensitive actions, one file each. An action is stored with everything it needs, described on
//! `/confirm/{id}`, confirmed with a proof, and run once in one serializable transaction. The stored
//! action is what the page shows and what runs; the form adds nothing. The text of an action is in
//! `templates/actions/<kind>.html`.

pub mod add_authenticator;
pub mod add_passkey;
pub mod approve_confirmation;
pub mod change_email;
pub mod change_password;
pub mod create_access_token;
pub mod delete_account;
pub mod export_data;
pub mod factor_addition;
pub mod factor_proof;
pub mod keep_account;
pub mod keep_factors;
pub mod make_recovery_codes;
pub mod notices;
pub mod page;
pub mod passkey_proof;
mod pending;
pub mod proof;
pub mod receipt;
pub mod remove_factor;
pub mod reset_factors;
pub mod restore_email;
pub mod revoke_other_sessions;
pub mod secure_account;
mod sensitive_action;
pub mod sign_in_proof;
pub mod undo;
pub mod undoable;

pub use self::add_authenticator::AddAuthenticator;
pub use self::add_passkey::AddPasskey;
pub use self::approve_confirmation::ApproveConfirmation;
pub use self::change_email::ChangeEmail;
pub use self::change_password::ChangePassword;
pub use self::create_access_token::CreateAccessToken;
pub use self::delete_account::DeleteAccount;
pub use self::export_data::ExportData;
pub use self::make_recovery_codes::MakeRecoveryCodes;
pub use self::pending::{Confirmation, Pending};
pub use self::remove_factor::RemoveFactor;
pub use self::revoke_other_sessions::RevokeOtherSessions;
pub use self::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::db;
use crate::domain::{LocalPath, ReturnOrigin, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::locales::Message;
use crate::models::pending_action::{self, StoredAction};
use crate::models::second_factor::FactorId;
use crate::models::session;
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Charged, Target};
use crate::state::AppState;

/// The properties of a kind of action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionKind {
    /// [`SensitiveAction::KIND`].
    pub name: &'static str,
    /// [`SensitiveAction::START`].
    pub start: &'static str,
    /// [`SensitiveAction::WORD`].
    pub word: Option<Message>,
}

impl ActionKind {
    /// The kind of an action.
    #[must_use]
    pub const fn of<A: SensitiveAction>() -> Self {
        Self { name: A::KIND, start: A::START, word: A::WORD }
    }
}

macro_rules! actions {
    ($($action:ident,)*) => {
        /// A sensitive action of any kind.
        #[derive(Clone, Debug)]
        pub enum Action {
            $(#[doc = concat!("See [`", stringify!($action), "`].")] $action($action),)*
        }

        /// All kinds of sensitive actions.
        pub const KINDS: &[ActionKind] = &[
            $(ActionKind::of::<$action>(),)*
        ];

        $(impl From<$action> for Action {
            fn from(action: $action) -> Self {
                Self::$action(action)
            }
        })*

        impl Action {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> ActionKind {
                match self {
                    $(Self::$action(_) => ActionKind::of::<$action>(),)*
                }
            }

            fn attempt(&self) -> Attempt {
                match self { $(Self::$action(_) => $action::ATTEMPT,)* }
            }

            /// The second factor that the action removes.
            #[must_use]
            pub fn removes(&self) -> Option<FactorId> {
                match self { $(Self::$action(action) => action.removes(),)* }
            }

            /// [`SensitiveAction::start_path`].
            #[must_use]
            pub fn start_path(&self) -> String {
                match self { $(Self::$action(action) => action.start_path(),)* }
            }

            /// [`SensitiveAction::after_cancel`].
            #[must_use]
            pub fn after_cancel(&self) -> String {
                match self { $(Self::$action(action) => action.after_cancel(),)* }
            }

            /// [`SensitiveAction::leads_to`].
            #[must_use]
            pub fn leads_to(&self) -> Option<ReturnOrigin> {
                match self { $(Self::$action(action) => action.leads_to(),)* }
            }

            /// The action as its row holds it.
            #[must_use]
            pub fn value(&self) -> serde_json::Value {
                // A struct of texts always has a JSON form.
                match self { $(Self::$action(action) => serde_json::json!(action),)* }
            }

            /// Reads the action of a row, as [`Action::value`] has written it.
            ///
            /// # Errors
            /// [`AppError::Internal`], which quotes nothing of the payload.
            pub fn parse(stored: &StoredAction) -> Result<Self, AppError> {
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

            async fn run(&self, claim: &pending::Claim<'_>) -> Result<Confirmation, AppError> {
                match self { $(Self::$action(action) => pending::run(action, claim).await,)* }
            }
        }
    };
}

actions! {
    ChangeEmail,
    ChangePassword,
    AddAuthenticator,
    AddPasskey,
    RemoveFactor,
    MakeRecoveryCodes,
    RevokeOtherSessions,
    CreateAccessToken,
    ExportData,
    ApproveConfirmation,
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
/// [`AppError::TooManyRequests`] beyond the limit of its kind; [`AppError::SignedOut`] if the session was
/// ended meanwhile.
pub async fn begin(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    action: impl Into<Action>,
) -> Result<String, AppError> {
    let action = action.into();
    let charged = admit(state, client, member, action.attempt()).await?;
    begin_admitted(state, member, action, &charged).await
}

/// Counts the beginning of an action, before anything is done for it.
///
/// # Errors
/// [`AppError::TooManyRequests`] beyond the limit.
pub async fn admit(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    attempt: Attempt,
) -> Result<Charged, AppError> {
    let target = Target::Account(member.user.id);
    match state.throttle.admit(&state.pool, attempt, client.address, target).await? {
        Admission::Admitted(charged) => Ok(charged),
        Admission::Wait(wait) => {
            log::warn!("user {} began too many actions: {attempt:?}", member.user.id);
            Err(AppError::TooManyRequests(wait))
        }
    }
}

/// As [`begin`], for an action whose beginning was counted before.
pub async fn begin_admitted(
    state: &AppState,
    member: &SignedIn,
    action: impl Into<Action>,
    charged: &Charged,
) -> Result<String, AppError> {
    let action = action.into();
    let kind = action.kind().name;
    let (token, stored) = (SecretToken::generate()?, stored(&action));
    let (digest, owner, session_digest) = (token.digest(), member.owner(), member.digest);
    let now = state.clock.now();
    let created = db::transaction(&state.pool, "pending_action_create", async |conn| {
        // The session may have ended, and the account may be deleted, since the request was read. A row
        // written now would outlive the account.
        let live = session::is_live(conn, owner.user_id, owner.session_id, now).await?;
        if live {
            pending_action::create_in_txn(conn, digest, owner, session_digest, &stored, now).await?;
        }
        Ok(live)
    });
    let created = created.await;
    if created.is_err() {
        state.throttle.give_back(&state.pool, charged).await;
    }
    if !created? {
        return Err(AppError::SignedOut(LocalPath::parse(&action.start_path())));
    }
    log::info!("user {} began {kind}", member.user.id);
    Ok(format!("/confirm/{}", token.encode()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

    #[test]
    fn a_payload_that_cannot_be_read_is_not_quoted() {
        for payload in [r#""ada@example.com""#, r#"{"from": {"ada@example.com": 1}}"#, r#"{"from": "ada@"}"#]
        {
            let stored = StoredAction { kind: ChangeEmail::KIND.to_owned(), payload: payload.to_owned() };
            let problem = Action::parse(&stored).unwrap_err().to_string();
            assert!(problem.contains("change_email") && !problem.contains("ada@"), "{problem}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn what_can_be_read_from_a_row_is_written_and_read_again_as_the_same(
            kind in proptest::sample::select(KINDS), name in text(), number in any::<i64>(), flag in any::<bool>(),
            other in made_of(&["{", "}", "[", "]", ":", ",", "null", "\"from\"", "\"to\"", "\"name\"", "\"hash\"", "1"]),
        ) {
            // The fields of every kind: each reads its own.
            let fields = serde_json::json!({
                "from": format!("{name}@example.com"), "to": "ada@example.com", "hash": name, "is_short": flag,
                "end_others": flag, "id": uuid::Uuid::from_u128(7), "name": name, "sealed_secret": name, "step": number,
                "credential_id": name, "credential": name, "factor": { "authenticator": uuid::Uuid::from_u128(7) },
                "is_last": flag, "application_id": uuid::Uuid::from_u128(7), "application": name, "title": "Pay",
                "details": [{ "label": "To", "value": "Bob" }], "danger": "high",
                "return_url": "https://payroll.example/",
                "scopes": name, "days": 30,
            });
            for payload in [fields.to_string(), other] {
                let Ok(action) = Action::parse(&StoredAction { kind: kind.name.to_owned(), payload }) else { continue };
                prop_assert_eq!(action.kind(), kind);
                let again = Action::parse(&stored(&action)).unwrap();
                prop_assert_eq!(again.value(), action.value());
            }
        }
    }
}
