//! The server at half of its load for some minutes: what it uses must not grow.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};

use crate::bars::Bars;
use crate::load::{Load, Request};
use crate::members::Member;
use crate::server::usage::Usage;
use crate::server::{Database, Server};

/// How long the soak lasts.
#[derive(Args)]
pub(crate) struct Options {
    /// The minutes under load
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
}

/// The connections that send the load.
const CONNECTIONS: usize = 32;
/// The samples of what the server uses.
const SAMPLES: u32 = 60;

/// Loads, samples, prints and judges.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let database = Database::start().await?;
    let members = Member::add(&database.url()?, CONNECTIONS).await?;
    let server = Server::unframed(&database, &[("MALLOC_ARENA_MAX", "2"), ("RUST_LOG", "warn")])?;
    let requests: Vec<Request> = members.iter().map(Member::request).collect();
    let full = Load::new(&requests, 10)?.on(CONNECTIONS);
    let full = full.send(server.address, "/settings")?.without_errors()?;
    let time = Duration::from_secs_f64(options.minutes * 60.0);
    let (start, pause) =
        (Instant::now(), Duration::from_secs_f64(CONNECTIONS as f64 / (full.per_second / 2.0)));
    let loading =
        requests.into_iter().map(|request| tokio::spawn(load(server.address, request, pause, start + time)));
    let loading: Vec<_> = loading.collect();
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        tokio::time::sleep(time / SAMPLES).await;
        samples.push(server.usage()?);
    }
    let mut sent = 0;
    for connection in loading {
        sent += connection.await??;
    }
    let mut bars = Bars::new();
    let rate = f64::from(sent) / start.elapsed().as_secs_f64();
    bars.tell("load: of the most, a second", format!("{rate:.0} of {:.0}", full.per_second));
    // The first quarter warms up.
    let quarter = samples.len() / 4;
    let part =
        |from: usize| -> Vec<Usage> { samples.iter().skip(from * quarter).take(quarter).copied().collect() };
    let (early, late) = (part(1), part(3));
    ensure!(!early.is_empty(), "too few samples");
    let mean = |part: &[Usage], of: fn(&Usage) -> f64| part.iter().map(of).sum::<f64>() / part.len() as f64;
    for (what, of, slack, unit) in [
        ("memory", (|usage: &Usage| usage.mib) as fn(&Usage) -> f64, 4.0, "MiB"),
        ("open files", |usage| usage.files as f64, 4.0, ""),
        ("connections", |usage| usage.connections as f64, 2.0, ""),
    ] {
        let (early, late) = (mean(&early, of), mean(&late, of));
        bars.tell(&format!("{what} in the second quarter"), format!("{early:.1} {unit}"));
        bars.at_most(&format!("{what} in the last quarter"), late, early * 1.05 + slack, unit);
    }
    bars.judge()
}

/// Loads `/settings` on one connection, a request after each pause. Returns their number.
async fn load(server: SocketAddr, request: Request, pause: Duration, end: Instant) -> anyhow::Result<u32> {
    let mut stream = BufReader::new(TcpStream::connect(server).await?);
    let head = format!(
        "GET /settings HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {}\r\nX-Forwarded-For: {}\r\nSec-Fetch-Dest: document\r\n\
         Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        server.port(),
        request.cookie,
        request.address
    );
    let (mut sent, mut pauses) = (0, interval(pause));
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        pauses.tick().await;
        stream.write_all(head.as_bytes()).await?;
        read_page(&mut stream).await?;
        sent += 1;
    }
    Ok(sent)
}

/// Reads one page.
async fn read_page(stream: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
    let (mut line, mut length) = (String::new(), None);
    stream.read_line(&mut line).await?;
    if !line.starts_with("HTTP/1.1 200 ") {
        bail!("not a page: {line}");
    }
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).await?;
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse()?);
        }
    }
    let mut page = vec![0; length.context("a page without length")?];
    stream.read_exact(&mut page).await?;
    Ok(())
}
