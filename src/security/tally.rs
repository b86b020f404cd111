//! Counts by key, kept in memory until they are stored. The number of keys is bounded, so that no flood
//! can fill the memory.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts for at most `most` keys; further keys are counted under `rest`.
#[derive(Debug)]
pub struct Tally<K, C> {
    most: usize,
    rest: K,
    counts: Mutex<BTreeMap<K, C>>,
}

impl<K: Ord + Clone, C: Default + AddAssign> Tally<K, C> {
    /// An empty tally for at most `most` keys besides `rest`.
    #[must_use]
    pub fn new(most: usize, rest: K) -> Self {
        Self { most, rest, counts: Mutex::default() }
    }

    /// Adds to the count of a key.
    pub fn add(&self, key: K, count: C) {
        let mut counts = self.lock();
        let others = counts.len() - usize::from(counts.contains_key(&self.rest));
        let key = if others < self.most || counts.contains_key(&key) { key } else { self.rest.clone() };
        *counts.entry(key).or_default() += count;
    }

    /// Takes all counts out of the tally.
    #[must_use]
    pub fn take(&self) -> BTreeMap<K, C> {
        std::mem::take(&mut *self.lock())
    }

    /// All counts, which stay.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<K, C>
    where
        C: Clone,
    {
        self.lock().clone()
    }

    /// Returns counts that were taken out and could not be stored.
    pub fn put_back(&self, counts: BTreeMap<K, C>) {
        for (key, count) in counts {
            self.add(key, count);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, C>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_beyond_the_limit_share_one_count() {
        let tally = Tally::new(2, "(others)".to_owned());
        for key in ["a", "b", "c", "a", "d", "b"] {
            tally.add(key.to_owned(), 1_i64);
        }
        let shown = |tally: &Tally<String, i64>| tally.take().into_iter().collect::<Vec<_>>();
        let counted = [("(others)".to_owned(), 2), ("a".to_owned(), 2), ("b".to_owned(), 2)];
        let taken = tally.take();
        assert_eq!(taken.clone().into_iter().collect::<Vec<_>>(), counted);
        assert_eq!(shown(&tally), []);
        tally.add("e".to_owned(), 1);
        tally.put_back(taken);
        let merged = [("(others)".to_owned(), 4), ("a".to_owned(), 2), ("e".to_owned(), 1)];
        assert_eq!(shown(&tally), merged);
    }
}
