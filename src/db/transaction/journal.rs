//! Counts how often transactions were retried and how they failed, and logs each case.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::DatabaseError;

/// The retries and failures of the transactions with one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionTally {
    /// Attempts beyond the first.
    pub retries: u64,
    /// Transactions that failed and were certainly not applied.
    pub failures: u64,
    /// Transactions that failed and may have been applied.
    pub unknown_commits: u64,
}

/// The tallies of a pool's transactions, by label.
#[derive(Debug, Default)]
pub struct Journal(Mutex<BTreeMap<&'static str, TransactionTally>>);

impl Journal {
    /// The tallies so far. A label without retries or failures is not listed.
    #[must_use]
    pub fn tallies(&self) -> BTreeMap<&'static str, TransactionTally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn record(&self, label: &'static str, attempts: u32, error: Option<&DatabaseError>) {
        // A rollback that the body asked for is its result.
        let error = error.filter(|error| !matches!(error, DatabaseError::RolledBack));
        if attempts <= 1 && error.is_none() {
            return;
        }
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(label).or_default();
        tally.retries += u64::from(attempts.saturating_sub(1));
        match error {
            None => log::warn!("transaction {label}: done after {attempts} attempts"),
            Some(error) => {
                log::error!("transaction {label}: {error}");
                match error {
                    DatabaseError::CommitUnknown(_) => tally.unknown_commits += 1,
                    _ => tally.failures += 1,
                }
            }
        }
    }
}
