//! The comparison with the bare server: the same requests to both, in turn, on the same database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use comfy_table::Table;
use unframed::security::password_hashing::{PasswordHashing, Work};

use crate::bare;
use crate::load::{Figures, Load, Request};
use crate::members::{Member, PASSWORD};
use crate::server::{Database, Server, get, unframed_program};

/// What is measured, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The rounds; in each, every server has its turn
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The seconds of a turn
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// The members who are signed in
    #[arg(long, default_value_t = 1_000)]
    members: usize,
    /// The file for the plot
    #[arg(long, default_value = "docs/performance.svg")]
    pub(crate) plot: PathBuf,
}

/// A comparison: the same load on one path of unframed, and on one of the bare server.
struct Comparison<'a> {
    what: &'static str,
    ours: &'a str,
    bare: &'a str,
    load: &'a Load,
    /// The least ratio of the throughputs that we accept.
    bar: f64,
}

/// The ratios of two servers that had their turns alternately.
pub(crate) struct Alternation {
    /// Of the throughputs.
    pub(crate) throughput: Ratios,
    /// Of the 99th percentiles of the latencies.
    p99: Ratios,
}

/// The ratios of all rounds, of unframed to what it is compared with.
pub(crate) struct Ratios {
    /// What was compared.
    pub(crate) what: String,
    /// The ratio that we want: at least this much, or for a latency at most.
    pub(crate) bar: f64,
    values: Vec<f64>,
}

impl Ratios {
    fn new(what: String, bar: f64, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { what, bar, values }
    }

    /// The least, the middle and the largest ratio.
    pub(crate) fn spread(&self) -> (f64, f64, f64) {
        let at = |index: usize| self.values.get(index).copied().unwrap_or(f64::NAN);
        (at(0), at(self.values.len() / 2), at(self.values.len().saturating_sub(1)))
    }
}

/// Measures and prints everything; returns the throughputs.
pub(crate) async fn run(options: &Options) -> anyhow::Result<Vec<Ratios>> {
    let database = Database::start().await?;
    let members = Member::add(&database.url()?, options.members).await?;
    let ours = Server::unframed(&database, &[])?;
    let pages = database.folder.path().join("pages");
    copy_pages(&ours, &members, &pages)?;
    let theirs = Server::bare(&database, &pages)?;
    let fresh_mib = ours.resident_mib()?;
    let signed_in: Vec<Request> = members.iter().map(Member::request).collect();
    let guest = [Request { cookie: String::new(), address: "10.0.0.1".to_owned(), body: String::new() }];
    let (settings, home) = (Load::new(&signed_in, options.seconds)?, Load::new(&guest, options.seconds)?);
    let style = style_sheet(ours.address)?;
    let comparisons = [
        Comparison {
            what: "/settings, beside one that formats by hand",
            ours: "/settings",
            bare: "/settings",
            load: &settings,
            bar: 0.90,
        },
        Comparison {
            what: "/settings, beside one that renders it",
            ours: "/settings",
            bare: "/rendered",
            load: &settings,
            bar: 0.97,
        },
        Comparison {
            what: "/settings, beside one that also asks the same",
            ours: "/settings",
            bare: "/queried",
            load: &settings,
            bar: 0.97,
        },
        Comparison { what: "/ for a guest, beside a constant", ours: "/", bare: "/", load: &home, bar: 0.90 },
        Comparison {
            what: "a static file, beside actix-files",
            ours: &style,
            bare: "/static/app.css",
            load: &home,
            bar: 0.95,
        },
    ];
    let mut alternations = Vec::new();
    for Comparison { what, ours: path, bare, load, bar } in &comparisons {
        let ours = || load.send(ours.address, path)?.without_errors();
        let bare = || load.send(theirs.address, bare)?.without_errors();
        alternations.push(alternate(what, *bar, options.rounds, ours, bare)?);
    }
    let mut table = table(&alternations);
    let sign_ins = sign_ins(&ours, &members, options).await?;
    add_row(&mut table, &sign_ins, None);
    println!("{}\n{table}", machine());
    let after_sign_ins = ours.resident_mib()?;
    let many = Load::new(&signed_in, options.seconds)?.on(256);
    many.send(ours.address, "/settings")?.without_errors()?;
    println!("start to first page: {} ms", ours.start_time.as_millis());
    println!(
        "resident: {fresh_mib:.0} MiB after the start, {after_sign_ins:.0} after the sign-ins, {:.0} after 256 connections",
        ours.resident_mib()?
    );
    println!("program: {:.1} MB", fs::metadata(unframed_program()?)?.len() as f64 / 1e6);
    let throughputs = alternations.into_iter().map(|alternation| alternation.throughput);
    Ok(throughputs.chain([sign_ins]).collect())
}

/// Keeps both servers until a line comes in, and says where they are, for a profiler.
pub(crate) async fn hold(members: usize) -> anyhow::Result<()> {
    let database = Database::start().await?;
    let members = Member::add(&database.url()?, members).await?;
    let ours = Server::unframed(&database, &[])?;
    let pages = database.folder.path().join("pages");
    copy_pages(&ours, &members, &pages)?;
    let theirs = Server::bare(&database, &pages)?;
    let requests: Vec<Request> = members.iter().map(Member::request).collect();
    let load = Load::new(&requests, 1)?;
    println!(
        "unframed: {}\nbare: {}\nrequests: {}\nenter: end",
        ours.address,
        theirs.address,
        load.file().display()
    );
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Compares two servers. The one that begins changes with each round.
pub(crate) fn alternate(
    what: &str,
    bar: f64,
    rounds: usize,
    one: impl Fn() -> anyhow::Result<Figures>,
    other: impl Fn() -> anyhow::Result<Figures>,
) -> anyhow::Result<Alternation> {
    let (mut throughputs, mut latencies) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (one, other) = if round % 2 == 0 {
            let first = one()?;
            (first, other()?)
        } else {
            let first = other()?;
            (one()?, first)
        };
        // The first round warms up.
        if round > 0 {
            throughputs.push(one.per_second / other.per_second);
            latencies.push(one.p99_ms / other.p99_ms);
            eprintln!("{what}: {one:.2?} beside {other:.2?}");
        }
    }
    let throughput = Ratios::new(what.to_owned(), bar, throughputs);
    Ok(Alternation { throughput, p99: Ratios::new(format!("p99 of {what}"), 1.1, latencies) })
}

/// A row for each comparison.
pub(crate) fn table<'a>(alternations: impl IntoIterator<Item = &'a Alternation>) -> Table {
    let mut table = Table::new();
    table.set_header(["throughput", "ratio", "least to most", "bar", "p99 ratio"]);
    for Alternation { throughput, p99 } in alternations {
        add_row(&mut table, throughput, Some(p99));
    }
    table
}

/// Sign-ins per second, beside the comparisons of passwords that the same queue admits when nothing else is done.
async fn sign_ins(ours: &Server, members: &[Member], options: &Options) -> anyhow::Result<Ratios> {
    let forms: Vec<Request> = members.iter().map(Member::sign_in).collect();
    let load = Load::new(&forms, options.seconds)?.by("POST").on(8);
    let hashing = PasswordHashing::new()?;
    let client = [127, 0, 0, 1].into();
    let mut values = Vec::new();
    for _ in 0..options.rounds {
        let signed_in = load.send(ours.address, "/sign-in")?.without_errors()?;
        let (start, mut compared) = (Instant::now(), 0.0);
        while start.elapsed() < Duration::from_secs(options.seconds) {
            hashing.compare(Work::SignIn, client, PASSWORD, None).await?;
            compared += 1.0;
        }
        let alone = compared / start.elapsed().as_secs_f64();
        eprintln!("sign-ins: {:.1} a second beside {alone:.1} hashes", signed_in.per_second);
        values.push(signed_in.per_second / alone);
    }
    Ok(Ratios::new("sign-ins, beside argon2id alone".to_owned(), 0.95, values))
}

/// Writes the pages of unframed that the bare server copies.
fn copy_pages(ours: &Server, members: &[Member], folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(bare::HOME), get(ours.address, "/", "")?)?;
    let Some(member) = members.last() else { return Ok(()) };
    let page = get(ours.address, "/settings", &member.cookie())?;
    fs::write(folder.join(bare::SETTINGS), page.replace(&member.name, bare::NAME))?;
    Ok(())
}

/// The path of the style sheet, which has its digest in it.
fn style_sheet(ours: SocketAddr) -> anyhow::Result<String> {
    let home = get(ours, "/", "")?;
    let path = home.split('"').find(|part| part.starts_with("/static/") && part.ends_with("/app.css"));
    path.map(ToOwned::to_owned).ok_or_else(|| anyhow::anyhow!("the start page has no style sheet"))
}

fn add_row(table: &mut Table, ratios: &Ratios, p99: Option<&Ratios>) {
    let (least, median, most) = ratios.spread();
    let p99 = p99.map_or_else(String::new, |p99| format!("{:.2} (bar {})", p99.spread().1, p99.bar));
    table.add_row([
        ratios.what.clone(),
        format!("{median:.2}"),
        format!("{least:.2} to {most:.2}"),
        format!("{:.2}", ratios.bar),
        p99,
    ]);
}

/// The machine and the versions.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unnamed processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{model}, {cores} cores; unframed {}, release build; the database and wrk run beside",
        env!("CARGO_PKG_VERSION")
    )
}
