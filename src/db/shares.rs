//! Fair shares of something scarce: connections to the database, turns of a processor. The clients of one network
//! share a bounded part, so that a flood from one network does not keep the others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The shares of all networks. Clones share them.
#[derive(Clone)]
pub struct Shares {
    most: usize,
    at_once: usize,
    taken: Taken,
}

/// The networks that use or wait for something now.
type Taken = Arc<Mutex<HashMap<Option<IpNet>, Share>>>;

struct Share {
    places: usize,
    turns: Arc<Semaphore>,
}

/// A place of a network. It is free again when this is dropped.
pub struct Place {
    taken: Taken,
    network: Option<IpNet>,
    turns: Arc<Semaphore>,
}

impl Shares {
    /// Each network has `most` places, of which `at_once` have a turn; the others wait.
    #[must_use]
    pub fn new(most: usize, at_once: usize) -> Self {
        Self { most, at_once, taken: Taken::default() }
    }

    /// Takes a place; `None` if the network has taken all of its own.
    #[must_use]
    pub fn take(&self, network: Option<IpNet>) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let share = taken
            .entry(network)
            .or_insert_with(|| Share { places: 0, turns: Arc::new(Semaphore::new(self.at_once)) });
        if share.places >= self.most {
            return None;
        }
        share.places += 1;
        Some(Place { taken: Arc::clone(&self.taken), network, turns: Arc::clone(&share.turns) })
    }

    /// The number of networks that have places.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Place {
    /// Waits for a turn of the network. It ends when the permit is dropped.
    ///
    /// # Errors
    /// Never: the semaphore is not closed.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.turns).acquire_owned().await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = taken.get_mut(&self.network) {
            share.places -= 1;
            if share.places == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(number: u8) -> Option<IpNet> {
        Some(IpNet::from(std::net::IpAddr::from([192, 0, number, 0])))
    }

    #[tokio::test]
    async fn a_network_has_its_places_and_its_turns_and_takes_none_from_another() {
        let shares = Shares::new(3, 1);
        let places: Vec<Place> = (0..3).filter_map(|_| shares.take(network(1))).collect();
        assert!(shares.take(network(1)).is_none() && shares.take(network(2)).is_some());
        let turn = places[0].turn().await.unwrap();
        let next = tokio::time::timeout(std::time::Duration::from_millis(20), places[1].turn());
        assert!(next.await.is_err(), "one turn at once");
        drop(turn);
        assert!(places[1].turn().await.is_ok());
        assert_eq!(shares.networks(), 1);
        drop(places);
        assert_eq!(shares.networks(), 0, "idle networks are forgotten");
    }
}
