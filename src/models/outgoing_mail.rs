//! The outbox: mails are queued in the transaction that they tell of and sent after it.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::outgoing_mails;

/// A mail to be queued.
#[derive(Insertable)]
#[diesel(table_name = outgoing_mails)]
pub struct NewOutgoingMail<'a> {
    /// Also the Message-ID.
    pub id: Uuid,
    /// The address.
    pub recipient: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The text.
    pub body: &'a str,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it may first be sent.
    pub next_attempt_at: DateTime<Utc>,
    /// When it is given up.
    pub expires_at: DateTime<Utc>,
}

/// A mail that this process is to send now.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = outgoing_mails, check_for_backend(diesel::pg::Pg))]
pub struct OutgoingMail {
    /// Also the Message-ID.
    pub id: Uuid,
    /// The address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// How often sending was begun before.
    pub attempts: i64,
    next_attempt_at: DateTime<Utc>,
}

/// Queues a mail.
///
/// # Errors
/// As any query.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewOutgoingMail<'_>) -> QueryResult<()> {
    diesel::insert_into(outgoing_mails::table).values(new).execute(conn).await.map(|_| ())
}

/// Takes the mail that is due longest, so that no other process sends it meanwhile. Should this
/// process die, another takes it later: after one minute, then two, four and so on up to an hour.
///
/// # Errors
/// As any query.
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

/// Takes a mail that was sent out of the queue.
///
/// # Errors
/// As any query.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(outgoing_mails::table.find(id)).execute(conn).await.map(|_| ())
}
