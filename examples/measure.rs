//! Measures the program of the release build on this machine: `cargo build --release`, then
//! `cargo run --release --example measure flood` or `… timing`. Everything is on loopback, bounded in time,
//! and ends by itself.
//!
//! `flood`: an owner signs in, first in quiet and then while 100 connections send crafted sign-ups, or sign in to an
//! account of their own.
//! `timing`: sign-up and sign-in for email addresses with and without an account.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

const PASSWORD: &str = "lantern omelet drizzle 47";
/// What the check of a new password takes longest for, as far as we know.
const CRAFTED: &str = "$i71!1{1q293e4p4$$w0r7aaaaz2v(1+6l1l1zpass%ord69ehqwart7pa7wworp";
const CONNECTIONS: usize = 100;
const EACH: Duration = Duration::from_secs(20);

/// `unframed local` in a folder of its own. It ends with this value.
struct Program {
    process: Child,
    folder: PathBuf,
    site: String,
    client: reqwest::Client,
}

impl Program {
    async fn start() -> Result<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/release/unframed");
        ensure!(program.is_file(), "{} is missing: cargo build --release", program.display());
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("unframed-measure-{}", std::process::id()));
        let process = Command::new(program)
            .args(["local", "--folder"])
            .arg(&folder)
            .envs([("LISTEN", format!("127.0.0.1:{port}")), ("TRUSTED_PROXIES", "127.0.0.1".to_owned())])
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .spawn()?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let program = Self { process, folder, site: format!("http://localhost:{port}"), client };
        for _ in 0..300 {
            if program.client.get(format!("{}/readyz", program.site)).send().await.is_ok() {
                return Ok(program);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("it does not start")
    }

    /// Sends a form from an IP address, and returns the status and the time that it took.
    async fn post(&self, path: &str, from: &str, fields: &[(&str, &str)]) -> Result<(u16, Duration)> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let start = Instant::now();
        let answer = self
            .client
            .post(format!("{}{path}", self.site))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.site)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-mode", "navigate")
            .header("x-forwarded-for", from)
            .body(body)
            .send()
            .await?;
        let status = answer.status().as_u16();
        answer.bytes().await?;
        Ok((status, start.elapsed()))
    }

    /// The path of the sign-up link that is mailed to an email address.
    async fn link(&self, email: &str, from: &str) -> Result<String> {
        self.post("/sign-up", from, &[("email", email)]).await?;
        for _ in 0..100 {
            for file in std::fs::read_dir(self.folder.join("mails"))?.flatten() {
                let mail = std::fs::read_to_string(file.path()).unwrap_or_default();
                let link =
                    mail.lines().find_map(|line| line.strip_prefix(&format!("{}/sign-up/", self.site)));
                if let (true, Some(token)) = (mail.contains(email), link) {
                    return Ok(format!("/sign-up/{token}"));
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("no mail to {email}")
    }

    async fn sign_up(&self, email: &str, from: &str) -> Result<()> {
        let link = self.link(email, from).await?;
        let (status, _) =
            self.post(&link, from, &[("display_name", "Owner"), ("password", PASSWORD)]).await?;
        ensure!(status == 303, "{email}: {status}");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SIGTERM, so that the database stops, too.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Of some times, in milliseconds: the median, the 99th percentile and the maximum.
fn summary(times: &mut [Duration]) -> [f64; 3] {
    times.sort_unstable();
    let at = |percent: usize| {
        let index = times.len().saturating_sub(1) * percent / 100;
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    [at(50), at(99), at(100)]
}

/// The owner signs in again and again. Returns the times and the number of sign-ins that failed.
async fn owner(program: &Program) -> Result<(Vec<Duration>, usize)> {
    let (start, mut times, mut failed) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < EACH {
        let form = [("email", "owner@example.com"), ("password", PASSWORD)];
        let (status, time) = program.post("/sign-in", "192.0.2.1", &form).await?;
        times.push(time);
        failed += usize::from(status != 303);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok((times, failed))
}

async fn flood(program: Arc<Program>) -> Result<()> {
    program.sign_up("owner@example.com", "192.0.2.1").await?;
    let link = program.link("attacker@example.com", "198.51.100.1").await?;
    let (mut quiet, failed) = owner(&program).await?;
    let quiet_summary @ [_, quiet_p99, _] = summary(&mut quiet);
    println!("| | sign-ins | failed | median ms | p99 ms | max ms | p99 / quiet | requests of the flood |");
    println!("|---|---|---|---|---|---|---|---|");
    let row = |name: &str, count: usize, failed: usize, [p50, p99, max]: [f64; 3], sent: u64| {
        let ratio = p99 / quiet_p99;
        println!("| {name} | {count} | {failed} | {p50:.1} | {p99:.1} | {max:.1} | {ratio:.2} | {sent} |");
    };
    row("quiet", quiet.len(), failed, quiet_summary, 0);
    program.sign_up("other@example.com", "198.51.100.2").await?;
    for (name, networks, signs_in) in [
        ("crafted sign-ups from one network", 1_u64, false),
        ("crafted sign-ups, each from a network of its own", 1 << 20, false),
        ("right sign-ins from one network", 1, true),
    ] {
        let (done, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let attackers: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let (program, link, done, sent) = (program.clone(), link.clone(), done.clone(), sent.clone());
                tokio::spawn(async move {
                    while !done.load(Ordering::Relaxed) {
                        let count = sent.fetch_add(1, Ordering::Relaxed);
                        let network = count % networks;
                        let from = format!("2001:{:x}:{:x}::1", 0x1000 + (network >> 16), network & 0xffff);
                        let _ = if signs_in {
                            let form = [("email", "other@example.com"), ("password", PASSWORD)];
                            program.post("/sign-in", &from, &form).await
                        } else if number % 2 == 0 {
                            program.post(&link, &from, &[("display_name", "A"), ("password", CRAFTED)]).await
                        } else {
                            let email = format!("{count}@example.com");
                            program.post("/sign-up", &from, &[("email", &email), ("password", CRAFTED)]).await
                        };
                    }
                })
            })
            .collect();
        let (mut times, failed) = owner(&program).await?;
        done.store(true, Ordering::Relaxed);
        for attacker in attackers {
            attacker.await?;
        }
        row(name, times.len(), failed, summary(&mut times), sent.load(Ordering::Relaxed));
    }
    Ok(())
}

async fn timing(program: &Program) -> Result<()> {
    const PAIRS: usize = 200;
    for number in 0..PAIRS {
        let from = format!("10.1.{number}.1");
        program.sign_up(&format!("known-{number}@example.com"), &from).await.context("an account")?;
    }
    println!("| | n | median ms | p99 ms |\n|---|---|---|---|");
    for (name, path, password) in
        [("sign-up", "/sign-up", ""), ("sign-in", "/sign-in", "not that one at all")]
    {
        let mut times = [("known", Vec::new()), ("unknown", Vec::new())];
        // Alternately, so that both meet the same machine.
        for number in 0..PAIRS {
            for (at, (who, times)) in times.iter_mut().enumerate() {
                let (email, from) =
                    (format!("{who}-{number}@example.com"), format!("10.{}.{number}.1", 2 + at));
                let form = [("email", email.as_str()), ("password", password)];
                let (status, time) = program.post(path, &from, &form).await?;
                ensure!(status == 303 || status == 422, "{path}: {status}");
                times.push(time);
            }
        }
        for (who, times) in &mut times {
            let [p50, p99, _] = summary(times);
            println!("| {name}, {who} | {} | {p50:.2} | {p99:.2} |", times.len());
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let program = Arc::new(Program::start().await?);
    match std::env::args().nth(1).as_deref() {
        Some("flood") => flood(program).await,
        Some("timing") => timing(&program).await,
        _ => bail!("say flood or timing"),
    }
}
