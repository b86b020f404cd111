//! The queue of receipts for applications. The transaction that decides queues the receipt, so that none tells of a
//! decision that was rolled back.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::outgoing_webhooks;

/// The time after which we no longer try to send a receipt.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);
/// The pause after the first attempt. It doubles with each further one.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(10);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// A receipt to queue.
#[derive(Insertable)]
#[diesel(table_name = outgoing_webhooks)]
pub struct NewOutgoingWebhook<'a> {
    id: Uuid,
    application_id: Uuid,
    url: &'a str,
    receipt: &'a str,
    created_at: DateTime<Utc>,
    next_attempt_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl<'a> NewOutgoingWebhook<'a> {
    /// A receipt for the URL of an application.
    #[must_use]
    pub fn new(id: Uuid, application_id: Uuid, url: &'a str, receipt: &'a str, now: DateTime<Utc>) -> Self {
        let expires_at = now + GIVE_UP_AFTER;
        Self { id, application_id, url, receipt, created_at: now, next_attempt_at: now, expires_at }
    }
}

/// A receipt that this process has claimed and must send now.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outgoing_webhooks, check_for_backend(diesel::pg::Pg))]
pub struct OutgoingWebhook {
    /// Identifies the message.
    pub id: Uuid,
    /// The application that gets it.
    pub application_id: Uuid,
    /// Where it is sent.
    pub url: String,
    /// The receipt.
    pub receipt: String,
    /// The number of earlier attempts to send it.
    pub attempts: i64,
    next_attempt_at: DateTime<Utc>,
}

/// Queues a receipt.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewOutgoingWebhook<'_>) -> QueryResult<()> {
    diesel::insert_into(outgoing_webhooks::table).values(new).execute(conn).await.map(|_| ())
}

/// The pause after an attempt that follows `attempts` earlier ones.
fn pause(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(0, 10)).unwrap_or_default();
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

/// Claims the receipt that has been due longest, so that no other process sends it now: one that is for none of the `busy`
/// applications. If this process dies, another one claims it after the pause.
pub async fn claim_due_in_txn(
    conn: &mut AsyncPgConnection,
    busy: &[Uuid],
    now: DateTime<Utc>,
) -> QueryResult<Option<OutgoingWebhook>> {
    let due: Option<OutgoingWebhook> = outgoing_webhooks::table
        .filter(outgoing_webhooks::next_attempt_at.le(now))
        .filter(outgoing_webhooks::expires_at.gt(now))
        .filter(outgoing_webhooks::application_id.ne_all(busy))
        .order(outgoing_webhooks::next_attempt_at)
        .select(OutgoingWebhook::as_select())
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()?;
    let Some(webhook) = due else { return Ok(None) };
    let unclaimed = outgoing_webhooks::table
        .find(webhook.id)
        .filter(outgoing_webhooks::next_attempt_at.eq(webhook.next_attempt_at));
    let claimed = diesel::update(unclaimed)
        .set((
            outgoing_webhooks::next_attempt_at.eq(now + pause(webhook.attempts)),
            outgoing_webhooks::attempts.eq(webhook.attempts + 1),
        ))
        .execute(conn)
        .await?;
    Ok((claimed == 1).then_some(webhook))
}

/// The number of queued receipts.
pub async fn count(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    outgoing_webhooks::table.count().get_result(conn).await
}

/// Removes a receipt from the queue after it was taken.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(outgoing_webhooks::table.find(id)).execute(conn).await.map(|_| ())
}

/// Removes all receipts for an application.
pub(super) async fn delete_of_application(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(outgoing_webhooks::table.filter(outgoing_webhooks::application_id.eq(id)))
        .execute(conn)
        .await
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_an_hour() {
        let pauses: Vec<i64> = (0..11).map(|attempts| pause(attempts).num_seconds()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
        assert_eq!(pause(i64::MAX), LONGEST_PAUSE);
    }
}
