//! Serves Payroll beside `unframed local`: `make payroll` registers it and runs this.

use std::error::Error;
use std::fs;
use std::net::TcpListener;

use payroll::{Credentials, Settings};

/// The environment variables, each with its default.
const FILE: (&str, &str) = ("PAYROLL_APPLICATION", ".local/payroll.json");
const UNFRAMED: (&str, &str) = ("PAYROLL_UNFRAMED", "http://localhost:8080");
const ORIGIN: (&str, &str) = ("PAYROLL_ORIGIN", "http://localhost:8090");
const LISTEN: (&str, &str) = ("PAYROLL_LISTEN", "127.0.0.1:8090");

#[expect(
    clippy::disallowed_methods,
    reason = "unframed reads its environment in one place; this is another program"
)]
fn setting((name, default): (&str, &str)) -> String {
    std::env::var(name).unwrap_or_else(|_unset| default.to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    let file = setting(FILE);
    let text = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let application: Credentials = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let settings = Settings { origin: setting(ORIGIN), unframed: setting(UNFRAMED), application };
    let listen = setting(LISTEN);
    let listener = TcpListener::bind(&listen).map_err(|error| format!("{listen}: {error}"))?;
    println!("Payroll is at {} (stop it with Ctrl-C). It asks {}.", settings.origin, settings.unframed);
    payroll::serve(listener, settings)?.await?;
    Ok(())
}
