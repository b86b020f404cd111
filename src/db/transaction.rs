//! The only way to run SQL: a serializable transaction that is run again when the database asks for
//! it. CockroachDB answers 40001 in the course of normal work, at any statement and at COMMIT
//! (<https://www.cockroachlabs.com/docs/stable/transaction-retry-error-reference>).
//!
//! A body may run several times. It must not mail, log a promise or touch memory outside, and it
//! must pass query errors on: a refusal is an `Ok(enum)`.

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

/// The most runs of one body.
pub const MAX_ATTEMPTS: u32 = 30;
/// The time for all runs together; below the time that a request may take.
pub const TIME_BUDGET: Duration = Duration::from_secs(8);
const FIRST_BACKOFF: Duration = Duration::from_millis(5);
const LONGEST_BACKOFF: Duration = Duration::from_millis(500);

/// Why a transaction did not give its result.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Nothing was applied: no connection, or none in time.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Nothing was applied: others were in the way too often or for too long.
    #[error("gave up after {attempts} attempts: {last}")]
    Contended {
        /// How often the body was run.
        attempts: u32,
        /// What the last one ended with.
        last: QueryError,
    },
    /// The connection was lost while COMMIT was under way: applied or not, nobody knows.
    #[error("the connection was lost during COMMIT: {0}")]
    CommitUnknown(String),
    /// Nothing was applied: the query failed and would fail again.
    #[error(transparent)]
    Query(QueryError),
}

impl DatabaseError {
    /// Whether a unique index refused it: of two at the same moment the other was first.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Query(QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}

/// An async closure whose future can move between threads. Mirrors what diesel-async asks for and
/// does not export.
pub trait SendAsyncFn<T, R>: AsyncFn(T) -> R + Fn(T) -> <Self as SendAsyncFn<T, R>>::Fut {
    /// The closure's future.
    type Fut: Future<Output = R> + Send;
}

impl<F, T, Fut, R> SendAsyncFn<T, R> for F
where
    F: AsyncFn(T) -> R + Fn(T) -> Fut,
    Fut: Future<Output = R> + Send,
{
    type Fut = Fut;
}

/// What is run in a transaction: `async |conn| { … }`.
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

/// Whether what was sent may be sent again when nobody knows if it was applied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Unsafe,
    Safe,
}

/// What stands around a body.
#[derive(Clone, Copy)]
enum Shape {
    /// BEGIN and COMMIT.
    Transaction,
    /// Nothing: it is one statement.
    Statement,
}

/// Runs `body` in a serializable transaction, again as often as needed. `name` stands in the log.
///
/// # Errors
/// A [`DatabaseError`]; only [`DatabaseError::CommitUnknown`] leaves open whether it was applied.
pub async fn transaction<R, F>(pool: &Pool, name: &'static str, body: F) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    repeat(pool, name, Shape::Transaction, Repeat::Unsafe, &body).await
}

/// Like [`transaction`], for a body that may be applied twice without harm and then gives the same
/// result: it is run again also when the connection was lost during COMMIT. (A body that says how
/// many rows it deleted is none: the second run would say that there was nothing.)
///
/// # Errors
/// A [`DatabaseError`]; [`DatabaseError::CommitUnknown`] only where the repetitions failed as well.
pub async fn idempotent_transaction<R, F>(
    pool: &Pool,
    name: &'static str,
    body: F,
) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    repeat(pool, name, Shape::Transaction, Repeat::Safe, &body).await
}

/// Runs one statement that reads, or that may be applied twice without harm, without BEGIN and
/// COMMIT around it: one round trip.
///
/// # Errors
/// A [`DatabaseError`].
pub async fn statement<R, F>(pool: &Pool, name: &'static str, body: F) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    repeat(pool, name, Shape::Statement, Repeat::Safe, &body).await
}

/// Set once an attempt is about to send COMMIT.
type Reached = OnceLock<()>;

async fn in_transaction<R, F>(
    conn: &mut AsyncPgConnection,
    body: &F,
    reached_commit: &Reached,
) -> QueryResult<R>
where
    F: Body<R>,
    R: Send,
{
    #[expect(clippy::disallowed_methods, reason = "the one place that retries it")]
    conn.transaction(async |conn: &mut AsyncPgConnection| {
        let value = body(conn).await?;
        // A body that swallowed an error leaves an aborted transaction, and COMMIT of that is a
        // silent rollback on both databases. This statement fails there.
        diesel::sql_query("SELECT 1").execute(conn).await?;
        let _ = reached_commit.set(());
        Ok(value)
    })
    .await
}

async fn attempt<R, F>(
    conn: &mut AsyncPgConnection,
    shape: Shape,
    body: &F,
    reached_commit: &Reached,
) -> QueryResult<R>
where
    F: Body<R>,
    R: Send,
{
    match shape {
        Shape::Transaction => in_transaction(conn, body, reached_commit).await,
        Shape::Statement => body(conn).await,
    }
}

async fn repeat<R, F>(
    pool: &Pool,
    name: &'static str,
    shape: Shape,
    repeat: Repeat,
    body: &F,
) -> Result<R, DatabaseError>
where
    F: Body<R>,
    R: Send,
{
    let deadline = Instant::now() + TIME_BUDGET;
    let mut attempts = 0;
    // A COMMIT was sent and its answer lost: from then on no failure may claim that nothing was applied.
    let mut perhaps_applied = false;
    let result = loop {
        attempts += 1;
        let reached_commit = Reached::new();
        let mut conn = match pool.acquire(deadline).await {
            Ok(conn) => conn,
            Err(cause) => break Err(DatabaseError::Unavailable(cause)),
        };
        let outcome =
            tokio::time::timeout_at(deadline, attempt(&mut conn, shape, body, &reached_commit)).await;
        let in_commit = reached_commit.get().is_some();
        let error = match outcome {
            Ok(Ok(value)) => break Ok(value),
            Ok(Err(error)) => error,
            Err(_elapsed) => {
                perhaps_applied |= in_commit;
                discard(&mut conn);
                break Err(DatabaseError::Unavailable("no answer in time".to_owned()));
            }
        };
        match Fault::of(&error) {
            Fault::Conflict => {}
            Fault::StalePlan => forget_plans(&mut conn),
            Fault::Lost if !in_commit => {}
            Fault::Lost if repeat == Repeat::Safe => perhaps_applied = true,
            Fault::TooSlow if !in_commit => break Err(DatabaseError::Unavailable(error.to_string())),
            Fault::Other if !in_commit || is_violation(&error) => break Err(DatabaseError::Query(error)),
            Fault::Lost | Fault::TooSlow | Fault::Other => {
                break Err(DatabaseError::CommitUnknown(error.to_string()));
            }
        }
        drop(conn);
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
        error if perhaps_applied => DatabaseError::CommitUnknown(error.to_string()),
        error => error,
    });
    pool.journal.note(name, attempts, result.as_ref().err());
    result
}

/// Makes the pool close the connection: it still waits for an answer that may never come, and the
/// next user would wait with it.
fn discard(conn: &mut PooledConnection<'_, AsyncPgConnection>) {
    let conn: &mut AsyncPgConnection = conn;
    <AsyncPgConnection as AsyncConnection>::TransactionManager::transaction_manager_status_mut(conn)
        .set_in_error();
}

/// Empties the connection's cache of prepared statements.
fn forget_plans(conn: &mut PooledConnection<'_, AsyncPgConnection>) {
    use diesel::connection::CacheSize::{Disabled, Unbounded};
    conn.set_prepared_statement_cache_size(Disabled);
    conn.set_prepared_statement_cache_size(Unbounded);
}

/// Full jitter: anywhere up to the doubled bound
/// (<https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/>).
fn backoff(attempts: u32) -> Duration {
    let bound = FIRST_BACKOFF.saturating_mul(1 << attempts.min(10)).min(LONGEST_BACKOFF);
    rand::random_range(Duration::from_millis(1)..=bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_stays_bounded() {
        assert!((1..200).all(|attempts| backoff(attempts) <= LONGEST_BACKOFF));
        assert!((0..100).all(|_| backoff(1) <= 2 * FIRST_BACKOFF));
    }
}
