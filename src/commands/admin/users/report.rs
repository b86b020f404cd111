//! What a command on one account prints, and the code with which it exits.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::domain::{AccountName, Moment};
use crate::models::account::{Account, AccountChange};

/// The result of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedResult {
    /// It is done.
    Done,
    /// There was nothing to change.
    Unchanged,
    /// There is no such account.
    NotFound,
}

impl ReportedResult {
    /// The exit code. Clap exits with 2, and a failure with 1.
    pub(in crate::commands::admin) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotFound => 3,
            Self::Unchanged => 4,
        }
    }
}

/// What a command reports about an account.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The result.
    pub result: ReportedResult,
    /// The sentence for people.
    pub message: String,
    /// The account.
    pub id: Option<Uuid>,
    /// Its email address.
    pub email: Option<String>,
    /// The number of sessions that were ended.
    pub sessions_ended: usize,
    /// The time until which the mailed link works.
    #[serde(serialize_with = "optional_rfc3339")]
    pub link_until: Option<DateTime<Utc>>,
}

impl Report {
    /// Something was done with an account.
    #[must_use]
    pub fn done(account: &Account, message: String) -> Self {
        Self {
            result: ReportedResult::Done,
            message,
            id: Some(account.id),
            email: Some(account.email.clone()),
            sessions_ended: 0,
            link_until: None,
        }
    }

    /// The account is already as asked for.
    #[must_use]
    pub fn unchanged(account: &Account, message: String) -> Self {
        Self { result: ReportedResult::Unchanged, ..Self::done(account, message) }
    }

    /// There is no such account.
    #[must_use]
    pub fn not_found(name: &AccountName) -> Self {
        let message = match name {
            AccountName::Id(id) => format!("there is no account with the id {id}"),
            AccountName::Email(email) => {
                format!("there is no account with the email address {}", email.as_str())
            }
        };
        let result = ReportedResult::NotFound;
        Self { result, message, id: None, email: None, sessions_ended: 0, link_until: None }
    }

    /// The same report, with the time until which the mailed link works, if there is one.
    #[must_use]
    pub(super) fn with_link(self, until: DateTime<Utc>) -> Self {
        Self { link_until: (self.result == ReportedResult::Done).then_some(until), ..self }
    }

    /// The report of a change, with the sentences for an account that was changed and for one that was not.
    pub(super) fn of(
        change: AccountChange,
        name: &AccountName,
        done: impl Fn(&Account, usize) -> String,
        unchanged: impl Fn(&Account) -> String,
    ) -> Result<Self, Failure> {
        Ok(match change {
            AccountChange::Done(account, ended) => {
                Self { sessions_ended: ended, ..Self::done(&account, done(&account, ended)) }
            }
            AccountChange::Unchanged(account) => Self::unchanged(&account, unchanged(&account)),
            AccountChange::NotFound => Self::not_found(name),
            AccountChange::Outdated => {
                anyhow::bail!(
                    "{name} was changed at the same moment, so nothing was done: run the command again"
                )
            }
        })
    }

    /// Prints it: what was done on standard output, anything else on standard error; with `json` always on standard
    /// output.
    pub(super) fn print(&self, json: bool) -> Result<ExitCode, Failure> {
        let message = terminal::visible(&self.message);
        if json {
            print!("{}", terminal::json(self)?);
        } else if self.result == ReportedResult::Done {
            println!("{message}");
        } else {
            eprintln!("unframed: {message}");
        }
        Ok(ExitCode::from(self.result.code()))
    }
}

/// A number of sessions in words.
pub(super) fn sessions(count: usize) -> String {
    match count {
        0 => "no session".to_owned(),
        1 => "1 session".to_owned(),
        _ => format!("{count} sessions"),
    }
}

/// A time in words.
pub(super) fn time(at: DateTime<Utc>) -> String {
    Moment::from(at).text
}

/// Serializes a time that may be missing as RFC 3339.
pub(in crate::commands::admin) fn optional_rfc3339<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => crate::domain::moment::as_rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}
