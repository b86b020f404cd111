//! An account as `list` and `show` print it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::report::optional_rfc3339;
use crate::domain::moment::as_rfc3339;
use crate::models::account::Account;

/// Whether and how an account can be used. The first that applies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AccountStatus {
    /// An operator disabled it.
    Disabled,
    /// It waits for its deletion.
    ToBeDeleted,
    /// Its owner has not chosen a password.
    NoPassword,
    /// Its owner can sign in.
    Active,
}

/// An account in a list.
#[derive(Debug, Serialize)]
pub(super) struct Overview {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) name: String,
    #[serde(serialize_with = "as_rfc3339")]
    pub(super) created_at: DateTime<Utc>,
    pub(super) status: AccountStatus,
    #[serde(serialize_with = "optional_rfc3339")]
    pub(super) disabled_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "optional_rfc3339")]
    pub(super) delete_after: Option<DateTime<Utc>>,
    pub(super) has_password: bool,
    #[serde(serialize_with = "optional_rfc3339")]
    pub(super) second_factor_since: Option<DateTime<Utc>>,
    #[serde(serialize_with = "optional_rfc3339")]
    pub(super) factors_reset_after: Option<DateTime<Utc>>,
    pub(super) sessions: i64,
}

impl Overview {
    pub(super) fn new(account: Account, sessions: i64) -> Self {
        let Account { id, email, display_name: name, created_at, .. } = account;
        let Account { disabled_at, delete_after, has_password, .. } = account;
        let Account { second_factor_since, factors_reset_after, .. } = account;
        let status = match (disabled_at, delete_after, has_password) {
            (Some(_), ..) => AccountStatus::Disabled,
            (None, Some(_), _) => AccountStatus::ToBeDeleted,
            (None, None, false) => AccountStatus::NoPassword,
            (None, None, true) => AccountStatus::Active,
        };
        Self {
            id,
            email,
            name,
            created_at,
            status,
            disabled_at,
            delete_after,
            has_password,
            second_factor_since,
            factors_reset_after,
            sessions,
        }
    }

    /// The status in words.
    pub(super) const fn status(&self) -> &'static str {
        match self.status {
            AccountStatus::Disabled => "disabled",
            AccountStatus::ToBeDeleted => "to be deleted",
            AccountStatus::NoPassword => "no password",
            AccountStatus::Active => "active",
        }
    }

    /// Whether a sign-in needs a second factor, in words.
    pub(super) const fn second_factor(&self) -> &'static str {
        match (self.second_factor_since, self.factors_reset_after) {
            (None, _) => "no",
            (Some(_), None) => "yes",
            (Some(_), Some(_)) => "to be removed",
        }
    }
}

/// A time in a column.
pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}
