//! The pool: bb8 with connections opened on the main runtime, because an Actix worker's runtime
//! would take its connections with it when it ends.

use std::sync::Arc;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection as _, RecyclingMethod,
};
use futures_util::FutureExt as _;

use super::DatabaseUrl;
use super::transaction::Journal;

type Manager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// How long a request waits for a free connection before it is answered 503.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Five minutes, as CockroachDB advises: nodes are drained and load is levelled by connections
/// that end. The jitter keeps the instances from reconnecting in step.
const LIFETIME: Duration = Duration::from_secs(300);

/// Connections to one database, and what became of the transactions on them. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    pub(super) connections: bb8::Pool<Manager>,
    pub(super) journal: Arc<Journal>,
}

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
        setup.custom_setup = Box::new(move |_| {
            let (main, url) = (main.clone(), url.clone());
            async move {
                let opened = main.spawn(async move { url.connect().await }).await;
                opened.map_err(|error| ConnectionError::BadConnection(error.to_string()))?
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
        Ok(Self { connections, journal: Arc::default() })
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
