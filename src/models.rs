//! All SQL, one file a noun. Functions take the connection first and answer in the product's words:
//! a refusal is an `Ok(enum)`, so that no error that asks for a retry is swallowed. A function that
//! must run inside a transaction ends in `_in_txn`. No HTTP here.

pub mod account_deletion;
pub mod email_change;
pub mod framing_attempt;
pub mod outgoing_mail;
pub mod pending_action;
pub mod session;
pub mod throttle;
pub mod undo_link;
pub mod user;
pub mod violation_report;

use chrono::{DateTime, SubsecRound as _, Utc};

/// Serializes a moment as RFC 3339 in UTC, to the second.
fn as_rfc3339<S: serde::Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&moment.format("%Y-%m-%dT%H:%M:%SZ"))
}

/// The present moment as both databases store it: to the microsecond.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
