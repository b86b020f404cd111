//! Which of the two databases answers, and whether its version is one that we support.

use diesel::QueryResult;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// The server behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Which product it is.
    pub dialect: Dialect,
    /// Its release, major and minor.
    pub version: (u32, u32),
    /// What it says of itself, one line.
    pub banner: String,
}

/// A product that speaks PostgreSQL's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// CockroachDB, the production database.
    CockroachDb,
    /// PostgreSQL, for development and tests.
    PostgreSql,
}

impl Dialect {
    /// The oldest release that we support.
    #[must_use]
    pub fn floor(self) -> (u32, u32) {
        match self {
            Self::CockroachDb => (25, 2),
            Self::PostgreSql => (13, 0),
        }
    }

    /// The product's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CockroachDb => "CockroachDB",
            Self::PostgreSql => "PostgreSQL",
        }
    }
}

impl Server {
    /// Asks the server.
    ///
    /// # Errors
    /// As any query.
    pub async fn detect(conn: &mut AsyncPgConnection) -> QueryResult<Self> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            version: String,
        }
        let row: Row = diesel::sql_query("SELECT version() AS version").get_result(conn).await?;
        Ok(Self::parse(&row.version))
    }

    /// Reads the answer to `SELECT version()`.
    #[must_use]
    pub fn parse(banner: &str) -> Self {
        let (dialect, tail) = match banner.split_once(" v").filter(|_| banner.contains("CockroachDB")) {
            Some((_, tail)) => (Dialect::CockroachDb, tail),
            None => (Dialect::PostgreSql, banner.trim_start_matches("PostgreSQL ")),
        };
        let mut numbers =
            tail.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse().unwrap_or_default());
        let version = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
        Self { dialect, version, banner: banner.lines().next().unwrap_or_default().to_owned() }
    }

    /// Whether we support this release.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.version >= self.dialect.floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_products_are_told_apart_with_their_release() {
        let cockroach = Server::parse(
            "CockroachDB CCL v25.4.11 (x86_64-pc-linux-gnu, built 2026/05/01 00:00:00, go1.25)",
        );
        assert_eq!((cockroach.dialect, cockroach.version), (Dialect::CockroachDb, (25, 4)));
        assert!(cockroach.is_supported());
        assert!(!Server::parse("CockroachDB CCL v25.1.3 (..)").is_supported());
        let postgres = Server::parse("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64");
        assert_eq!((postgres.dialect, postgres.version), (Dialect::PostgreSql, (15, 18)));
        assert!(!Server::parse("PostgreSQL 12.22 on x86_64").is_supported());
    }
}
