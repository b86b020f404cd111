//! `unframed admin apps disable`: disables an application for good.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::report::Report;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::models::application::{self, ApplicationChange};

/// Disables an application.
///
/// # Errors
/// The database failed: nothing was changed, unless it says that this is unknown.
pub async fn run(pool: &Pool, id: Uuid, now: DateTime<Utc>) -> Result<Report, Failure> {
    let changed = db::transaction(pool, "application_disable", async |conn| {
        application::disable_in_txn(conn, id, now).await
    });
    Ok(match changed.await? {
        ApplicationChange::Done(found) => Report::done(id, format!("Disabled {} for good.", found.name)),
        ApplicationChange::Disabled(found) => Report::disabled(&found),
        ApplicationChange::NotFound => Report::not_found(id),
    })
}
