//! `unframed admin keys`: the keys that sign receipts.

use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};

use crate::clock::Clock;
use crate::commands::{self, Failure};
use crate::config::Config;
use crate::db::{self, Pool};
use crate::models::signing_key::{self, NewSigningKey, PUBLISHED};
use crate::security::receipts::ReceiptKeys;

/// What `unframed admin keys` does.
#[derive(Subcommand)]
pub enum Command {
    /// Make a key that signs receipts from now on. The former one is published for 30 more days, unless you say --now
    Rotate(Arguments),
}

/// Whether the former keys are still published.
#[derive(Args)]
pub struct Arguments {
    /// End the former keys at once, because one was leaked. Receipts that they signed no longer verify
    #[arg(long)]
    now: bool,
}

/// Runs a command; returns what it prints.
///
/// # Errors
/// The configuration or the database.
pub async fn run(command: &Command) -> Result<String, Failure> {
    match command {
        Command::Rotate(Arguments { now: at_once }) => {
            let config = Config::from_env("admin")?;
            let pool = commands::connect(&config.database_url, 1).await?;
            commands::require_schema(&pool).await?;
            rotate(&pool, &ReceiptKeys::new(&config.secret_keys), *at_once, Clock::system().now()).await
        }
    }
}

/// Stores a new key in the place of the one that signs.
///
/// # Errors
/// The database failed: nothing was changed, unless it says that this is unknown.
pub async fn rotate(
    pool: &Pool,
    keys: &ReceiptKeys,
    at_once: bool,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let generated = keys.generate()?;
    let new = NewSigningKey {
        kid: &generated.kid,
        public_key: &generated.public_key,
        sealed_private_key: &generated.sealed_private_key,
        created_at: now,
    };
    let retired = db::transaction(pool, "signing_key_rotate", async |conn| {
        if at_once {
            signing_key::unpublish_all(conn, now).await?;
        }
        signing_key::rotate_in_txn(conn, &new, if at_once { TimeDelta::zero() } else { PUBLISHED }, now).await
    });
    let former: Vec<String> = retired
        .await?
        .into_iter()
        .map(|kid| {
            if at_once {
                format!("{kid} no longer signs, and is no longer published.\n")
            } else {
                format!("{kid} no longer signs, and is published for {} days.\n", PUBLISHED.num_days())
            }
        })
        .collect();
    Ok(format!("{} signs receipts from now on.\n{}", generated.kid, former.concat()))
}
