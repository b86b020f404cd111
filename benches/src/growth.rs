//! The settings page on a large database beside the same on a small one.

use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::load::{Load, Request};
use crate::ratios::{alternate, table};
use crate::server::{Database, Server, get, unframed_program};

/// How large the databases are, and for how long they are measured.
#[derive(Args)]
pub(crate) struct Options {
    /// The thousands of accounts in the large database, with five sessions each
    #[arg(long, default_value_t = 1_000)]
    thousands: usize,
    /// The rounds; in each, either database has its turn
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// The seconds of a turn
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

/// The accounts of the small database, and those whose sessions are used in each.
const FEW: usize = 1_000;
const PATH: &str = "/settings";
/// The least ratio of the throughputs that we accept.
const BAR: f64 = 0.90;

/// A server on a database of its own, with the sessions of [`FEW`] accounts, spread over the database.
struct Site {
    server: Server,
    load: Load,
    _database: Database,
}

impl Site {
    async fn start(accounts: usize, seconds: u64) -> anyhow::Result<Self> {
        let database = Database::start().await?;
        psql(&database, accounts, "growth.sql")?;
        let tokens = psql(&database, accounts, "growth-cookies.sql")?;
        let requests: Vec<Request> = (0..)
            .zip(tokens.lines())
            .map(|(number, token)| Request {
                cookie: format!("session={token}"),
                address: format!("10.{}.{}.1", number / 256, number % 256),
                body: String::new(),
            })
            .collect();
        if requests.len() != FEW {
            bail!("{} sessions instead of {FEW}", requests.len());
        }
        let server = Server::unframed(&database, &[])?;
        for request in &requests {
            get(server.address, PATH, &request.cookie).context("a session")?;
        }
        Ok(Self { server, load: Load::new(&requests, seconds)?, _database: database })
    }
}

/// Fills the databases, measures and prints. Returns an error if the ratio is below the bar.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    unframed_program()?;
    let accounts = options.thousands * FEW;
    let small = Site::start(FEW, options.seconds).await?;
    eprintln!("filling a database with {accounts} accounts takes some minutes");
    let large = Site::start(accounts, options.seconds).await?;
    let send = |site: &Site| site.load.send(site.server.address, PATH)?.without_errors();
    let what = format!("{PATH}, {accounts} accounts beside {FEW}");
    let ratios = alternate(&what, BAR, options.rounds, || send(&large), || send(&small))?;
    println!("{}", table([&ratios]));
    if ratios.throughput.spread().1 < BAR {
        bail!("the median is below {BAR}");
    }
    Ok(())
}

/// Runs a script of this folder.
fn psql(database: &Database, accounts: usize, script: &str) -> anyhow::Result<String> {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
        .arg(format!("--set=users={accounts}"))
        .arg(format!("--file={}/{script}", env!("CARGO_MANIFEST_DIR")))
        .arg(database.plain_url())
        .output()
        .context("psql: install it, on Debian with `apt-get install postgresql-client`")?;
    if !output.status.success() {
        bail!("{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
