//! A queue for work that keeps a processor busy, off the async threads. It is bounded twice: in the work
//! that runs at once, and in the requests that wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// The longest time that a request waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The most requests that work or wait; further ones are refused.
const LONGEST_QUEUE: usize = 100;

/// A queue. Clones share it.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    turns: usize,
    at_once: Arc<Semaphore>,
    places: Arc<Semaphore>,
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
        let (at_once, places) = (Semaphore::new(turns), Semaphore::new(LONGEST_QUEUE));
        Self { turns, at_once: Arc::new(at_once), places: Arc::new(places) }
    }

    /// Runs work in its turn.
    ///
    /// # Errors
    /// [`WorkProblem::Busy`] when too many wait, or after five seconds.
    pub async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkProblem> {
        let _place = self.places.try_acquire().map_err(|_full| WorkProblem::Busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.at_once).acquire_owned());
        let Ok(Ok(turn)) = turn.await else { return Err(WorkProblem::Busy) };
        let worked = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a request that is given up does not free its turn early.
            let _turn = turn;
            work()
        });
        Ok(worked.await?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_beyond_the_queue_are_refused() {
        let queue = WorkQueue::new(2);
        let all =
            (0..LONGEST_QUEUE + 50).map(|_| queue.in_turn(|| std::thread::sleep(Duration::from_millis(1))));
        let results = futures_util::future::join_all(all).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), LONGEST_QUEUE);
        assert!(queue.in_turn(|| ()).await.is_ok(), "the queue is free again");
    }
}
