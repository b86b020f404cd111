//! The connection pool. It opens every connection on the main runtime: the driver task of a connection
//! that an Actix worker opened would end with that worker's runtime.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::bb8::PooledConnection;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError, PoolableConnection as _, RecyclingMethod,
};
use futures_util::FutureExt as _;
use ipnet::IpNet;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::shares::{Place, Shares};
use super::transaction::journal::Journal;
use super::waits::Waits;
use super::{DatabaseError, DatabaseUrl};

type Manager = AsyncDieselConnectionManager<AsyncPgConnection>;

/// How long a request waits for a free connection before it is answered with 503.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// CockroachDB recommends five minutes: connections that end let nodes drain and the load spread.
const LIFETIME: Duration = Duration::from_secs(300);

/// Connections to one database, and a journal of the transactions on them. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    connections: bb8::Pool<Manager>,
    last_failure: LastFailure,
    shares: Shares,
    waits: Waits,
    pub(super) journal: Arc<Journal>,
}

tokio::task_local! {
    /// The network of the client that the current task serves.
    static NETWORK: Option<IpNet>;
}

/// The most requests of one network that use or wait for a connection; further ones are answered with 503.
const LARGEST_SHARE: usize = 100;

/// Runs a request on behalf of a network, which then gets no more than a fair share of the connections.
pub async fn on_behalf_of<F: Future>(network: Option<IpNet>, request: F) -> F::Output {
    NETWORK.scope(network, request).await
}

/// A connection, and the share of the network on whose behalf it is used.
pub(super) struct Acquired<'a> {
    pub(super) conn: PooledConnection<'a, AsyncPgConnection>,
    /// In this order: the turn ends before the place is free.
    _share: Option<(OwnedSemaphorePermit, Place)>,
}

/// Why the last attempt to open a connection failed; `None` if it succeeded.
type LastFailure = Arc<Mutex<Option<String>>>;

impl Pool {
    /// Opens a pool and its first connection. Call it on the main, multi-threaded runtime.
    pub async fn connect(url: &DatabaseUrl, size: u32) -> Result<Self, ConnectionError> {
        let mut setup = ManagerConfig::default();
        // Checking a connection costs no query: a lost connection is recognized by its closed socket, and
        // `transaction` retries if the connection breaks later.
        setup.recycling_method = RecyclingMethod::CustomFunction(Box::new(|conn: &mut AsyncPgConnection| {
            let open = !conn.is_broken();
            async move { if open { Ok(()) } else { Err(diesel::result::Error::BrokenTransactionManager) } }
                .boxed()
        }));
        let (main, url) = (tokio::runtime::Handle::current(), url.clone());
        let last_failure = LastFailure::default();
        let failure = last_failure.clone();
        setup.custom_setup = Box::new(move |_| {
            let (main, url, failure) = (main.clone(), url.clone(), failure.clone());
            async move {
                let opened = main
                    .spawn(async move { url.connect().await })
                    .await
                    .unwrap_or_else(|error| Err(ConnectionError::BadConnection(error.to_string())));
                *failure.lock().unwrap_or_else(PoisonError::into_inner) =
                    opened.as_ref().err().map(|error| super::with_causes(error));
                opened
            }
            .boxed()
        });
        // Without jitter, all instances would reconnect at the same moment.
        let lifetime = LIFETIME.mul_f64(rand::random_range(0.9..1.1));
        let connections = bb8::Pool::builder()
            .max_size(size)
            .min_idle(1)
            .max_lifetime(lifetime)
            .idle_timeout(lifetime)
            .connection_timeout(ACQUIRE_TIMEOUT)
            .error_sink(Box::new(LogErrors))
            // The URL stays in the closure, because bb8 prints this string in its Debug.
            .build(Manager::new_with_config(String::new(), setup))
            .await
            .map_err(|error| match error {
                PoolError::ConnectionError(error) => error,
                PoolError::QueryError(error) => ConnectionError::CouldntSetupConfiguration(error),
            })?;
        // One network gets a third of the connections, so that a flood leaves the others some.
        let third = usize::try_from(size.div_ceil(3)).unwrap_or(1);
        let shares = Shares::new(LARGEST_SHARE, third);
        Ok(Self { connections, last_failure, shares, waits: Waits::default(), journal: Arc::default() })
    }

    /// Waits for a free connection until [`ACQUIRE_TIMEOUT`] or `deadline`, whichever is earlier. A request of a
    /// network waits for the network's turn first.
    pub(super) async fn acquire(&self, deadline: Instant) -> Result<Acquired<'_>, DatabaseError> {
        let start = Instant::now();
        let acquired = self.acquire_in_turn(deadline).await;
        self.waits.note(start.elapsed(), acquired.is_err());
        acquired
    }

    async fn acquire_in_turn(&self, deadline: Instant) -> Result<Acquired<'_>, DatabaseError> {
        let busy = || DatabaseError::Unavailable("its network has too many requests".to_owned());
        let share = match NETWORK.try_with(|network| *network) {
            Err(_no_request) => None,
            Ok(network) => {
                let place = self.shares.take(network).ok_or_else(busy)?;
                let until = deadline.min(Instant::now() + ACQUIRE_TIMEOUT);
                let Ok(Ok(turn)) = tokio::time::timeout_at(until, place.turn()).await else {
                    return Err(busy());
                };
                Some((turn, place))
            }
        };
        match tokio::time::timeout_at(deadline, self.connections.get()).await {
            Ok(Ok(conn)) => Ok(Acquired { conn, _share: share }),
            Ok(Err(bb8::RunError::User(error))) => {
                Err(DatabaseError::Unavailable(super::with_causes(&error)))
            }
            Ok(Err(bb8::RunError::TimedOut)) | Err(_) => {
                let failure = self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let cause = failure.unwrap_or_else(|| "no free connection in time".to_owned());
                Err(DatabaseError::Unavailable(cause))
            }
        }
    }

    /// The waits for a connection.
    #[must_use]
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// The numbers of open connections and, of them, idle ones.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let state = self.connections.state();
        (state.connections, state.idle_connections)
    }

    /// The retries and failures of transactions since the start, by label.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
}

/// Logs the errors that bb8 meets in the background. Without it, a request only says "timed out".
#[derive(Clone, Copy, Debug)]
struct LogErrors;

impl bb8::ErrorSink<PoolError> for LogErrors {
    fn sink(&self, error: PoolError) {
        match error {
            // bb8 replaces a connection that is closed at check-out, so there is nothing to act on.
            PoolError::QueryError(diesel::result::Error::BrokenTransactionManager) => {}
            error => log::warn!("database: {}", super::with_causes(&error)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<PoolError>> {
        Box::new(*self)
    }
}
