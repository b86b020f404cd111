//! Sends what is queued. Several instances may do so at once: a claim gives a mail to one of them.

use std::time::Duration;

use crate::clock::Clock;
use crate::db::{self, Pool};
use crate::mail::Transport;
use crate::models::outgoing_mail;

/// How often the queue is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// After this many failed attempts the log speaks of an error.
const LOUD_AFTER: i64 = 3;

/// Sends mails until it is dropped.
pub async fn run(pool: Pool, transport: Transport, clock: Clock) {
    loop {
        while send_next(&pool, &transport, &clock).await {}
        tokio::time::sleep(EVERY).await;
    }
}

/// Sends one mail that is due; whether there was one.
///
/// A process that dies between sending and deleting makes the mail go out twice, with one
/// Message-ID: better than not at all.
pub async fn send_next(pool: &Pool, transport: &Transport, clock: &Clock) -> bool {
    let now = clock.now();
    let claim = db::transaction(pool, "outgoing_mail_claim_due", async |conn| {
        outgoing_mail::claim_due_in_txn(conn, now).await
    });
    // What went wrong stands in the log already; a claim that is not used ends by itself.
    let Ok(Some(mail)) = claim.await else { return false };
    match transport.send(&mail).await {
        Ok(()) => {
            let id = mail.id;
            let _ =
                db::statement(pool, "outgoing_mail_delete", async |conn| outgoing_mail::delete(conn, id).await).await;
        }
        Err(cause) if mail.attempts >= LOUD_AFTER => {
            log::error!("mail {} is still not sent: {cause}", mail.id)
        }
        Err(cause) => log::warn!("mail {} was not sent and is tried again: {cause}", mail.id),
    }
    true
}
