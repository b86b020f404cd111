//! The schema: applied by `unframed migrate`, one process at a time, and only checked by `serve`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::migration::{Migration, MigrationSource as _};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use tokio::time::Instant;
use uuid::Uuid;

use super::DatabaseUrl;
use super::dialect::{Dialect, Server};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The lease must exist before the first migration runs: the same statement, run beforehand.
const CREATE_LEASES: &str = include_str!("../../migrations/2026-11-23-000001_create_leases/up.sql");
const LEASE: &str = "migrate";
const LEASE_TIME: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How long a second `unframed migrate` waits for the first.
const WAIT_FOR_LEASE: Duration = Duration::from_secs(600);

/// What only CockroachDB understands, run after the tree; each may be run any number of times.
/// Expired rows are deleted by the database (row-level TTL), and the indexes that grow at one end
/// are spread over eight ranges.
const COCKROACH_ONLY: &[&str] = &[
    "ALTER TABLE sessions SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
    "ALTER TABLE outgoing_mails SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
    "ALTER TABLE throttles SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
    "ALTER TABLE framing_attempts SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@daily')",
    "ALTER TABLE violation_reports SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@daily')",
    "ALTER TABLE pending_actions SET (ttl_expiration_expression = 'delete_at', ttl_job_cron = '@hourly')",
    "ALTER TABLE email_changes SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
    "ALTER TABLE undo_links SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
    "CREATE INDEX IF NOT EXISTS outgoing_mails_claim_due_sharded ON outgoing_mails (next_attempt_at) USING HASH WITH (bucket_count = 8)",
    "DROP INDEX IF EXISTS outgoing_mails@outgoing_mails_claim_due",
    // Only PostgreSQL deletes by these: the TTL job reads the table by its primary key.
    "DROP INDEX IF EXISTS sessions@sessions_delete_expired",
    "DROP INDEX IF EXISTS outgoing_mails@outgoing_mails_delete_expired",
    "DROP INDEX IF EXISTS throttles@throttles_delete_expired",
    "DROP INDEX IF EXISTS framing_attempts@framing_attempts_delete_expired",
    "DROP INDEX IF EXISTS violation_reports@violation_reports_delete_expired",
    "DROP INDEX IF EXISTS pending_actions@pending_actions_delete_expired",
    "DROP INDEX IF EXISTS email_changes@email_changes_delete_expired",
    "DROP INDEX IF EXISTS undo_links@undo_links_delete_expired",
];

diesel::table! {
    /// diesel's own list of what was applied.
    __diesel_schema_migrations (version) {
        /// The date and number that its folder begins with.
        version -> Text,
    }
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationProblem {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(#[from] diesel::ConnectionError),
    /// A query of ours failed.
    #[error("{0}")]
    Query(#[from] diesel::result::Error),
    /// A migration failed; the ones before it stay applied.
    #[error("migration {name} failed, those before it are applied: {cause}")]
    Failed {
        /// Which one.
        name: String,
        /// What the database said.
        cause: String,
    },
    /// The server is too old.
    #[error("{banner}: {product} below {major}.{minor} is not supported")]
    TooOld {
        /// What the server says of itself.
        banner: String,
        /// Which product.
        product: &'static str,
        /// The oldest release that we support.
        major: u32,
        /// Its second number.
        minor: u32,
    },
    /// Somebody else keeps migrating.
    #[error("another `unframed migrate` holds the lease since ten minutes")]
    Busy,
    /// Ours ended before the work did, so another process may be migrating now.
    #[error("the lease could not be renewed in time: run `unframed migrate` again")]
    LeaseLost,
}

/// What `unframed migrate` did.
#[derive(Debug)]
pub struct Report {
    /// Which server.
    pub server: Server,
    /// The names of the migrations that were applied now.
    pub applied: Vec<String>,
    /// How many the tree has.
    pub total: usize,
}

/// Applies what is missing. Safe to run twice at once and to be killed half-way: a lease row lets
/// one process at a time go on, and every migration can be run again.
///
/// Must be called on a multi-threaded runtime: diesel's harness blocks.
///
/// # Errors
/// A [`MigrationProblem`].
pub async fn run(url: &DatabaseUrl, mut told: impl FnMut(&str)) -> Result<Report, MigrationProblem> {
    let url = url.without_statement_timeout();
    let mut conn = url.connect().await?;
    let server = Server::detect(&mut conn).await?;
    if !server.is_supported() {
        let (major, minor) = server.dialect.floor();
        return Err(MigrationProblem::TooOld {
            banner: server.banner,
            product: server.dialect.name(),
            major,
            minor,
        });
    }
    create_leases(&mut conn).await?;
    let lease = Lease::acquire(&url, &mut conn, &mut told).await?;
    let applied = apply(conn, server.dialect, &lease, &mut told).await;
    lease.release().await;
    let applied = applied?;
    Ok(Report { server, applied, total: all_versions().len() })
}

/// The migrations that this database lacks, oldest first.
///
/// # Errors
/// As any query; a database that was never migrated lacks all and is no error.
pub async fn pending(conn: &mut AsyncPgConnection) -> QueryResult<Vec<String>> {
    use __diesel_schema_migrations::dsl;
    let applied: Vec<String> = match dsl::__diesel_schema_migrations.select(dsl::version).load(conn).await {
        Err(QueryError::DatabaseError(_, info)) if info.message().contains("does not exist") => Vec::new(),
        other => other?,
    };
    Ok(all_versions().into_iter().filter(|version| !applied.contains(version)).collect())
}

/// The tables of rows that expire: each with row-level TTL on CockroachDB and swept on PostgreSQL.
pub fn expiring_tables() -> impl Iterator<Item = &'static str> {
    COCKROACH_ONLY.iter().filter_map(|statement| {
        Some(statement.strip_prefix("ALTER TABLE ")?.split_once(" SET (ttl_expiration_expression")?.0)
    })
}

/// All versions of the tree, oldest first.
#[must_use]
pub fn all_versions() -> Vec<String> {
    let migrations: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().unwrap_or_default();
    let mut versions: Vec<String> = migrations.iter().map(|one| one.name().version().to_string()).collect();
    versions.sort();
    versions
}

/// Two processes that create it at once can fail on PostgreSQL in spite of IF NOT EXISTS (a
/// duplicate in its catalog); the second try then finds the table.
async fn create_leases(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match conn.batch_execute(CREATE_LEASES).await {
            Err(_) if tries < 5 => tokio::time::sleep(Duration::from_millis(200)).await,
            result => return result,
        }
    }
}

async fn apply(
    conn: AsyncPgConnection,
    dialect: Dialect,
    lease: &Lease,
    told: &mut impl FnMut(&str),
) -> Result<Vec<String>, MigrationProblem> {
    let failed = |name: &str, cause: &dyn std::fmt::Display| MigrationProblem::Failed {
        name: name.to_owned(),
        cause: cause.to_string(),
    };
    let mut harness = AsyncMigrationHarness::new(conn);
    let mut applied = Vec::new();
    let missing = harness.pending_migrations(MIGRATIONS).map_err(|error| failed("list", &error))?;
    for migration in missing {
        let name = migration.name().to_string();
        lease.check()?;
        harness.run_migration(&*migration).map_err(|error| failed(&name, &error))?;
        told(&format!("applied {name}"));
        applied.push(name);
    }
    if dialect == Dialect::CockroachDb {
        let mut conn = harness.into_inner();
        for statement in COCKROACH_ONLY {
            lease.check()?;
            conn.batch_execute(statement).await.map_err(|error| failed(statement, &error))?;
        }
        told("set row-level TTL and hash-sharded indexes");
    }
    Ok(applied)
}

/// The right to migrate, kept alive by a task on a connection of its own.
struct Lease {
    holder: Uuid,
    /// Until when it is ours for certain, by this machine's own clock.
    ends: Arc<Mutex<Instant>>,
    renewal: tokio::task::JoinHandle<()>,
    url: DatabaseUrl,
}

impl Lease {
    async fn acquire(
        url: &DatabaseUrl,
        conn: &mut AsyncPgConnection,
        told: &mut impl FnMut(&str),
    ) -> Result<Self, MigrationProblem> {
        let holder = Uuid::new_v4();
        let deadline = Instant::now() + WAIT_FOR_LEASE;
        let mut waiting = false;
        let ends = loop {
            let asked = Instant::now();
            match take(conn, holder).await {
                Ok(true) => break Arc::new(Mutex::new(asked + LEASE_TIME)),
                Ok(false) => {}
                // Another process took it at the same moment.
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
        let renewal = tokio::spawn(keep(url.clone(), holder, ends.clone()));
        Ok(Self { holder, ends, renewal, url: url.clone() })
    }

    /// Asked before each statement.
    fn check(&self) -> Result<(), MigrationProblem> {
        let ends = *self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if Instant::now() < ends { Ok(()) } else { Err(MigrationProblem::LeaseLost) }
    }

    /// A lease that cannot be given back ends by itself.
    async fn release(self) {
        self.renewal.abort();
        if let Ok(mut conn) = self.url.connect().await {
            let released = diesel::sql_query("DELETE FROM leases WHERE name = $1 AND holder = $2")
                .bind::<Text, _>(LEASE)
                .bind::<SqlUuid, _>(self.holder)
                .execute(&mut conn)
                .await;
            if let Err(error) = released {
                log::warn!("migrate: the lease could not be given back, it ends by itself: {error}");
            }
        }
    }
}

/// Renews the lease until it is aborted. What fails is tried again: the lease outlasts two failures.
async fn keep(url: DatabaseUrl, holder: Uuid, ends: Arc<Mutex<Instant>>) {
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
            Ok(true) => *ends.lock().unwrap_or_else(PoisonError::into_inner) = asked + LEASE_TIME,
            Ok(false) => return log::error!("migrate: another process has taken the lease"),
            Err(cause) => {
                log::warn!("migrate: the lease could not be renewed: {cause}");
                keeper = None;
            }
        }
        tokio::time::sleep(RENEW_EVERY).await;
    }
}

/// Takes the lease if it is free, ended or already ours: one statement, so one winner.
async fn take(conn: &mut AsyncPgConnection, holder: Uuid) -> QueryResult<bool> {
    let rows = diesel::sql_query(format!(
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, now() + INTERVAL '{} seconds') \
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at \
         WHERE leases.expires_at < now() OR leases.holder = excluded.holder",
        LEASE_TIME.as_secs()
    ))
    .bind::<Text, _>(LEASE)
    .bind::<SqlUuid, _>(holder)
    .execute(conn)
    .await?;
    Ok(rows == 1)
}
