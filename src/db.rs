//! Access to the database: the URL, the connection, the pool, the transaction that retries, and the
//! migrations. It knows no HTTP, and of our tables only
//! `leases`, which serializes the migrations, and the names of those whose rows expire.

mod connection;
pub mod database_url;
pub mod dialect;
pub mod expiring;
pub mod inspection;
pub mod local;
pub mod migrations;
pub mod pool;
pub mod shares;
pub mod tls;
pub mod transaction;
pub mod waits;

pub use database_url::DatabaseUrl;
pub use pool::{Pool, on_behalf_of};
pub use shares::Shares;
pub use transaction::{DatabaseError, idempotent_transaction, statement, transaction};
pub use waits::Waits;

/// Formats an error and its causes on one line.
///
/// The outer text of a failed connection ("error connecting to server") says nothing by itself. A
/// cause that the outer text already contains is left out.
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
