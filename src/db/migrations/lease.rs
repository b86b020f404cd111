//! The right to migrate: a row that one process at a time holds, kept alive on a connection of its
//! own. CockroachDB has no advisory locks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use tokio::time::Instant;
use uuid::Uuid;

use super::migrator::MigrationProblem;
use super::source;
use crate::db::DatabaseUrl;

const NAME: &str = "migrate";
const LEASE_TIME: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// How long a second `unframed migrate` waits for the first.
const WAIT_FOR_LEASE: Duration = Duration::from_secs(600);

/// The time until which a lease is certainly ours, by this machine's own clock.
#[derive(Clone)]
pub(super) struct Validity(Arc<Mutex<Instant>>);

impl Validity {
    fn until(end: Instant) -> Self {
        Self(Arc::new(Mutex::new(end)))
    }

    fn set(&self, end: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
    }

    /// Asked before each statement: a process that has lost the lease must not change the schema.
    pub(super) fn check(&self) -> Result<(), MigrationProblem> {
        let end = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if Instant::now() < end { Ok(()) } else { Err(MigrationProblem::LeaseLost) }
    }
}

/// A lease that a task renews.
pub(super) struct Lease {
    holder: Uuid,
    validity: Validity,
    renewal: tokio::task::JoinHandle<()>,
    url: DatabaseUrl,
}

impl Lease {
    /// Waits for the lease and takes it.
    pub(super) async fn acquire(
        url: &DatabaseUrl,
        conn: &mut AsyncPgConnection,
        told: &mut impl FnMut(&str),
    ) -> Result<Self, MigrationProblem> {
        create_table(conn).await?;
        let holder = Uuid::new_v4();
        let deadline = Instant::now() + WAIT_FOR_LEASE;
        let mut waiting = false;
        let validity = loop {
            let asked = Instant::now();
            match take(conn, holder).await {
                Ok(true) => break Validity::until(asked + LEASE_TIME),
                Ok(false) => {}
                // Another process took it at the same time.
                Err(QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => {}
                Err(error) => return Err(error.into()),
            }
            if !waiting {
                told("another `unframed migrate` is at work: waiting for it");
                waiting = true;
            }
            if Instant::now() > deadline {
                return Err(MigrationProblem::Busy);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        let renewal = tokio::spawn(keep(url.clone(), holder, validity.clone()));
        Ok(Self { holder, validity, renewal, url: url.clone() })
    }

    /// The time for which the lease is ours.
    pub(super) fn validity(&self) -> &Validity {
        &self.validity
    }

    /// Gives the lease back. One that cannot be given back ends by itself.
    pub(super) async fn release(self) {
        self.renewal.abort();
        if let Ok(mut conn) = self.url.connect().await {
            let released = diesel::sql_query("DELETE FROM leases WHERE name = $1 AND holder = $2")
                .bind::<Text, _>(NAME)
                .bind::<SqlUuid, _>(self.holder)
                .execute(&mut conn)
                .await;
            if let Err(error) = released {
                log::warn!("migrate: the lease could not be given back, it ends by itself: {error}");
            }
        }
    }
}

/// Two processes that create the table at once can fail on PostgreSQL in spite of IF NOT EXISTS (a
/// duplicate in its catalog); the next attempt then finds the table.
async fn create_table(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match conn.batch_execute(source::create_leases()).await {
            Err(_) if attempts < 5 => tokio::time::sleep(Duration::from_millis(200)).await,
            result => return result,
        }
    }
}

/// Renews the lease until it is aborted. After a failure it tries again: the lease outlasts several.
async fn keep(url: DatabaseUrl, holder: Uuid, validity: Validity) {
    let mut keeper = None;
    loop {
        let asked = Instant::now();
        let renewed: Result<bool, String> = async {
            let conn = match &mut keeper {
                Some(conn) => conn,
                none => none.insert(url.connect().await.map_err(|error| error.to_string())?),
            };
            take(conn, holder).await.map_err(|error| error.to_string())
        }
        .await;
        match renewed {
            Ok(true) => validity.set(asked + LEASE_TIME),
            Ok(false) => {
                validity.set(asked);
                return log::error!("migrate: another process has taken the lease");
            }
            Err(cause) => {
                log::warn!("migrate: the lease could not be renewed: {cause}");
                keeper = None;
            }
        }
        tokio::time::sleep(RENEW_EVERY).await;
    }
}

/// Takes the lease if it is free, has ended or is already ours: one statement, so one winner.
async fn take(conn: &mut AsyncPgConnection, holder: Uuid) -> QueryResult<bool> {
    let rows = diesel::sql_query(format!(
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, now() + INTERVAL '{} seconds') \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
         WHERE leases.expires_at < now() OR leases.holder = excluded.holder",
        LEASE_TIME.as_secs()
    ))
    .bind::<Text, _>(NAME)
    .bind::<SqlUuid, _>(holder)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_that_was_not_renewed_in_time_is_lost() {
        let now = Instant::now();
        let validity = Validity::until(now + LEASE_TIME);
        assert!(validity.check().is_ok());
        validity.set(now);
        assert!(matches!(validity.clone().check(), Err(MigrationProblem::LeaseLost)));
        validity.set(now + LEASE_TIME);
        assert!(validity.check().is_ok());
    }
}
