//! Sends the queued mails. Several instances may do this at once: only one of them can claim a mail.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::clock::Clock;
use crate::db::{self, Pool, with_causes};
use crate::mail::Transport;
use crate::models::outgoing_mail;

/// The pause between two looks at an empty queue.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// After this many failed attempts, the log line is an error instead of a warning.
const ATTEMPTS_BEFORE_ERROR: i64 = 3;

/// Sends mails until it is dropped.
pub async fn run(pool: Pool, transport: Transport, clock: Clock) {
    loop {
        while send_next(&pool, &transport, &clock).await {}
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Sends one mail that is due, and returns whether there was one.
///
/// If the process dies between sending and deleting, the mail is sent again with the same Message-ID. A
/// duplicate is better than a lost mail.
pub async fn send_next(pool: &Pool, transport: &Transport, clock: &Clock) -> bool {
    let now = clock.now();
    let claim = db::transaction(pool, "outgoing_mail_claim_due", async |conn| {
        outgoing_mail::claim_due_in_txn(conn, now).await
    });
    // The transaction has logged its error, and an unused claim expires.
    let Ok(Some(mail)) = claim.await else { return false };
    let delete = async || {
        let id = mail.id;
        let deleted =
            db::statement(pool, "outgoing_mail_delete", async |conn| outgoing_mail::delete(conn, id).await);
        // The statement has logged its error.
        let _ = deleted.await;
    };
    let sent = transport.send(&mail).await;
    let deliveries = transport.deliveries();
    let result = match &sent {
        Ok(()) => &deliveries.sent,
        Err(problem) if problem.is_permanent() => &deliveries.given_up,
        Err(_) => &deliveries.failed,
    };
    result.fetch_add(1, Ordering::Relaxed);
    match sent {
        Ok(()) => delete().await,
        Err(problem) if problem.is_permanent() => {
            delete().await;
            log::error!("mail {} is given up: {}", mail.id, with_causes(&problem));
        }
        Err(problem) if mail.attempts >= ATTEMPTS_BEFORE_ERROR => {
            log::error!("mail {} is still not sent: {}", mail.id, with_causes(&problem));
        }
        Err(problem) => {
            log::warn!("mail {} was not sent, will try again: {}", mail.id, with_causes(&problem));
        }
    }
    true
}
