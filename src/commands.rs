//! What the command line can do, a file each. A failure is one clear line and exit code 1.

pub mod admin;
pub mod doctor;
pub mod local;
pub mod migrate;
pub mod serve;
pub mod verify;

/// Why a command ended: the line, or lines, for the person who gave it.
pub type Failure = String;

/// Logs to standard error, at `RUST_LOG` or else `info`.
pub fn init_log() {
    env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("info,actix_server=warn,actix_http::h1=off"),
    )
    .init();
}
