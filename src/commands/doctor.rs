//! `unframed doctor`: connects as `serve` would and says, a line each, what is as it should be and
//! what is not. It changes nothing.

use std::fmt::Display;

use chrono::{TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::Failure;
use crate::config::Config;
use crate::db::DatabaseUrl;
use crate::db::dialect::{Dialect, Server};
use crate::db::expiring::EXPIRING;
use crate::db::inspection::{self, Expiry};
use crate::db::migrations::{self, SchemaState};

/// More than this between our clock and the server's, the way there taken off, is not ok.
const MOST_SKEW: TimeDelta = TimeDelta::seconds(1);

/// Looks at `DATABASE_URL` and `DATABASE_POOL_SIZE` and prints what it finds.
///
/// # Errors
/// A summary line where any line is not ok.
pub async fn run() -> Result<(), Failure> {
    let (url, pool_size) = Config::database_from_env("doctor").map_err(|faults| faults.to_string())?;
    let mut report = Report::default();
    match url.connect().await {
        Ok(mut conn) => {
            report.ok("connection", url.shown());
            if let Err(error) = examine(&mut report, &mut conn, &url, pool_size).await {
                report.not_ok("query", crate::db::with_causes(&error));
            }
        }
        Err(error) => {
            report.not_ok("connection", format!("{}: {}", url.shown(), crate::db::with_causes(&error)))
        }
    }
    match report.faults {
        0 => Ok(()),
        1 => Err("1 line is not ok".to_owned()),
        faults => Err(format!("{faults} lines are not ok")),
    }
}

/// Prints as it goes: the last line tells what a query hangs at.
#[derive(Default)]
struct Report {
    faults: usize,
}

impl Report {
    fn ok(&mut self, subject: &str, text: impl Display) {
        println!("ok      {subject:<13}{text}");
    }

    fn not_ok(&mut self, subject: &str, text: impl Display) {
        self.faults += 1;
        println!("not ok  {subject:<13}{text}");
    }

    fn line(&mut self, good: bool, subject: &str, text: impl Display) {
        if good { self.ok(subject, text) } else { self.not_ok(subject, text) }
    }
}

async fn examine(
    report: &mut Report,
    conn: &mut AsyncPgConnection,
    url: &DatabaseUrl,
    pool_size: u32,
) -> QueryResult<()> {
    let server = Server::detect(conn).await?;
    let (major, minor) = server.dialect.floor();
    report.line(
        server.is_supported(),
        "server",
        format!("{} (supported: {} {major}.{minor} or later)", server.banner, server.dialect.name()),
    );
    encryption(report, conn, url, server.dialect).await?;
    clock(report, conn).await?;
    let isolation = inspection::isolation(conn).await?;
    report.line(isolation == "serializable", "isolation", isolation);
    if migrations(report, conn).await? {
        for entry in EXPIRING {
            let table = entry.table;
            match inspection::expiry(conn, server.dialect, entry).await? {
                Expiry::ByDatabase => report.ok("expired rows", format!("{table}: row-level TTL is set")),
                Expiry::BySweep => {
                    report.ok("expired rows", format!("{table}: swept by `unframed serve`, none is overdue"))
                }
                Expiry::Missing(reason) => report.not_ok("expired rows", format!("{table}: {reason}")),
            }
        }
    }
    pool(report, conn, server.dialect, pool_size).await
}

/// What the server sees of TLS is asked, where it can be; that the chain and the name were verified
/// follows from being connected at all.
async fn encryption(
    report: &mut Report,
    conn: &mut AsyncPgConnection,
    url: &DatabaseUrl,
    dialect: Dialect,
) -> QueryResult<()> {
    let Some(verified_by) = url.verified_by() else {
        report.ok("TLS", "none: the database is on this machine");
        return Ok(());
    };
    let ours = format!("we verified the server's chain and name against {verified_by}");
    match dialect {
        Dialect::CockroachDb if url.has_client_certificate() => {
            report.ok("TLS", format!("{ours}; a client certificate was offered"));
        }
        Dialect::CockroachDb => report.ok("TLS", format!("{ours}; no client certificate")),
        Dialect::PostgreSql => {
            let seen = inspection::encryption(conn).await?;
            let theirs = match seen.client {
                Some(name) => format!("the server verified our certificate, {name}"),
                None => "the server asked for no certificate of ours".to_owned(),
            };
            let protocol = seen.protocol.unwrap_or_else(|| "not encrypted at the server's end".to_owned());
            report.line(seen.encrypted, "TLS", format!("{protocol}: {ours}; {theirs}"));
        }
    }
    Ok(())
}

async fn clock(report: &mut Report, conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let asked = Utc::now();
    let theirs = inspection::clock(conn).await?;
    let answered = Utc::now();
    // Anywhere between question and answer is no skew at all.
    let skew = (theirs - answered).max(asked - theirs).max(TimeDelta::zero());
    report.line(
        skew <= MOST_SKEW,
        "clock",
        format!(
            "the server's differs from ours by {} ms (at most {} are good; round trip {} ms)",
            skew.num_milliseconds(),
            MOST_SKEW.num_milliseconds(),
            (answered - asked).num_milliseconds()
        ),
    );
    Ok(())
}

/// Whether the schema is complete, so that its tables can be asked.
async fn migrations(report: &mut Report, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let total = migrations::all_versions().len();
    let state = migrations::schema_state(conn).await?;
    match &state {
        SchemaState::Current => report.ok("migrations", format!("all {total} are in place")),
        SchemaState::Behind(missing) => {
            let missing = missing.len();
            report.not_ok("migrations", format!("{missing} of {total} are missing: run `unframed migrate`"));
        }
        SchemaState::Unknown(_) => {
            if let Err(problem) = state.clone().require_current() {
                report.not_ok("migrations", problem);
            }
        }
    }
    Ok(state == SchemaState::Current)
}

async fn pool(
    report: &mut Report,
    conn: &mut AsyncPgConnection,
    dialect: Dialect,
    pool_size: u32,
) -> QueryResult<()> {
    match dialect {
        // The number of vCPUs is not told to an ordinary user, so the person must compare.
        Dialect::CockroachDb => report.ok(
            "pool",
            format!(
                "{pool_size} connections for each instance, which is the share of {} vCPUs: all instances together should stay below 4 for each vCPU of the cluster (this cannot be checked from here)",
                pool_size.div_ceil(4)
            ),
        ),
        Dialect::PostgreSql => {
            let limit = inspection::connection_limit(conn).await?;
            let instances = limit / i64::from(pool_size.max(1));
            report.line(
                instances > 0,
                "pool",
                format!("{pool_size} connections for each instance; the server takes {limit}: {instances} instances fit"),
            );
        }
    }
    Ok(())
}
