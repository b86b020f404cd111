//! Brings a schema up to date.

use diesel::migration::Migration as _;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection as _};
use diesel_migrations::MigrationHarness as _;

use super::cockroach;
use super::lease::{Lease, Validity};
use super::schema_state::{SchemaProblem, SchemaState, schema_state};
use super::source::{Tree, all_versions};
use crate::db::DatabaseUrl;
use crate::db::dialect::{Dialect, Server};

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
        /// The migration.
        name: String,
        /// The database's message.
        cause: String,
    },
    /// The server is too old.
    #[error("{banner}: {product} below {major}.{minor} is not supported")]
    TooOld {
        /// The server's own description.
        banner: String,
        /// The product.
        product: &'static str,
        /// The oldest release that we support.
        major: u32,
        /// Its second number.
        minor: u32,
    },
    /// The schema is not one that our migrations start from.
    #[error(transparent)]
    Schema(#[from] SchemaProblem),
    /// Another process keeps migrating.
    #[error("another `unframed migrate` has held the lease for ten minutes")]
    Busy,
    /// Our lease ended before the work did, so another process may be migrating now.
    #[error("the lease was lost: run `unframed migrate` again")]
    LeaseLost,
}

/// What `unframed migrate` did.
#[derive(Debug)]
pub struct Report {
    /// The server.
    pub server: Server,
    /// The names of the migrations that were applied now.
    pub applied: Vec<String>,
    /// The number of migrations in the tree.
    pub total: usize,
}

/// Applies the missing migrations. Safe to run twice at once and to be killed half-way: a lease row
/// lets one process at a time go on, and every statement can be repeated.
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
    if let unknown @ SchemaState::Unknown(_) = schema_state(&mut conn).await? {
        unknown.require_current()?;
    }
    let lease = Lease::acquire(&url, &mut conn, &mut told).await?;
    let applied = apply(conn, server.dialect, lease.validity(), &mut told).await;
    lease.release().await;
    Ok(Report { server, applied: applied?, total: all_versions().len() })
}

async fn apply(
    conn: AsyncPgConnection,
    dialect: Dialect,
    lease: &Validity,
    told: &mut impl FnMut(&str),
) -> Result<Vec<String>, MigrationProblem> {
    let mut harness = AsyncMigrationHarness::new(conn);
    let mut applied = Vec::new();
    let missing = harness.pending_migrations(Tree(lease.clone())).map_err(|error| problem("list", error))?;
    for migration in missing {
        let name = migration.name().to_string();
        harness.run_migration(&*migration).map_err(|error| problem(&name, error))?;
        told(&format!("applied {name}"));
        applied.push(name);
    }
    if dialect == Dialect::CockroachDb {
        let mut conn = harness.into_inner();
        for statement in cockroach::statements() {
            lease.check()?;
            conn.batch_execute(&statement).await.map_err(|error| problem(&statement, error.into()))?;
        }
        told("set row-level TTL and hash-sharded indexes");
    }
    Ok(applied)
}

/// A lost lease as itself, and any other error with the name of what failed.
fn problem(name: &str, error: Box<dyn std::error::Error + Send + Sync>) -> MigrationProblem {
    match error.downcast::<MigrationProblem>() {
        Ok(own) => *own,
        Err(other) => MigrationProblem::Failed { name: name.to_owned(), cause: other.to_string() },
    }
}
