//! All SQL, one file a noun. Functions take the connection first and answer in the product's words:
//! a refusal is an `Ok(enum)`, so that no error that asks for a retry is swallowed. A function that
//! must run inside a transaction ends in `_in_txn`. No HTTP here.

pub mod outgoing_mail;
pub mod session;
pub mod throttle;
pub mod user;

use chrono::{DateTime, SubsecRound as _, Utc};

/// The present moment as both databases store it: to the microsecond.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
