//! Accounts that an operator imports from another system, many at a time.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::domain::{DisplayName, EmailAddress, EventKind, ImportedHash};
use crate::models::security_event::{self, NewSecurityEvent};
use crate::models::undo_link;
use crate::schema::{undo_links, users};

/// An account to be imported, with its event.
pub struct NewImport<'a> {
    user: NewUser<'a>,
    event: NewSecurityEvent,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUser<'a> {
    id: Uuid,
    email: &'a str,
    display_name: &'a str,
    password_hash: Option<&'a str>,
    disabled_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl<'a> NewImport<'a> {
    /// An account with the hash that the other system stored, if it has a password.
    #[must_use]
    pub fn new(
        email: &'a EmailAddress,
        display_name: &'a DisplayName,
        hash: Option<&'a ImportedHash>,
        disabled: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let id = Uuid::new_v4();
        let user = NewUser {
            id,
            email: email.as_str(),
            display_name: display_name.as_str(),
            password_hash: hash.map(ImportedHash::as_str),
            disabled_at: disabled.then_some(now),
            created_at: now,
            updated_at: now,
        };
        Self { user, event: NewSecurityEvent::by_operator(id, EventKind::ImportedByOperator, now) }
    }
}

/// The result of importing one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportResult {
    /// It is stored.
    Created,
    /// Another account has the email address.
    Taken,
    /// An undo link of another account reserves the email address.
    Reserved,
}

/// Stores accounts with different email addresses, each with its event, except those whose email address another
/// account has or reserves. Returns a result for each in the same order. Gives the same results when it is applied
/// twice.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new: &[NewImport<'_>],
    now: DateTime<Utc>,
) -> QueryResult<Vec<ImportResult>> {
    let emails: Vec<&str> = new.iter().map(|new| new.user.email).collect();
    let foreseen = foresee(conn, &emails, now).await?;
    let is_free = |(new, result): (_, &ImportResult)| (*result == ImportResult::Created).then_some(new);
    let free: Vec<&NewUser<'_>> =
        new.iter().map(|new| &new.user).zip(&foreseen).filter_map(is_free).collect();
    if !free.is_empty() {
        let insert = diesel::insert_into(users::table).values(free);
        insert.on_conflict(users::email).do_nothing().execute(conn).await?;
    }
    // The ids tell which rows are ours, whether this attempt or one before a lost connection stored them.
    let ids: Vec<Uuid> = new.iter().map(|new| new.user.id).collect();
    let stored = users::table.filter(users::id.eq_any(&ids)).select(users::id);
    let created: HashSet<Uuid> = stored.load(conn).await?.into_iter().collect();
    let is_created = |new: &&NewImport<'_>| created.contains(&new.user.id);
    let events: Vec<&NewSecurityEvent> = new.iter().filter(is_created).map(|new| &new.event).collect();
    security_event::create_all(conn, events).await?;
    let result = |(new, foreseen): (&NewImport<'_>, ImportResult)| match foreseen {
        _ if created.contains(&new.user.id) => ImportResult::Created,
        // Another account took the email address meanwhile.
        ImportResult::Created => ImportResult::Taken,
        foreseen => foreseen,
    };
    Ok(new.iter().zip(foreseen).map(result).collect())
}

/// What importing accounts with these email addresses would give, in the same order. Changes nothing.
pub async fn foresee(
    conn: &mut AsyncPgConnection,
    emails: &[&str],
    now: DateTime<Utc>,
) -> QueryResult<Vec<ImportResult>> {
    let found: Vec<Option<String>> = undo_link::reservations(now)
        .filter(undo_links::reserved_email.eq_any(emails))
        .select(undo_links::reserved_email)
        .load(conn)
        .await?;
    let reserved = found.into_iter().flatten().map(|email| (email, ImportResult::Reserved));
    let mut claims: HashMap<String, ImportResult> = reserved.collect();
    let taken = users::table.filter(users::email.eq_any(emails)).select(users::email);
    let taken: Vec<String> = taken.load(conn).await?;
    // An undo link can reserve the email address that its account has.
    claims.extend(taken.into_iter().map(|email| (email, ImportResult::Taken)));
    Ok(emails.iter().map(|email| claims.get(*email).copied().unwrap_or(ImportResult::Created)).collect())
}
