//! `unframed admin apps rotate`: gives an application another secret.

use chrono::{DateTime, Utc};
use clap::Args;
use uuid::Uuid;

use super::Named;
use super::report::Report;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::{ApiSecret, ApiSecretKind};
use crate::models::application::{self, ApplicationChange, FORMER_SECRET_WORKS};

/// The application, and when its former secret ends.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) named: Named,
    /// End the former secret at once: it was leaked
    #[arg(long)]
    pub(super) now: bool,
}

/// Stores another secret.
///
/// # Errors
/// The database failed: nothing was changed, unless it says that this is unknown.
pub async fn run(pool: &Pool, id: Uuid, at_once: bool, now: DateTime<Utc>) -> Result<Report, Failure> {
    let secret = ApiSecret::generate(ApiSecretKind::Application)?;
    let (digest, ends_at) = (secret.digest(), if at_once { now } else { now + FORMER_SECRET_WORKS });
    let changed = db::transaction(pool, "application_rotate", async |conn| {
        application::rotate_in_txn(conn, id, digest, ends_at).await
    });
    Ok(match changed.await? {
        ApplicationChange::Done(found) => {
            let hours = FORMER_SECRET_WORKS.num_hours();
            let former = if at_once { "no longer works" } else { &format!("works for {hours} hours") };
            let message =
                format!("{} has a new secret, shown only now. The former one {former}.", found.name);
            Report::done(id, message).with_secret(&secret)
        }
        ApplicationChange::Disabled(found) => Report::disabled(&found),
        ApplicationChange::NotFound => Report::not_found(id),
    })
}
