//! The queue of outgoing mails. A transaction queues the mails about its own change, so that no mail
//! reports a change that was rolled back.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::outgoing_mails;

/// A mail to queue.
#[derive(Insertable)]
#[diesel(table_name = outgoing_mails)]
pub struct NewOutgoingMail<'a> {
    /// Also the Message-ID.
    pub id: Uuid,
    /// The email address.
    pub recipient: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The language tag of the text.
    pub language: &'a str,
    /// The text, sealed.
    pub sealed_body: &'a [u8],
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When the first attempt may start.
    pub next_attempt_at: DateTime<Utc>,
    /// When we stop trying to send it.
    pub expires_at: DateTime<Utc>,
}

/// A mail that this process has claimed and must send now.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = outgoing_mails, check_for_backend(diesel::pg::Pg))]
pub struct OutgoingMail {
    /// Also the Message-ID.
    pub id: Uuid,
    /// The email address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The language tag of the text.
    pub language: String,
    /// The text, sealed.
    pub sealed_body: Vec<u8>,
    /// The number of earlier attempts to send it.
    pub attempts: i64,
    next_attempt_at: DateTime<Utc>,
}

/// Queues a mail.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewOutgoingMail<'_>) -> QueryResult<()> {
    diesel::insert_into(outgoing_mails::table).values(new).execute(conn).await.map(|_| ())
}

/// Claims the mail that has been due longest, so that no other process sends it now.
///
/// If this process dies, another one claims the mail later: after one minute, then after two, four and so
/// on, up to an hour.
pub async fn claim_due_in_txn(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> QueryResult<Option<OutgoingMail>> {
    let due: Option<OutgoingMail> = outgoing_mails::table
        .filter(outgoing_mails::next_attempt_at.le(now))
        .filter(outgoing_mails::expires_at.gt(now))
        .order(outgoing_mails::next_attempt_at)
        .select(OutgoingMail::as_select())
        .for_update()
        .skip_locked()
        .first(conn)
        .await
        .optional()?;
    let Some(mail) = due else { return Ok(None) };
    let pause = TimeDelta::minutes(1 << mail.attempts.clamp(0, 6)).min(TimeDelta::hours(1));
    let claimed = diesel::update(
        outgoing_mails::table.find(mail.id).filter(outgoing_mails::next_attempt_at.eq(mail.next_attempt_at)),
    )
    .set((outgoing_mails::next_attempt_at.eq(now + pause), outgoing_mails::attempts.eq(mail.attempts + 1)))
    .execute(conn)
    .await?;
    Ok((claimed == 1).then_some(mail))
}

/// The number of queued mails.
pub async fn count(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    outgoing_mails::table.count().get_result(conn).await
}

/// Removes a mail from the queue after it was sent.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(outgoing_mails::table.find(id)).execute(conn).await.map(|_| ())
}
