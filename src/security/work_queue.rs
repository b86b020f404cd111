//! A queue for work that keeps a processor busy, off the async threads. It is bounded three times: in the
//! work that runs at once, in the requests that wait, and in those of one network. The networks take turns.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{AcquireError, Semaphore};

use super::network::{Width, network};
use crate::db::{Shares, Waits};

/// The longest time that a request waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The most requests that work or wait; further ones are refused.
const LONGEST_QUEUE: usize = 100;
/// The most of them from one block of networks. So one network cannot fill the queue, even with right passwords.
const LARGEST_SHARE: usize = 20;

/// A queue. Clones share it.
#[derive(Clone)]
pub struct WorkQueue {
    turns: usize,
    at_once: Arc<Semaphore>,
    /// Where requests wait for their turn, so that those of [`WorkQueue::preferred`] go first. As many as there are turns
    /// have left it.
    door: Option<Arc<Semaphore>>,
    places: Arc<Semaphore>,
    shares: Shares,
    waits: Waits,
}

/// Why the work was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkProblem {
    /// Too many requests work or wait.
    #[error("the queue is full")]
    Busy,
    /// The work panicked.
    #[error("the work ended: {0}")]
    Failed(#[from] tokio::task::JoinError),
}

impl WorkQueue {
    /// A queue whose work takes at most `turns` threads.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        Self::of(turns, Arc::new(Semaphore::new(turns)), Some(Arc::new(Semaphore::new(turns))))
    }

    /// A queue for the same turns, with places and shares of its own. Its requests wait for the work that has begun, for
    /// those before them, and for as many requests of the other queue as there are turns.
    #[must_use]
    pub fn preferred(&self) -> Self {
        Self::of(self.turns, Arc::clone(&self.at_once), None)
    }

    fn of(turns: usize, at_once: Arc<Semaphore>, door: Option<Arc<Semaphore>>) -> Self {
        let (places, shares) = (Arc::new(Semaphore::new(LONGEST_QUEUE)), Shares::new(LARGEST_SHARE, 1));
        Self { turns, at_once, door, places, shares, waits: Waits::default() }
    }

    /// Runs work for a client in its turn.
    ///
    /// # Errors
    /// [`WorkProblem::Busy`] when too many wait, of all clients or of the client's network, or after five
    /// seconds.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        client: IpAddr,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkProblem> {
        let start = Instant::now();
        let worked = self.wait_and_work(client, start, work).await;
        if matches!(worked, Err(WorkProblem::Busy)) {
            self.waits.note(start.elapsed(), true);
        }
        worked
    }

    async fn wait_and_work<T: Send + 'static>(
        &self,
        client: IpAddr,
        start: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkProblem> {
        let share = self.shares.take(network(client, Width::Block)).ok_or(WorkProblem::Busy)?;
        let _place = self.places.try_acquire().map_err(|_full| WorkProblem::Busy)?;
        let turn = async {
            // Held until the work is done, so that the networks take turns.
            let next = share.turn().await?;
            let _door = match &self.door {
                Some(door) => Some(door.acquire().await?),
                None => None,
            };
            Ok::<_, AcquireError>((next, Arc::clone(&self.at_once).acquire_owned().await?))
        };
        let Ok(Ok(turn)) = tokio::time::timeout(LONGEST_WAIT, turn).await else {
            return Err(WorkProblem::Busy);
        };
        self.waits.note(start.elapsed(), false);
        let worked = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a request that is given up does not free its turn early.
            let _turn = turn;
            work()
        });
        Ok(worked.await?)
    }

    /// The waits for a turn.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// The number of requests whose work runs at the same time.
    #[must_use]
    pub fn turns(&self) -> usize {
        self.turns
    }

    /// The number of requests whose work runs now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.turns - self.at_once.available_permits()
    }

    /// The number of requests that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        (LONGEST_QUEUE - self.places.available_permits()).saturating_sub(self.running())
    }
}

impl std::fmt::Debug for WorkQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkQueue").field("turns", &self.turns).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(block: usize) -> IpAddr {
        IpAddr::from([192, 0, u8::try_from(block).unwrap(), 7])
    }

    async fn done(queue: &WorkQueue, clients: impl Iterator<Item = IpAddr>) -> usize {
        let all =
            clients.map(|client| queue.in_turn(client, || std::thread::sleep(Duration::from_millis(1))));
        let results = futures_util::future::join_all(all).await;
        results.iter().filter(|result| result.is_ok()).count()
    }

    #[tokio::test]
    async fn requests_beyond_the_queue_are_refused() {
        let queue = WorkQueue::new(2);
        assert_eq!(done(&queue, (0..LONGEST_QUEUE + 50).map(client)).await, LONGEST_QUEUE);
        assert!(queue.in_turn(client(1), || ()).await.is_ok(), "the queue is free again");
    }

    #[tokio::test]
    async fn one_network_fills_only_its_share() {
        let queue = WorkQueue::new(2);
        let (flood, owner) = (std::iter::repeat_n(client(1), 200), std::iter::once(client(2)));
        assert_eq!(done(&queue, flood.chain(owner)).await, LARGEST_SHARE + 1);
        assert_eq!(queue.shares.networks(), 0, "idle networks are forgotten");
    }

    #[tokio::test]
    async fn preferred_requests_wait_for_one_of_the_others_at_most() {
        use std::sync::Mutex;
        let (queue, order) = (WorkQueue::new(1), Arc::new(Mutex::new(Vec::new())));
        let preferred = queue.preferred();
        let note = |queue: &WorkQueue, name: usize| {
            let (order, queue) = (Arc::clone(&order), queue.clone());
            async move { queue.in_turn(client(name), move || order.lock().unwrap().push(name)).await }
        };
        let others = futures_util::future::join_all((1..=9).map(|name| note(&queue, name)));
        let first = futures_util::future::join_all([note(&preferred, 20), note(&preferred, 21)]);
        futures_util::future::join(others, first).await;
        assert_eq!(*order.lock().unwrap(), [1, 2, 20, 21, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[tokio::test]
    async fn the_networks_take_turns() {
        use std::sync::Mutex;
        let (queue, order) = (WorkQueue::new(1), Arc::new(Mutex::new(Vec::new())));
        let clients = [1, 1, 1, 1, 1, 2, 3].map(|block| {
            let order = Arc::clone(&order);
            queue.in_turn(client(block), move || order.lock().unwrap().push(block))
        });
        futures_util::future::join_all(clients).await;
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 1, 1, 1, 1]);
    }
}
