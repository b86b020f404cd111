//! The server under attack: a flood of sign-ins, then a crowd of clients that hold connections. Meanwhile members load
//! their settings and sign in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::bars::{Bars, p99};
use crate::hostile;
use crate::load::{Figures, Load, Request};
use crate::members::Member;
use crate::server::usage::Usage;
use crate::server::{Database, Server, get};

/// How long the attacks last.
#[derive(Args)]
pub(crate) struct Options {
    /// The seconds of the flood of sign-ins
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// The connections of the flood.
const FLOOD: usize = 64;
/// The members who load their settings during the attacks.
const READERS: usize = 8;
/// How long each of them waits for the next page. Without a pause they would be a flood of their own.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest p99 of the settings that is no stall: a tenth of a second feels instant (Nielsen, Response Times: The 3 Important
/// Limits).
const STALL_MS: f64 = 100.0;
/// The members who sign in during the flood, from a browser in which they have signed in before.
const HONEST: usize = 5;
/// The members who sign in during the flood, from a browser that their account does not know.
const STRANGERS: usize = 2;
/// The most memory under attack, in MiB. The hashes at work need some 20 each.
const MOST_MIB: f64 = 256.0;
/// The time after which every connection of the crowd is gone: the longest limit of a connection, and a little more.
const GONE_AFTER: Duration = Duration::from_secs(75);

/// Attacks, measures, prints and judges.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let database = Database::start().await?;
    let members = Member::add(&database.url()?, FLOOD + READERS + HONEST + STRANGERS).await?;
    // As the unit for systemd sets it.
    let server = Server::unframed(&database, &[("MALLOC_ARENA_MAX", "2"), ("RUST_LOG", "warn")])?;
    let mut bars = Bars::new();
    let (flooding, others) = members.split_at(FLOOD);
    let (readers, honest) = others.split_at(READERS);
    let readers: Vec<Request> = readers.iter().map(Member::request).collect();
    let settings =
        |seconds| -> anyhow::Result<Load> { Ok(Load::new(&readers, seconds)?.on(READERS).pausing(PAUSE)) };
    let address = server.address;
    settings(3)?.send(address, "/settings")?.without_errors()?;
    let quiet = settings(10)?.send(address, "/settings")?.without_errors()?;
    let before = server.usage()?;
    flood(&server, flooding, honest, settings(options.seconds)?, quiet, options, &mut bars).await?;
    crowd(&server, settings(15)?, &mut bars).await?;
    let after = server.usage()?;
    bars.tell("memory at first, at the end", format!("{:.0}, {:.0} MiB", before.mib, after.mib));
    bars.at_most("open files left over", after.files as f64 - before.files as f64, 16.0, "");
    bars.judge()
}

/// Sign-ins with right passwords, from as many networks as connections: each costs a hash and a transaction.
async fn flood(
    server: &Server,
    flooding: &[Member],
    honest: &[Member],
    settings: Load,
    quiet: Figures,
    options: &Options,
    bars: &mut Bars,
) -> anyhow::Result<()> {
    let forms: Vec<Request> = flooding.iter().map(Member::sign_in).collect();
    let flood = Load::new(&forms, options.seconds)?.by("POST").on(FLOOD);
    let address = server.address;
    let (honest, strangers) = honest.split_at(HONEST);
    let mut known = Vec::new();
    for member in honest {
        known.push(on_known_device(address, member).await?);
    }
    let flooding = spawn_blocking(move || flood.send(address, "/sign-in"));
    let reading = spawn_blocking(move || settings.send(address, "/settings"));
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let known = sign_ins_of_all(address, known, end);
    let strangers = sign_ins_of_all(address, strangers.iter().map(Member::sign_in).collect(), end);
    let most = most_usage(server, end).await?;
    let ((times, failed), (strange_times, refused)) = (known.await??, strangers.await??);
    let (flooding, reading) = (flooding.await??, reading.await??.without_errors()?);
    bars.tell(
        "flood: sign-ins a second",
        format!("{:.1}, {} refused", flooding.per_second, flooding.refused),
    );
    bars.at_most("flood: p99 of /settings", reading.p99_ms, quiet.p99_ms * 3.0, "ms");
    bars.tell("its p99 in peace", format!("{:.1} ms", quiet.p99_ms));
    ensure!(!times.is_empty(), "no honest member signed in");
    bars.tell("flood: honest sign-ins", times.len().to_string());
    bars.at_most("flood: honest sign-ins that failed", f64::from(failed), 0.0, "");
    bars.at_most("flood: p99 of honest sign-ins", p99(times), 5_000.0, "ms");
    let strange = (strange_times.len(), p99(strange_times));
    bars.tell(
        "the same from new browsers",
        format!("{}, {refused} refused, p99 {:.0} ms", strange.0, strange.1),
    );
    bars.at_most("flood: memory", most.mib, MOST_MIB, "MiB");
    Ok(())
}

/// A crowd of clients that hold connections, beside members who load their settings.
async fn crowd(server: &Server, settings: Load, bars: &mut Bars) -> anyhow::Result<()> {
    let (address, start) = (server.address, Instant::now());
    let mut crowd = hostile::crowd(address);
    let reading = spawn_blocking(move || settings.send(address, "/settings"));
    let most = most_usage(server, start + Duration::from_secs(15)).await?;
    let reading = reading.await??.without_errors()?;
    bars.tell("crowd: the most connections, files", format!("{}, {}", most.connections, most.files));
    bars.at_most("crowd: p99 of /settings", reading.p99_ms, STALL_MS, "ms");
    bars.at_most("crowd: memory", most.mib, MOST_MIB, "MiB");
    let gone = async { while crowd.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(GONE_AFTER, gone).await;
    bars.at_most(
        "crowd: seconds until all are gone",
        start.elapsed().as_secs_f64(),
        GONE_AFTER.as_secs_f64(),
        "s",
    );
    bars.at_most("crowd: clients that are left", crowd.len() as f64, 0.0, "");
    get(address, "/", "").map(drop)
}

/// The most that a server uses up to a moment.
async fn most_usage(server: &Server, end: Instant) -> anyhow::Result<Usage> {
    let mut most = server.usage()?;
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = server.usage()?;
        most = Usage {
            mib: most.mib.max(now.mib),
            files: most.files.max(now.files),
            connections: most.connections.max(now.connections),
        };
    }
    Ok(most)
}

/// Signs members in, all at the same time. Returns what [`sign_ins_until`] returns, of all of them.
fn sign_ins_of_all(
    server: SocketAddr,
    forms: Vec<Request>,
    end: Instant,
) -> JoinHandle<anyhow::Result<(Vec<f64>, u32)>> {
    let members: Vec<_> =
        forms.into_iter().map(|form| tokio::spawn(sign_ins_until(server, form, end))).collect();
    tokio::spawn(async move {
        let (mut times, mut failed) = (Vec::new(), 0);
        for member in members {
            let (taken, refused) = member.await??;
            times.extend(taken);
            failed += refused;
        }
        Ok((times, failed))
    })
}

/// The form of a member with the cookie of a browser in which they have signed in before.
async fn on_known_device(server: SocketAddr, member: &Member) -> anyhow::Result<Request> {
    let form = member.sign_in();
    let answer = sign_in(server, &form).await?;
    let mut cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let device = cookies.find(|cookie| cookie.starts_with("device="));
    let device = device.and_then(|cookie| cookie.split(';').next()).context("no cookie of the device")?;
    Ok(Request { cookie: device.to_owned(), ..form })
}

/// Signs a member in once a second. Returns the times in milliseconds, and how many attempts failed.
async fn sign_ins_until(server: SocketAddr, form: Request, end: Instant) -> anyhow::Result<(Vec<f64>, u32)> {
    let (mut times, mut failed) = (Vec::new(), 0);
    while Instant::now() < end {
        let start = Instant::now();
        if sign_in(server, &form).await?.starts_with("HTTP/1.1 303") {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        } else {
            failed += 1;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok((times, failed))
}

/// Sends the form of a sign-in from our own page.
async fn sign_in(server: SocketAddr, form: &Request) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    let (origin, length) = (format!("http://localhost:{}", server.port()), form.body.len());
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost:{}\r\nOrigin: {origin}\r\nX-Forwarded-For: {}\r\nCookie: {}\r\n\
         Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n{}",
        server.port(),
        form.address,
        form.cookie,
        form.body
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
