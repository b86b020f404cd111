//! Receipts on their way to applications: the outbox that holds them, and the delivery by HTTP. A transaction may only
//! queue a receipt: a transaction may run twice. The receipt is signed, so the message needs no signature of its own.

pub mod delivery;
pub mod outbox;

use std::sync::atomic::{AtomicU64, Ordering};

pub use delivery::Delivery;

/// The attempts to send a receipt since the start, by result.
#[derive(Debug, Default)]
pub struct WebhookTally {
    sent: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
}

impl WebhookTally {
    /// The number of attempts with each result.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [("sent", &self.sent), ("failed", &self.failed), ("refused", &self.refused)]
            .into_iter()
            .map(|(result, count)| (result, count.load(Ordering::Relaxed)))
    }
}
