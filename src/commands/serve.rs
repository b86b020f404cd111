//! `unframed serve`.

use std::net::{SocketAddr, TcpListener};

use actix_web::web;
use tokio::task::JoinSet;

use super::Failure;
use crate::config::Config;
use crate::db::dialect::{Dialect, Server};
use crate::db::{self, Pool, migrations};
use crate::mail::{Transport, outbox};
use crate::state::AppState;
use crate::{app, deletion, expiry, tallies};

/// Serves `PUBLIC_URL` from `DATABASE_URL` until SIGINT or SIGTERM.
///
/// # Errors
/// The cause in one line; several where the environment has several faults.
pub async fn run() -> Result<(), Failure> {
    let config = Config::from_env("serve").map_err(|faults| faults.to_string())?;
    let listener = listen(config.listen)?;
    serve(config, listener).await
}

/// The socket, taken before anything slow begins.
///
/// # Errors
/// One line that names the address.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::AddrInUse {
            ": another program uses this port. Stop it, or choose another with LISTEN"
        } else {
            ""
        };
        format!("cannot listen on {address} ({error}){hint}")
    })
}

/// Serves on a socket, with mails going out and dead rows going away beside it.
///
/// # Errors
/// The cause in one line.
pub async fn serve(config: Config, listener: TcpListener) -> Result<(), Failure> {
    let shown = config.database_url.shown();
    let pool = Pool::connect(&config.database_url, config.pool_size)
        .await
        .map_err(|error| format!("the database at {shown} cannot be reached: {}", db::with_causes(&error)))?;
    let server = check(&pool).await.map_err(|problem| format!("{shown}: {problem}"))?;
    let transport = Transport::new(&config.mail, config.mail_from.clone())?;
    let public_url = config.public_url.clone();
    let state = web::Data::new(AppState::new(config, pool.clone())?);
    let running = app::serve(listener, state.clone(), |_| {}).map_err(|error| error.to_string())?;
    // Dropped, and so aborted, when this function ends.
    let mut background = JoinSet::new();
    background.spawn(outbox::run(pool.clone(), transport));
    background.spawn(tallies::run(state.clone()));
    background.spawn(deletion::run(state.clone()));
    if server.dialect == Dialect::PostgreSql {
        background.spawn(expiry::run(pool.clone()));
    }
    log::info!("unframed is at {public_url} on {} (Ctrl-C ends it)", server.banner);
    let result = tokio::select! {
        ended = running => ended.map_err(|error| error.to_string()),
        // They end only by a fault of ours: better to start anew than to serve without mails.
        Some(ended) = background.join_next() => Err(format!("a background task ended: {ended:?}")),
    };
    tallies::write(&state).await;
    result
}

/// The server must be one that we support and its schema ours.
async fn check(pool: &Pool) -> Result<Server, Failure> {
    let server = db::statement(pool, "detect", Server::detect).await.map_err(|error| error.to_string())?;
    if !server.is_supported() {
        let (major, minor) = server.dialect.floor();
        return Err(format!(
            "{} below {major}.{minor} is not supported: this is {}",
            server.dialect.name(),
            server.banner
        ));
    }
    let state =
        db::statement(pool, "pending", migrations::schema_state).await.map_err(|error| error.to_string())?;
    state.require_current().map(|()| server).map_err(|problem| problem.to_string())
}
