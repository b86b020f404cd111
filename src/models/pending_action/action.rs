//! What a pending action is: its kind, what the row holds of it, and what it asks for.

use diesel::QueryResult;
use diesel::result::Error as QueryError;
use serde::{Deserialize, Serialize};

use crate::domain::EmailAddress;

/// A sensitive change, with all that it needs to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Another address, once that has been proven.
    ChangeEmail {
        /// The account's address when it was begun.
        from: EmailAddress,
        /// The address that is wanted.
        to: EmailAddress,
    },
    /// End every session but the one that confirms.
    RevokeOtherSessions,
    /// Delete the account after a grace period.
    DeleteAccount,
}

impl Action {
    /// What stands in the column `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ChangeEmail { .. } => "change_email",
            Self::RevokeOtherSessions => "revoke_other_sessions",
            Self::DeleteAccount => "delete_account",
        }
    }

    /// Whether a word must be typed besides the proof: a password may be filled in by itself.
    #[must_use]
    pub fn asks_for_word(&self) -> bool {
        matches!(self, Self::DeleteAccount)
    }

    pub(super) fn payload(&self) -> QueryResult<String> {
        serde_json::to_string(self).map_err(|error| QueryError::SerializationError(error.into()))
    }

    pub(super) fn stored(payload: &str) -> QueryResult<Self> {
        serde_json::from_str(payload).map_err(|error| QueryError::DeserializationError(error.into()))
    }
}
