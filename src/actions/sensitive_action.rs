//! What each kind of sensitive action implements.

use std::fmt;
use std::future::Future;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::{EmailAddress, EventKind, Origin, ReturnOrigin};
use crate::error::AppError;
use crate::extract::{Done, SignedIn};
use crate::locales::Message;
use crate::mail::OccasionLetters;
use crate::models::pending_action::Owner;
use crate::models::second_factor::FactorId;
use crate::security::access_tokens::AccessTokens;
use crate::security::limits::Attempt;
use crate::security::receipts::Signer;
use crate::security::recovery_codes::RecoveryCodes;

/// A kind of sensitive action: its name, its limits, what it writes and where it leads.
pub trait SensitiveAction: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name of the kind: the column `kind`, and the template `templates/actions/<kind>.html`.
    const KIND: &'static str;
    /// The page on which the action begins: a route of the kind `Sensitive(Start)`, which may have a segment that varies.
    const START: &'static str;
    /// The kind of attempt that beginning it counts as.
    const ATTEMPT: Attempt;
    /// The event that the activity of the account lists when the action ran.
    const EVENT: EventKind;
    /// The word that the user types, with digits, besides the proof: for an action that cannot be undone
    /// later. A password may be filled in by the browser; the word is not.
    const WORD: Option<Message>;
    /// Whether the action can be begun while the account waits for its deletion.
    const WHILE_DELETION_WAITS: bool;
    /// Whether the action signs a receipt.
    const SIGNS: bool = false;

    /// The path of the page on which this action began.
    fn start_path(&self) -> String {
        Self::START.to_owned()
    }

    /// The page that follows when the action is cancelled.
    fn after_cancel(&self) -> String {
        Done::new(Message::DoneCancelled).at("/settings")
    }

    /// What the event is about, if the kind does not say it all.
    fn event_about(&self) -> Option<String> {
        None
    }

    /// The application on whose site the action ends.
    fn leads_to(&self) -> Option<ReturnOrigin> {
        None
    }

    /// The email address that gets a mail without having been proved to be the user's. Such mails are limited
    /// per recipient.
    fn unproved_recipient(&self) -> Option<&EmailAddress> {
        None
    }

    /// The second factor that the action removes, which therefore cannot prove it.
    fn removes(&self) -> Option<FactorId> {
        None
    }

    /// The tokens, dates and mails that the action writes. They are made outside the transaction, because
    /// a transaction may run several times.
    type Prepared: Send + Sync;

    /// Prepares what [`SensitiveAction::apply_in_txn`] writes. It changes nothing itself.
    fn prepare(&self, with: &Preparation<'_>) -> Result<Self::Prepared, AppError>;

    /// Writes what was prepared, for the session that began the action. Unless `may_mail`, the unproved recipient
    /// has got too many mails: the response is the same and nothing is sent to it.
    fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Self::Prepared,
        may_mail: bool,
        now: DateTime<Utc>,
    ) -> impl Future<Output = QueryResult<Applied>> + Send;

    /// The page that the user sees next.
    fn landing(&self, prepared: &Self::Prepared, applied: Applied) -> Landing;
}

/// The things that an action may use in [`SensitiveAction::prepare`].
pub struct Preparation<'a> {
    /// The mails.
    pub letters: OccasionLetters<'a>,
    /// The member who confirms.
    pub member: &'a SignedIn,
    /// Makes recovery codes.
    pub recovery_codes: &'a RecoveryCodes,
    /// Makes access tokens.
    pub access_tokens: &'a AccessTokens,
    /// The former email addresses of the account that can still take it back.
    pub former_addresses: &'a [EmailAddress],
    /// The kind of proof that the member has given.
    pub proof: &'static str,
    /// Our own origin, which receipts name.
    pub own: &'a Origin,
    /// Signs receipts, for an action that says so.
    pub signer: Option<&'a Signer>,
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
    /// It ran and made recovery codes, which the next page shows.
    MadeRecoveryCodes,
    /// The account has changed since the action began, so it did not run.
    Outdated,
}

/// The page that the user sees after an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// A page of the account, with a banner that says what was done. It must not ask for a recent sign-in: the action
    /// may have begun just before that was over.
    Page(&'static str, Done),
    /// The page of what the action made.
    Made(String),
    /// A page for everyone: the user was signed out.
    SignedOut(&'static str),
    /// A page of the application that asked for the action.
    Application(String),
}
