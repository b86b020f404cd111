//! What the command line can do, a file each. A failure is one clear line and exit code 1, of
//! `verify` 2.

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

/// Reads the file `.env`, if there is one, into the environment.
///
/// # Errors
/// One line, where it cannot be read.
pub fn load_env_file() -> Result<(), Failure> {
    match dotenvy::dotenv() {
        Err(error) if !error.not_found() => Err(format!(".env: {error}")),
        _ => Ok(()),
    }
}

/// What `--help` says of the environment.
#[must_use]
pub fn environment_help() -> String {
    let lines = crate::config::VARIABLES.iter().map(|(name, use_)| format!("  {name:<24}{use_}"));
    format!("Environment (also read from a file named .env):\n{}", lines.collect::<Vec<_>>().join("\n"))
}
