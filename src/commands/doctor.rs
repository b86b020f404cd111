//! `unframed doctor`: connects with the same settings as `serve` and prints one line for each check. It
//! changes nothing.

use std::fmt::Display;

use anyhow::bail;
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

/// The largest accepted difference between our clock and the server's, beyond the round trip.
const MAX_SKEW: TimeDelta = TimeDelta::seconds(1);

/// Checks `DATABASE_URL` and `DATABASE_POOL_SIZE` and prints the results. It fails if any line is not ok.
pub async fn run() -> Result<(), Failure> {
    let (url, pool_size) = Config::database_from_env("doctor")?;
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
    match report.not_ok_lines {
        0 => Ok(()),
        1 => bail!("1 line is not ok"),
        lines => bail!("{lines} lines are not ok"),
    }
}

/// Prints each line at once, so that the last line shows where a query hangs.
#[derive(Default)]
struct Report {
    not_ok_lines: usize,
}

impl Report {
    fn ok(&mut self, subject: &str, text: impl Display) {
        println!("ok      {subject:<13}{text}");
    }

    fn not_ok(&mut self, subject: &str, text: impl Display) {
        self.not_ok_lines += 1;
        println!("not ok  {subject:<13}{text}");
    }

    fn line(&mut self, ok: bool, subject: &str, text: impl Display) {
        if ok { self.ok(subject, text) } else { self.not_ok(subject, text) }
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
                Expiry::BySweep => report
                    .ok("expired rows", format!("{table}: `unframed serve` deletes them, none is overdue")),
                Expiry::Missing(reason) => report.not_ok("expired rows", format!("{table}: {reason}")),
            }
        }
    }
    pool(report, conn, server.dialect, pool_size).await
}

/// Reports the encryption, on PostgreSQL as the server sees it. That we verified the chain and the name
/// follows from the connection itself.
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
    let our_side = format!("we verified the server's chain and name against {verified_by}");
    match dialect {
        Dialect::CockroachDb if url.has_client_certificate() => {
            report.ok("TLS", format!("{our_side}; we offered a client certificate"));
        }
        Dialect::CockroachDb => report.ok("TLS", format!("{our_side}; we have no client certificate")),
        Dialect::PostgreSql => {
            let seen = inspection::encryption(conn).await?;
            let server_side = match seen.client {
                Some(name) => format!("the server verified our client certificate, {name}"),
                None => "the server asked for no client certificate".to_owned(),
            };
            let protocol = seen.protocol.unwrap_or_else(|| "not encrypted on the server's side".to_owned());
            report.line(seen.encrypted, "TLS", format!("{protocol}: {our_side}; {server_side}"));
        }
    }
    Ok(())
}

async fn clock(report: &mut Report, conn: &mut AsyncPgConnection) -> QueryResult<()> {
    let asked = Utc::now();
    let server_time = inspection::clock(conn).await?;
    let answered = Utc::now();
    // A server time between question and answer counts as no difference.
    let skew = (server_time - answered).max(asked - server_time).max(TimeDelta::zero());
    report.line(
        skew <= MAX_SKEW,
        "clock",
        format!(
            "differs from the server's by {} ms (limit {} ms, round trip {} ms)",
            skew.num_milliseconds(),
            MAX_SKEW.num_milliseconds(),
            (answered - asked).num_milliseconds()
        ),
    );
    Ok(())
}

/// Reports the migrations, and whether the schema is complete, so that its tables can be queried.
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
        // CockroachDB does not tell an ordinary user the number of vCPUs, so the operator must compare.
        Dialect::CockroachDb => report.ok(
            "pool",
            format!(
                "{pool_size} connections for each instance, enough for {} vCPUs: all instances together should have at most 4 for each vCPU of the cluster (compare this yourself, CockroachDB does not tell)",
                pool_size.div_ceil(4)
            ),
        ),
        Dialect::PostgreSql => {
            let limit = inspection::connection_limit(conn).await?;
            let instances = limit / i64::from(pool_size.max(1));
            report.line(
                instances > 0,
                "pool",
                format!("{pool_size} connections for each instance; the server accepts {limit}: {instances} instances fit"),
            );
        }
    }
    Ok(())
}
