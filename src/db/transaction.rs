//! Runs SQL in serializable transactions and retries them. CockroachDB answers 40001 in normal
//! operation, at any statement and at COMMIT
//! (<https://www.cockroachlabs.com/docs/stable/transaction-retry-error-reference>).
//!
//! A body may run several times. It must not send mail, log a success or change memory outside itself,
//! and it must return every query error. To refuse something, it returns an `Ok(enum)`; if it has written
//! something that must not stay, it returns [`QueryError::RollbackTransaction`].

mod fault;
pub mod journal;

use std::sync::OnceLock;
use std::time::Duration;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::pooled_connection::bb8::PooledConnection;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl as _, TransactionManager as _};
use tokio::time::Instant;

use self::fault::{Fault, is_violation};
use super::Pool;

/// How often a body runs at most.
pub const MAX_ATTEMPTS: u32 = 30;
/// The time limit for all attempts together. It is shorter than the time that a request may take.
pub const TIME_BUDGET: Duration = Duration::from_secs(8);
const FIRST_BACKOFF: Duration = Duration::from_millis(5);
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

/// Why a transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Nothing was applied: there was no connection or no answer in time.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Nothing was applied: other transactions were in the way at every attempt.
    #[error("gave up after {attempts} attempts: {last}")]
    Contended {
        /// How often the body ran.
        attempts: u32,
        /// The error of the last attempt.
        last: QueryError,
    },
    /// The connection was lost during COMMIT: the transaction may have been applied.
    #[error("the connection was lost during COMMIT: {0}")]
    CommitUnknown(String),
    /// Nothing was applied: the body asked for that.
    #[error("rolled back")]
    RolledBack,
    /// Nothing was applied: a query failed, and would fail again.
    #[error(transparent)]
    Query(QueryError),
}

impl DatabaseError {
    /// Whether a unique index refused a row, because another transaction inserted the same key first.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// An async closure whose future is `Send`. diesel-async requires such a trait and does not export its own.
pub trait SendAsyncFn<T, R>: AsyncFn(T) -> R + Fn(T) -> <Self as SendAsyncFn<T, R>>::Fut {
    /// The future of the closure.
    type Fut: Future<Output = R> + Send;
}

impl<F, T, Fut, R> SendAsyncFn<T, R> for F
where
    F: AsyncFn(T) -> R + Fn(T) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Fut = Fut;
}

/// The body of a transaction: `async |conn| { … }`.
pub trait Body<R>:
    for<'c> AsyncFn(&'c mut AsyncPgConnection) -> QueryResult<R>
    + for<'c> SendAsyncFn<&'c mut AsyncPgConnection, QueryResult<R>>
    + Send
    + Sync
{
}

impl<F, R> Body<R> for F where
    F: for<'c> AsyncFn(&'c mut AsyncPgConnection) -> QueryResult<R>
        + for<'c> SendAsyncFn<&'c mut AsyncPgConnection, QueryResult<R>>
        + Send
        + Sync
{
}

/// Whether a body may run again after an attempt that may have been applied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeatable {
    No,
    Yes,
}

/// Whether a body needs BEGIN and COMMIT.
#[derive(Clone, Copy)]
enum Scope {
    Transaction,
    SingleStatement,
}

/// Runs `body` in a serializable transaction and retries it. `label` names the transaction in the log. The level is
/// asked for each time: no default of the database or of a role changes it.
///
/// # Errors
/// Only [`DatabaseError::CommitUnknown`] leaves open whether the transaction was applied.
pub async fn transaction<R, F>(pool: &Pool, label: &'static str, body: F) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    retry(pool, label, Scope::Transaction, Repeatable::No, &body).await
}

/// Like [`transaction`], for a body that gives the same result when it is applied twice: it also retries
/// after a connection that was lost during COMMIT.
///
/// Not for a body that returns a row count: the second run would return 0.
///
/// # Errors
/// [`DatabaseError::CommitUnknown`] only if the retries failed, too.
pub async fn idempotent_transaction<R, F>(
    pool: &Pool,
    label: &'static str,
    body: F,
) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    retry(pool, label, Scope::Transaction, Repeatable::Yes, &body).await
}

/// Runs one statement without BEGIN and COMMIT, in one round trip. The statement reads, or gives the same
/// result when it is applied twice.
///
/// On PostgreSQL it runs at READ COMMITTED, if the database has no other default: at SERIALIZABLE, the server would note
/// what each page reads, and keep the notes until all transactions at the same time have ended. A statement sees one
/// snapshot either way, and what a transaction decides on it reads itself.
pub async fn statement<R, F>(pool: &Pool, label: &'static str, body: F) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    retry(pool, label, Scope::SingleStatement, Repeatable::Yes, &body).await
}

/// Set when an attempt is about to send COMMIT.
type CommitReached = OnceLock<()>;

async fn in_transaction<R, F>(
    conn: &mut AsyncPgConnection,
    body: &F,
    commit_reached: &CommitReached,
) -> QueryResult<R>
where
    F: Body<R>,
    R: Send,
{
    #[expect(clippy::disallowed_methods, reason = "the one place that retries")]
    let mut transaction = conn.build_transaction().serializable();
    transaction
        .run(async |conn: &mut AsyncPgConnection| {
            let value = body(conn).await?;
            // If the body swallowed an error, the transaction is aborted, and both databases answer COMMIT
            // with a silent rollback. This statement fails then.
            diesel::sql_query("SELECT 1").execute(conn).await?;
            let _ = commit_reached.set(());
            Ok(value)
        })
        .await
}

async fn attempt<R, F>(
    conn: &mut AsyncPgConnection,
    scope: Scope,
    body: &F,
    commit_reached: &CommitReached,
) -> QueryResult<R>
where
    F: Body<R>,
    R: Send,
{
    match scope {
        Scope::Transaction => in_transaction(conn, body, commit_reached).await,
        Scope::SingleStatement => body(conn).await,
    }
}

async fn retry<R, F>(
    pool: &Pool,
    label: &'static str,
    scope: Scope,
    repeatable: Repeatable,
    body: &F,
) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    let deadline = Instant::now() + TIME_BUDGET;
    let mut attempts = 0;
    // Set when the answer to a COMMIT was lost: then no later failure may claim that nothing was applied.
    let mut maybe_applied = false;
    let result = loop {
        attempts += 1;
        let commit_reached = CommitReached::new();
        let mut acquired = match pool.acquire(deadline).await {
            Ok(acquired) => acquired,
            Err(error) => break Err(error),
        };
        let conn = &mut acquired.conn;
        let answer = tokio::time::timeout_at(deadline, attempt(conn, scope, body, &commit_reached)).await;
        let in_commit = commit_reached.get().is_some();
        let error = match answer {
            Ok(Ok(value)) => break Ok(value),
            Ok(Err(error)) => error,
            Err(_elapsed) => {
                maybe_applied |= in_commit;
                discard(conn);
                break Err(DatabaseError::Unavailable("no answer in time".to_owned()));
            }
        };
        match Fault::of(&error) {
            Fault::Conflict => {}
            Fault::StalePlan => forget_plans(conn),
            Fault::Lost if !in_commit => {}
            Fault::Lost if repeatable == Repeatable::Yes => maybe_applied = true,
            Fault::TooSlow if !in_commit => break Err(DatabaseError::Unavailable(error.to_string())),
            Fault::Other if matches!(error, QueryError::RollbackTransaction) => {
                break Err(DatabaseError::RolledBack);
            }
            Fault::Other if !in_commit || is_violation(&error) => break Err(DatabaseError::Query(error)),
            Fault::Lost | Fault::TooSlow | Fault::Other => {
                break Err(DatabaseError::CommitUnknown(error.to_string()));
            }
        }
        drop(acquired);
        let backoff = backoff(attempts);
        if attempts >= MAX_ATTEMPTS || Instant::now() + backoff >= deadline {
            break Err(match Fault::of(&error) {
                Fault::Lost => DatabaseError::Unavailable(error.to_string()),
                _ => DatabaseError::Contended { attempts, last: error },
            });
        }
        tokio::time::sleep(backoff).await;
    };
    let result = result.map_err(|error| match error {
        error @ DatabaseError::CommitUnknown(_) => error,
        error if maybe_applied => DatabaseError::CommitUnknown(error.to_string()),
        error => error,
    });
    pool.journal.record(label, attempts, result.as_ref().err());
    result
}

/// Makes the pool close the connection. It is still waiting for an answer that may never come, and its
/// next user would wait, too.
fn discard(conn: &mut PooledConnection<'_, AsyncPgConnection>) {
    let conn: &mut AsyncPgConnection = conn;
    <AsyncPgConnection as AsyncConnection>::TransactionManager::transaction_manager_status_mut(conn)
        .set_in_error();
}

/// Empties the cache of prepared statements of the connection.
fn forget_plans(conn: &mut PooledConnection<'_, AsyncPgConnection>) {
    use diesel::connection::CacheSize::{Disabled, Unbounded};
    conn.set_prepared_statement_cache_size(Disabled);
    conn.set_prepared_statement_cache_size(Unbounded);
}

/// How long to wait before the next attempt: a random time below a bound that doubles (full jitter,
/// <https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/>).
fn backoff(attempts: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << attempts.min(10)).min(LONGEST_BACKOFF);
    rand::random_range(Duration::from_millis(1)..=bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_starts_short_and_stays_bounded() {
        assert!((1..200).all(|attempts| backoff(attempts) <= LONGEST_BACKOFF));
        assert!((0..100).all(|_| backoff(1) <= 2 * FIRST_BACKOFF));
    }
}
