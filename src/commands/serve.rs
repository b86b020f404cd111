//! `unframed serve`: serves the pages, sends the mails and deletes what has expired.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web;
use anyhow::{Context as _, anyhow, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use super::Failure;
use crate::app::server::{self, TimeLimits};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::dialect::{Dialect, Server};
use crate::db::{self, Pool};
use crate::mail::transport::Links;
use crate::mail::{Transport, outbox};
use crate::metrics::{self, Figures};
use crate::state::AppState;
use crate::webhooks::{self, Delivery};
use crate::{deletion, expiry, factor_reset, key_rotation, routes, tallies};

/// Serves `PUBLIC_URL` from `DATABASE_URL` until a signal ends it.
pub async fn run() -> Result<(), Failure> {
    let config = Config::from_env("serve")?;
    let listener = listen(config.listen)?;
    serve(config, listener, Links::Hidden).await
}

/// Binds the socket. Call it before anything slow, so that a port in use is reported at once.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let advice = if error.kind() == std::io::ErrorKind::AddrInUse {
            ": another program uses this port. Stop it, or choose another port with LISTEN"
        } else {
            ""
        };
        anyhow!("cannot listen on {address} ({error}){advice}")
    })
}

/// Serves on a socket, and runs the background tasks that send mails and delete expired rows.
pub async fn serve(config: Config, listener: TcpListener, links: Links) -> Result<(), Failure> {
    let shown_url = config.database_url.shown();
    let pool = super::connect(&config.database_url, config.pool_size).await?;
    let server = check(&pool).await.context(shown_url)?;
    let clock = Clock::system();
    let state = web::Data::new(AppState::new(config, pool.clone(), routes::map()?, clock.clone())?);
    let (config, seal) = (&state.config, Arc::clone(&state.mail_seal));
    let transport = Transport::new(config, links, seal).map_err(|problem| super::flat(&problem))?;
    let webhooks = Delivery::new(config.webhook_allowed_hosts.clone(), Arc::clone(&state.webhook_tally));
    let webhooks = webhooks.map_err(|problem| super::flat(&problem))?;
    for file in config.assets.additions()? {
        log::warn!("{file} replaces no file of ours: it is an addition, or its name has a mistake");
    }
    log::info!("templates, static files and texts: {}", config.assets);
    let public_url = config.public_url.clone();
    if let Some(address) = config.metrics_listen {
        let figures = Figures::new(state.clone(), Arc::clone(transport.deliveries()));
        tokio::spawn(metrics::serve(listen(address)?, figures)?);
        log::info!("metrics are at http://{address}/metrics");
    }
    if let Some(files) = server::allow_open_files() {
        log::info!("open files: {files} at most");
    }
    let running = server::serve(listener, state.clone(), TimeLimits::default(), |_| {})?;
    let ending = end_at_signal(state.clone(), running.handle())?;
    // Dropped, and so aborted, when this function ends.
    let mut background = JoinSet::new();
    background.spawn(ending);
    background.spawn(outbox::run(pool.clone(), transport, clock.clone()));
    background.spawn(webhooks::outbox::run(pool.clone(), webhooks, clock.clone()));
    background.spawn(tallies::run(state.clone()));
    background.spawn(deletion::run(state.clone()));
    background.spawn(factor_reset::run(state.clone()));
    let rotated = state.clone();
    // It ends, so it is none of the background tasks.
    tokio::spawn(async move {
        if let Err(error) = key_rotation::run(&rotated).await {
            log::error!(
                "not all secrets of authenticator apps and signing keys are encrypted under the first key in SECRET_KEY: {error}"
            );
        }
    });
    if server.dialect == Dialect::PostgreSql {
        background.spawn(expiry::run(pool.clone(), clock));
    }
    log::info!("unframed is at {public_url} on {} (stop it with Ctrl-C)", server.banner);
    let result = tokio::select! {
        result = running => result.map_err(Failure::new),
        // Only a bug ends a background task. A restart is better than a server that sends no mails.
        Some(result) = background.join_next() => Err(anyhow!("a background task ended: {result:?}")),
    };
    tallies::write(&state).await;
    result
}

/// How long `/readyz` says that the process is about to end before it takes no more connections.
const NOTICE: Duration = Duration::from_secs(5);

/// At SIGTERM, tells load balancers first, then closes the socket and lets requests end. At SIGINT or SIGQUIT, ends at
/// once.
fn end_at_signal(
    state: web::Data<AppState>,
    server: ServerHandle,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (mut interrupt, mut quit) = (signal(SignalKind::interrupt())?, signal(SignalKind::quit())?);
    Ok(async move {
        let at_once = async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = quit.recv() => {} }
        };
        let gently = async {
            terminate.recv().await;
            state.drain();
            log::info!("SIGTERM: /readyz answers 503; the socket closes in {} s", NOTICE.as_secs());
            tokio::time::sleep(NOTICE).await;
            log::info!("the socket closes; requests have {} s to end", server::SHUTDOWN_TIMEOUT.as_secs());
            server.stop(true).await;
        };
        tokio::select! { () = at_once => server.stop(false).await, () = gently => {} }
        // The server itself reports the end.
        std::future::pending().await
    })
}

/// Checks that we support the server and that its schema is up to date.
async fn check(pool: &Pool) -> Result<Server, Failure> {
    let server = db::statement(pool, "server_detect", Server::detect).await?;
    if !server.is_supported() {
        let (major, minor) = server.dialect.floor();
        bail!("{} before {major}.{minor} is not supported: this is {}", server.dialect.name(), server.banner);
    }
    super::require_schema(pool).await?;
    Ok(server)
}
