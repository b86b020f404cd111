//! One file a noun, as in `src/models/`.

mod framing_attempt;
mod violation_report;
//! What must happen once, tried by many at once. One file a noun, as in `src/models/`.

mod outgoing_mail;
mod session;
mod throttle;
mod user;

use futures_util::future::join_all;
use unframed::db::{DatabaseUrl, Pool};

use crate::harness::database::{self, RUNTIME};

/// How many try at once.
const RACERS: usize = 8;

/// A pool on the database of the run with a connection for each racer.
async fn pool() -> Pool {
    connect(&database::get().await.url).await
}

/// A pool on a database of its own.
async fn private_pool() -> Pool {
    connect(&database::alone().await).await
}

async fn connect(url: &str) -> Pool {
    let url = DatabaseUrl::parse(url, "test").expect("a usable URL");
    RUNTIME.spawn(async move { Pool::connect(&url, 8).await }).await.unwrap().expect("a pool")
}

/// Runs all racers at once, on the threads where the connections live.
async fn race<F>(racers: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let running: Vec<_> = racers.into_iter().map(|racer| RUNTIME.spawn(racer)).collect();
    join_all(running).await.into_iter().map(|result| result.expect("no panic")).collect()
}
