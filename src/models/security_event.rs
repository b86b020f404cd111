//! Security events: what happened with each account, for its owner. An event is written in the transaction that
//! makes it true, and holds nothing secret.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::EventKind;
use crate::schema::security_events;

/// The time for which an event is kept.
pub const KEPT: TimeDelta = TimeDelta::days(400);

/// An event to be stored.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = security_events)]
pub struct NewSecurityEvent {
    /// Chosen by the application: a transaction that runs twice writes the event once.
    id: Uuid,
    user_id: Uuid,
    kind: &'static str,
    user_agent: Option<String>,
    client_address: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    about: Option<String>,
}

impl NewSecurityEvent {
    /// An event that a client caused.
    #[must_use]
    pub fn by_client(
        user_id: Uuid,
        kind: EventKind,
        user_agent: &str,
        client_address: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            user_agent: Some(user_agent.to_owned()),
            client_address: Some(client_address),
            ..Self::by_operator(user_id, kind, now)
        }
    }

    /// An event that an operator caused.
    #[must_use]
    pub fn by_operator(user_id: Uuid, kind: EventKind, now: DateTime<Utc>) -> Self {
        Self {
            id: Uuid::new_v4(),
            user_id,
            kind: kind.name(),
            user_agent: None,
            client_address: None,
            created_at: now,
            expires_at: now + KEPT,
            about: None,
        }
    }

    /// The same event of another kind.
    #[must_use]
    pub fn of_kind(self, kind: EventKind) -> Self {
        Self { kind: kind.name(), about: None, ..self }
    }

    /// The same event about something that its owner knows by a name.
    #[must_use]
    pub fn about(self, name: Option<String>) -> Self {
        Self { about: name, ..self }
    }

    /// The same event of no account, which may be deleted at once: the cost is that of an event of an account.
    #[must_use]
    pub fn of_nobody(self) -> Self {
        Self { user_id: Uuid::new_v4(), expires_at: self.created_at, ..self }
    }
}

/// A stored event.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = security_events, check_for_backend(diesel::pg::Pg))]
pub struct SecurityEvent {
    /// Identifies the event.
    pub id: Uuid,
    /// The name of its kind.
    pub kind: String,
    /// The browser, as it names itself; `None` for an operator.
    pub user_agent: Option<String>,
    /// The client's IP address; `None` for an operator.
    pub client_address: Option<String>,
    /// The time of the event.
    pub created_at: DateTime<Utc>,
    /// What it is about, such as the name of an application.
    pub about: Option<String>,
}

/// The place of an event in the list of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Its time.
    pub created_at: DateTime<Utc>,
    /// Its id, which decides between events of the same time.
    pub id: Uuid,
}

/// The last moment that a position may name, in the year 9999: the database knows fewer years than chrono.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

impl Position {
    /// The position as a URL names it: microseconds since 1970, a dot, and the id.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}.{}", self.created_at.timestamp_micros(), self.id)
    }

    /// Reads a position; `None` for a text that [`Position::text`] cannot have written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('.')?;
        let micros = micros.parse::<i64>().ok().filter(|micros| (0..=LAST_MICROS).contains(micros))?;
        let created_at = DateTime::from_timestamp_micros(micros)?;
        Some(Self { created_at, id: Uuid::parse_str(id).ok()? })
    }
}

impl SecurityEvent {
    /// Its place in the list.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { created_at: self.created_at, id: self.id }
    }
}

/// Stores an event. The second time does nothing.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewSecurityEvent) -> QueryResult<()> {
    diesel::insert_into(security_events::table)
        .values(new)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores events. The second time does nothing.
pub async fn create_all(conn: &mut AsyncPgConnection, new: Vec<&NewSecurityEvent>) -> QueryResult<()> {
    if new.is_empty() {
        return Ok(());
    }
    let insert = diesel::insert_into(security_events::table).values(new);
    insert.on_conflict_do_nothing().execute(conn).await.map(|_| ())
}

/// Up to `limit` events of an account from newest to oldest, those after the event at `after` in this order.
pub async fn list(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    after: Option<Position>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<SecurityEvent>> {
    let mut events = security_events::table
        .filter(security_events::user_id.eq(user_id))
        .filter(security_events::expires_at.gt(now))
        .order((security_events::created_at.desc(), security_events::id.desc()))
        .limit(limit)
        .select(SecurityEvent::as_select())
        .into_boxed();
    if let Some(Position { created_at, id }) = after {
        // The first condition alone lets the index find the place; the second one decides within a time.
        events = events
            .filter(security_events::created_at.le(created_at))
            .filter(security_events::created_at.lt(created_at).or(security_events::id.lt(id)));
    }
    events.load(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written_and_a_malformed_one_is_none() {
        let created_at = DateTime::from_timestamp_micros(1_796_230_651_123_456).unwrap();
        let place = Position { created_at, id: Uuid::new_v4() };
        assert_eq!(Position::parse(&place.text()), Some(place));
        let id = place.id;
        for text in
            ["", ".", "1", &format!("{}.{id}", i64::MAX), "5.x", &format!("-.{id}"), &format!(" 1.{id}")]
        {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
