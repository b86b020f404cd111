//! Other applications of the team, which ask users for confirmations. An operator registers each.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::outgoing_webhook;
use crate::domain::TokenDigest;
use crate::schema::applications;

/// The time for which the former secret of an application works after a rotation.
pub const FORMER_SECRET_WORKS: TimeDelta = TimeDelta::hours(24);

/// An application to be stored.
#[derive(Insertable)]
#[diesel(table_name = applications)]
pub struct NewApplication<'a> {
    /// Its id.
    pub id: Uuid,
    /// The name that users see.
    pub name: &'a str,
    /// The origin to which users return.
    pub return_origin: &'a str,
    /// The URL that gets each receipt.
    pub webhook_url: Option<&'a str>,
    /// The digest of its secret.
    pub secret_digest: &'a [u8],
    /// The time now.
    pub created_at: DateTime<Utc>,
}

/// An application.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = applications, check_for_backend(diesel::pg::Pg))]
pub struct Application {
    /// Its id.
    pub id: Uuid,
    /// The name that users see.
    pub name: String,
    /// The origin to which users return.
    pub return_origin: String,
    /// The URL that gets each receipt.
    pub webhook_url: Option<String>,
    /// The time from which the former secret no longer works.
    pub former_secret_ends_at: Option<DateTime<Utc>>,
    /// The time at which it was registered.
    pub created_at: DateTime<Utc>,
    /// The time at which it was disabled.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// The result of a change of an application.
#[derive(Clone, Debug)]
pub enum ApplicationChange {
    /// It was changed.
    Done(Application),
    /// It is disabled already.
    Disabled(Application),
    /// There is no such application.
    NotFound,
}

/// Stores an application.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewApplication<'_>) -> QueryResult<()> {
    diesel::insert_into(applications::table).values(new).execute(conn).await.map(|_| ())
}

/// All applications, oldest first.
pub async fn list(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Application>> {
    applications::table
        .order((applications::created_at, applications::id))
        .select(Application::as_select())
        .load(conn)
        .await
}

/// The application of a secret that works now.
pub async fn find_by_secret(
    conn: &mut AsyncPgConnection,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> QueryResult<Option<Application>> {
    let (present, former) = (
        applications::secret_digest.eq(digest.as_bytes()),
        applications::former_secret_digest.eq(digest.as_bytes()),
    );
    applications::table
        .filter(present.or(former.and(applications::former_secret_ends_at.gt(now))))
        .filter(applications::disabled_at.is_null())
        .select(Application::as_select())
        .first(conn)
        .await
        .optional()
}

/// Whether an application works, and the URL that gets its receipts. `None`: it is disabled.
pub(super) async fn find_webhook(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<Option<Option<String>>> {
    applications::table
        .find(id)
        .filter(applications::disabled_at.is_null())
        .select(applications::webhook_url)
        .first(conn)
        .await
        .optional()
}

async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Application>> {
    applications::table.find(id).select(Application::as_select()).first(conn).await.optional()
}

/// Gives an application another secret. The former one works until `former_ends_at`.
pub async fn rotate_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    secret: TokenDigest,
    former_ends_at: DateTime<Utc>,
) -> QueryResult<ApplicationChange> {
    match find(conn, id).await? {
        None => return Ok(ApplicationChange::NotFound),
        Some(found) if found.disabled_at.is_some() => return Ok(ApplicationChange::Disabled(found)),
        Some(_) => {}
    }
    let changed: Application = diesel::update(applications::table.find(id))
        .set((
            applications::former_secret_digest.eq(applications::secret_digest.nullable()),
            applications::former_secret_ends_at.eq(former_ends_at),
            applications::secret_digest.eq(secret.as_bytes()),
        ))
        .returning(Application::as_returning())
        .get_result(conn)
        .await?;
    Ok(ApplicationChange::Done(changed))
}

/// Disables an application for good: its secrets no longer work, nothing that it asked for can be approved, and receipts
/// that wait are not sent.
pub async fn disable_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<ApplicationChange> {
    let Some(found) = find(conn, id).await? else { return Ok(ApplicationChange::NotFound) };
    if found.disabled_at.is_some() {
        return Ok(ApplicationChange::Disabled(found));
    }
    diesel::update(applications::table.find(id)).set(applications::disabled_at.eq(now)).execute(conn).await?;
    outgoing_webhook::delete_of_application(conn, id).await?;
    Ok(ApplicationChange::Done(Application { disabled_at: Some(now), ..found }))
}
