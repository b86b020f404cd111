//! How often transactions were run again, and how they failed: for the log, and for whoever measures.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::DatabaseError;

/// How often transactions of one name had to be run again, and how they failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Runs beyond the first.
    pub retries: u64,
    /// Transactions that ended without a result, nothing applied.
    pub failures: u64,
    /// Transactions of which nobody knows whether they were applied.
    pub unknown_commits: u64,
}

/// The tallies of a pool's transactions, by name.
#[derive(Debug, Default)]
pub struct Journal(Mutex<BTreeMap<&'static str, Tally>>);

impl Journal {
    /// The tallies so far; a name is listed once something happened to it.
    #[must_use]
    pub fn tallies(&self) -> BTreeMap<&'static str, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, name: &'static str, attempts: u32, error: Option<&DatabaseError>) {
        if attempts <= 1 && error.is_none() {
            return;
        }
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(name).or_default();
        tally.retries += u64::from(attempts.saturating_sub(1));
        match error {
            None => log::warn!("transaction {name}: done after {attempts} attempts"),
            Some(error) => {
                log::error!("transaction {name}: {error}");
                match error {
                    DatabaseError::CommitUnknown(_) => tally.unknown_commits += 1,
                    _ => tally.failures += 1,
                }
            }
        }
    }
}
