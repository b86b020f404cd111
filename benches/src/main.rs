//! Measures unframed beside a bare server on this machine: `make bench`. It prints a table and writes a plot.

mod bare;
mod bars;
mod growth;
mod hostile;
mod load;
mod members;
mod plot;
mod ratios;
mod server;
mod soak;
mod stress;

use clap::Parser;

/// Measures unframed on this machine, beside a bare server. It needs `wrk` and a release build.
#[derive(Parser)]
#[command(name = "unframed-benches")]
enum Command {
    /// Compares throughput, latency and memory with a bare server, alternately.
    Ratios(ratios::Options),
    /// Starts both servers with members who are signed in, for a profiler.
    Hold {
        /// The members who are signed in
        #[arg(long, default_value_t = 1_000)]
        members: usize,
    },
    /// Compares the settings page on a large database with the same on a small one.
    Growth(growth::Options),
    /// Attacks the server: a flood of sign-ins, then clients that hold connections.
    Stress(stress::Options),
    /// Runs the server at half of its load, and watches what it uses.
    Soak(soak::Options),
    /// Serves what unframed is compared with, until it is killed.
    #[command(hide = true)]
    Bare,
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Ratios(options) => plot::draw(&options.plot, &tokio(ratios::run(&options))?),
        Command::Hold { members } => tokio(ratios::hold(members)),
        Command::Growth(options) => tokio(growth::run(&options)),
        Command::Stress(options) => tokio(stress::run(&options)),
        Command::Soak(options) => tokio(soak::run(&options)),
        Command::Bare => tokio(bare::serve()),
    }
}

/// Runs on the same kind of runtime as `unframed`.
fn tokio<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
