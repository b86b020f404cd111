//! How long requests wait for something scarce, and how often in vain.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;

/// The upper bounds of the waits that are told apart, in seconds.
const BOUNDS: [f64; 9] = [0.0001, 0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 2.5, 5.0];

/// All waits since the start. Clones share them.
#[derive(Clone, Debug)]
pub struct Waits {
    /// The time that each one took, in seconds.
    pub seconds: Histogram,
    failures: Arc<AtomicU64>,
}

impl Default for Waits {
    fn default() -> Self {
        Self { seconds: Histogram::new(BOUNDS), failures: Arc::default() }
    }
}

impl Waits {
    /// Counts a wait.
    pub fn note(&self, time: Duration, in_vain: bool) {
        self.seconds.observe(time.as_secs_f64());
        self.failures.fetch_add(u64::from(in_vain), Ordering::Relaxed);
    }

    /// The number of waits in vain.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}
