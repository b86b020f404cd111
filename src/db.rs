//! The way to the database: one URL, one connect function, one pool, one retrying transaction, one
//! migration tree. It knows no HTTP, and of our tables only the lease and the list of those that expire.

pub mod connect;
pub mod dialect;
pub mod expiring;
pub mod inspection;
pub mod local;
pub mod migrations;
pub mod pool;
pub mod tls;
pub mod transaction;

pub use connect::DatabaseUrl;
pub use pool::Pool;
pub use transaction::{DatabaseError, idempotent_transaction, statement, transaction};

/// An error with all its causes on one line: the outer text of a failed connection ("error
/// connecting to server") says nothing without them.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text.replace(['\n', '\r'], " ")
}
