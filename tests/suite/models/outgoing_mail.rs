//! `outgoing_mails`: one process at most claims a mail.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use unframed::clock::Clock;
use unframed::db;
use unframed::models::outgoing_mail::{self, NewOutgoingMail};
use uuid::Uuid;

use super::{RACERS, private_pool, race};

#[tokio::test]
async fn each_of_many_mails_is_claimed_once_by_simultaneous_claimants() {
    // The outbox of this run would claim these mails, too, in the shared database.
    let pool = private_pool().await;
    let queued: BTreeSet<Uuid> = (0..20).map(|_| Uuid::new_v4()).collect();
    let (all, queue) = (queued.clone(), pool.clone());
    let fill = async move {
        for id in all {
            db::transaction(&queue, "test", async |conn| {
                let mail = NewOutgoingMail {
                    id,
                    recipient: "ada@example.com",
                    subject: "Once",
                    language: "en",
                    sealed_body: b"Once.",
                    created_at: Clock::system().now(),
                    next_attempt_at: Clock::system().now(),
                    expires_at: Clock::system().now() + TimeDelta::days(1),
                };
                outgoing_mail::create(conn, &mail).await
            })
            .await
            .expect("the mail is queued");
        }
    };
    race([fill]).await;
    let racers = (0..RACERS).map(|_| {
        let pool = pool.clone();
        async move {
            let mut claimed = Vec::new();
            // A racer sees no mail while another one holds the first, so each looks as often as there are mails.
            for _ in 0..20 {
                let claim = db::transaction(&pool, "test", async |conn| {
                    outgoing_mail::claim_due_in_txn(conn, Clock::system().now()).await
                });
                claimed.extend(claim.await.expect("the claim is decided").map(|mail| mail.id));
            }
            claimed
        }
    });
    let claimed: Vec<Uuid> = race(racers).await.concat();
    let once: BTreeSet<Uuid> = claimed.iter().copied().collect();
    assert_eq!(claimed.len(), once.len(), "a mail was claimed twice");
    assert_eq!(once, queued, "a mail was not claimed");
}
