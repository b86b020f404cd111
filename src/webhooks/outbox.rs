//! Sends the queued receipts. Several instances may do this at once: only one of them can claim a receipt.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Delivery;
use crate::clock::Clock;
use crate::db::{self, Pool};
use crate::models::outgoing_webhook;

/// The pause between two looks at an empty queue.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The receipts that one instance sends at the same time, each to another application: a slow one holds up its own.
const AT_ONCE: usize = 4;

/// Sends receipts until it is dropped.
pub async fn run(pool: Pool, delivery: Delivery, clock: Clock) {
    let send = async || {
        loop {
            while send_next(&pool, &delivery, &clock).await {}
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    futures_util::future::join_all((0..AT_ONCE).map(|_| send())).await;
}

/// Sends one receipt that is due, and returns whether there was one.
///
/// If the process dies between sending and deleting, the receipt is sent again: an application tells a repeated one by its
/// `jti`.
pub async fn send_next(pool: &Pool, delivery: &Delivery, clock: &Clock) -> bool {
    let now = clock.now();
    // Locked while it claims, so that two senders never choose the same application.
    let mut busy = delivery.busy().lock().await;
    let claim = db::transaction(pool, "outgoing_webhook_claim_due", async |conn| {
        outgoing_webhook::claim_due_in_txn(conn, &busy, now).await
    });
    // The transaction has logged its error, and an unused claim expires.
    let Ok(Some(webhook)) = claim.await else { return false };
    let (id, application) = (webhook.id, webhook.application_id);
    busy.push(application);
    drop(busy);
    let sent = delivery.send(&webhook.url, &webhook.receipt).await;
    delivery.busy().lock().await.retain(|other| *other != application);
    let tally = delivery.tally();
    let result = match &sent {
        Ok(()) => &tally.sent,
        Err(problem) if problem.is_refusal() => &tally.refused,
        Err(_) => &tally.failed,
    };
    result.fetch_add(1, Ordering::Relaxed);
    match sent {
        Ok(()) => {
            let deleted = db::statement(pool, "outgoing_webhook_delete", async |conn| {
                outgoing_webhook::delete(conn, id).await
            });
            // The statement has logged its error.
            let _ = deleted.await;
        }
        Err(problem) => {
            log::warn!(
                "receipt {id} for application {application} was not sent (attempt {}): {problem}",
                webhook.attempts + 1
            );
        }
    }
    true
}
