//! The server of the application: its socket, and the limits of each connection. `docs/LIMITS.md` lists them.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::net::TcpStream;
use actix_web::web;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use socket2::SockRef;

use super::build;
use crate::security::pipelining::OneAtATime;
use crate::security::slow_clients::Connection;
use crate::state::AppState;

/// The time in which the first head of a connection must arrive.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The time for which a connection waits for its next request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// The time from the first byte of a request to the first byte of its response, and the time in which a client
/// must take a byte of a response. A body, the queues and a transaction at their longest take less.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(60);
/// The time that a client has to close its end of a connection that we end.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The time that requests have to end after the socket is closed.
pub const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);
/// The most connections of a worker. Further ones wait in the kernel.
pub const MOST_CONNECTIONS: usize = 25_600;
/// The connections that wait in the kernel, if the system allows as many.
pub const MOST_WAITING: i32 = 4096;
/// The files that connections leave for the database, mails and the log, where few files may be open.
pub const FILES_LEFT: u64 = 128;

/// The time limits of a connection.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimits {
    /// [`HEAD_TIMEOUT`].
    pub head: Duration,
    /// [`KEEP_ALIVE`].
    pub keep_alive: Duration,
    /// [`STALL_TIMEOUT`].
    pub stall: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { head: HEAD_TIMEOUT, keep_alive: KEEP_ALIVE, stall: STALL_TIMEOUT }
    }
}

/// Runs the application on a socket until it is stopped. `commands::serve` does that at a signal. `more` adds
/// services, which only tests need.
///
/// `actix_web::HttpServer` does the same, but takes connections of its own type only.
///
/// # Errors
/// The socket cannot be listened on.
pub fn serve(
    listener: TcpListener,
    state: web::Data<AppState>,
    limits: TimeLimits,
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    let address = listener.local_addr()?;
    // `TcpListener::bind` lets 128 connections wait. More at once would be lost, some without a notice to the client.
    SockRef::from(&listener).listen(MOST_WAITING)?;
    let server = Server::build()
        .disable_signals()
        .max_concurrent_connections(most_connections())
        .shutdown_timeout(SHUTDOWN_TIMEOUT.as_secs());
    let ending = server.graceful_shutdown_signal();
    let server = server.listen("pages", listener, move || {
        let ending = ending.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let ending = ending.clone();
                async move { ending.notified().await }
            })
            .client_request_timeout(limits.head)
            .keep_alive(limits.keep_alive)
            .client_disconnect_timeout(CLOSE_TIMEOUT)
            .on_connect_ext(|connection: &Connection<OneAtATime<TcpStream>>, data| {
                data.insert(connection.get_ref().progress());
            })
            .local_addr(address);
        let app = build(state.clone(), more.clone());
        let app = map_config(app, |()| AppConfig::default()).map_err(|error| error.error_response());
        fn_service(move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            let connection = Connection::new(OneAtATime::new(io), limits.stall);
            ready(Ok::<_, DispatchError>((connection, Protocol::Http1, peer)))
        })
        .and_then(http.finish(app))
    })?;
    Ok(server.run())
}

/// Allows this process as many open files as it may have: many systems allow 1,024 at first, which as many
/// idle connections use up. Returns the number; `None` if the system does not tell.
#[must_use]
pub fn allow_open_files() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    Some(setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_or(soft, |()| hard))
}

/// The connections that each worker takes: all together leave some files to the rest of the program.
fn most_connections() -> usize {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    share_of_connections(files, workers)
}

fn share_of_connections(files: u64, workers: usize) -> usize {
    let free = usize::try_from(files.saturating_sub(FILES_LEFT)).unwrap_or(usize::MAX);
    (free / workers).clamp(1, MOST_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest_of_the_program() {
        assert_eq!(share_of_connections(1024, 2), 448);
        assert_eq!(share_of_connections(u64::MAX, 2), MOST_CONNECTIONS);
        assert_eq!(share_of_connections(100, 4), 1);
    }
}
