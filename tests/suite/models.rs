//! Changes that must happen once, although many callers attempt them at the same time. There is one file
//! for each noun, as in `src/models/`.

mod email_change;
mod framing_attempt;
mod idempotency_key;
mod outgoing_mail;
mod passkey;
mod pending_action;
mod session;
mod throttle;
mod user;
mod violation_report;

use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl as _;
use futures_util::future::join_all;
use tokio::sync::OnceCell;
use unframed::db::{self, DatabaseUrl, Pool};

use crate::harness::database::{self, RUNTIME};

/// The number of simultaneous callers.
const RACERS: usize = 8;

/// The pool of all races on the database of this run.
async fn pool() -> Pool {
    static POOL: OnceCell<Pool> = OnceCell::const_new();
    POOL.get_or_init(|| async { connect(&database::get().await.url).await }).await.clone()
}

/// A pool on a private database.
async fn private_pool() -> Pool {
    connect(&database::alone().await).await
}

/// Opens a pool, and all its connections, before the race begins.
async fn connect(url: &str) -> Pool {
    let url = DatabaseUrl::parse(url, "test").expect("a usable URL");
    let size = u32::try_from(RACERS).expect("a small number");
    let pool = RUNTIME.spawn(async move { Pool::connect(&url, size).await }).await.unwrap().expect("a pool");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let queries = (0..RACERS).map(|_| {
            let pool = pool.clone();
            async move {
                db::statement(&pool, "warm_up", async |conn| {
                    diesel::sql_query("SELECT 1").execute(conn).await
                })
                .await
            }
        });
        if race(queries).await.iter().all(Result::is_ok) {
            return pool;
        }
        assert!(Instant::now() < deadline, "the database does not answer");
    }
}

/// Runs all racers at once, on the runtime that drives the connections.
async fn race<F>(racers: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let running: Vec<_> = racers.into_iter().map(|racer| RUNTIME.spawn(racer)).collect();
    join_all(running).await.into_iter().map(|result| result.expect("no panic")).collect()
}
