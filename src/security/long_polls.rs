//! Bounds the requests that wait for an outcome: of one application, and of all together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// The most requests of one application that wait in this process.
pub const MOST_EACH: usize = 20;
/// The most requests that wait in this process.
pub const MOST: usize = 500;

/// The requests that wait, by application.
#[derive(Clone, Debug, Default)]
pub struct LongPolls(Arc<Mutex<BTreeMap<Uuid, usize>>>);

/// A request that waits, until it is dropped.
#[derive(Debug)]
pub struct Waiting {
    polls: LongPolls,
    application: Uuid,
}

impl LongPolls {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request of an application wait; `None` if too many wait already.
    #[must_use]
    pub fn enter(&self, application: Uuid) -> Option<Waiting> {
        let mut waiting = self.lock();
        let (all, own) = (waiting.values().sum::<usize>(), waiting.get(&application).copied());
        if all >= MOST || own.unwrap_or_default() >= MOST_EACH {
            return None;
        }
        *waiting.entry(application).or_default() += 1;
        drop(waiting);
        Some(Waiting { polls: self.clone(), application })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.polls.lock();
        if let Some(count) = waiting.get_mut(&self.application) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.application);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_application_and_all_together_have_a_bound_and_places_come_back() {
        let (polls, one) = (LongPolls::default(), Uuid::from_u128(1));
        let mut held: Vec<Waiting> = (0..MOST_EACH).map(|_| polls.enter(one).unwrap()).collect();
        assert!(polls.enter(one).is_none());
        held.pop();
        held.push(polls.enter(one).unwrap());
        for other in 2.. {
            let Some(waiting) = polls.enter(Uuid::from_u128(other)) else { break };
            held.push(waiting);
        }
        assert_eq!(held.len(), MOST);
        held.clear();
        assert!(polls.lock().is_empty());
    }
}
