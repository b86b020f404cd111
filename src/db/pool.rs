//! The pool: bb8 with connections opened on the main runtime, because an Actix worker's runtime
//! would take its connections with it when it ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::bb8::PooledConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection as _, RecyclingMethod,
};
use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::DatabaseUrl;
use super::transaction::journal::Journal;

type Manager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// How long a request waits for a free connection before it is answered 503.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Five minutes, as CockroachDB advises: nodes are drained and load is levelled by connections
/// that end. The jitter keeps the instances from reconnecting in step.
const LIFETIME: Duration = Duration::from_secs(300);

/// Connections to one database, and what became of the transactions on them. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    connections: bb8::Pool<Manager>,
    last_failure: LastFailure,
    pub(super) journal: Arc<Journal>,
}

/// Why the last attempt to open a connection failed; `None` once one succeeded.
type LastFailure = Arc<Mutex<Option<String>>>;

impl Pool {
    /// Opens a pool. It must be called on the main, multi-threaded runtime.
    ///
    /// # Errors
    /// When the first connection fails: the cause, in one line.
    pub async fn connect(url: &DatabaseUrl, size: u32) -> Result<Self, ConnectionError> {
        let mut setup = ManagerConfig::default();
        // No query is spent on checking a connection: a lost one is known by its closed socket, and
        // what is lost later is caught by the retry in `transaction`.
        setup.recycling_method = RecyclingMethod::CustomFunction(Box::new(|conn: &mut AsyncPgConnection| {
            let open = !conn.is_broken();
            async move { if open { Ok(()) } else { Err(diesel::result::Error::BrokenTransactionManager) } }
                .boxed()
        }));
        let (main, url) = (tokio::runtime::Handle::current(), url.clone());
        let last_failure = LastFailure::default();
        let remembered = last_failure.clone();
        setup.custom_setup = Box::new(move |_| {
            let (main, url, remembered) = (main.clone(), url.clone(), remembered.clone());
            async move {
                let opened = main
                    .spawn(async move { url.connect().await })
                    .await
                    .unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())));
                *remembered.lock().unwrap_or_else(PoisonError::into_inner) =
                    opened.as_ref().err().map(|error| super::with_causes(error));
                opened
            }
            .boxed()
        });
        let lifetime = LIFETIME.mul_f64(rand::random_range(0.9..1.1));
        let connections = bb8::Pool::builder()
            .max_size(size)
            .min_idle(1)
            .max_lifetime(lifetime)
            .idle_timeout(lifetime)
            .connection_timeout(ACQUIRE_TIMEOUT)
            .error_sink(Box::new(LogErrors))
            // The URL is in the closure: bb8 shows this string in its Debug.
            .build(Manager::new_with_config(String::new(), setup))
            .await
            .map_err(|error| match error {
                PoolError::ConnectionError(error) => error,
                PoolError::QueryError(error) => ConnectionError::CouldntSetupConfiguration(error),
            })?;
        Ok(Self { connections, last_failure, journal: Arc::default() })
    }

    /// A connection, after at most [`ACQUIRE_TIMEOUT`] and not past `deadline`; else why there is
    /// none, in one line.
    pub(super) async fn acquire(
        &self,
        deadline: Instant,
    ) -> Result<PooledConnection<'_, AsyncPgConnection>, String> {
        match tokio::time::timeout_at(deadline, self.connections.get()).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(bb8::RunError::User(error))) => Err(super::with_causes(&error)),
            Ok(Err(bb8::RunError::TimedOut)) | Err(_) => {
                let failure = self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Err(failure.unwrap_or_else(|| "no free connection in time".to_owned()))
            }
        }
    }

    /// What became of the transactions since the start, by name.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
}

/// Logs what bb8 meets in the background: otherwise a request only says "timed out".
#[derive(Clone, Copy, Debug)]
struct LogErrors;

impl bb8::ErrorSink<PoolError> for LogErrors {
    fn sink(&self, error: PoolError) {
        match error {
            // A closed connection found at check-out is replaced at once: nothing to act on.
            PoolError::QueryError(diesel::result::Error::BrokenTransactionManager) => {}
            error => log::warn!("database: {}", super::with_causes(&error)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<PoolError>> {
        Box::new(*self)
    }
}
