//! The two supported databases: which one answers, and whether we support its version.

use diesel::QueryResult;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// The database server at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The product.
    pub dialect: Dialect,
    /// The major and minor version.
    pub version: (u32, u32),
    /// The first line of its answer to `SELECT version()`.
    pub banner: String,
}

/// A database product that speaks PostgreSQL's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// CockroachDB, the production database.
    CockroachDb,
    /// PostgreSQL, for development and tests.
    PostgreSql,
}

impl Dialect {
    /// The oldest supported version.
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
    /// Asks the server for its product and version.
    pub async fn detect(conn: &mut AsyncPgConnection) -> QueryResult<Self> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            version: String,
        }
        let row: Row = diesel::sql_query("SELECT version() AS version").get_result(conn).await?;
        Ok(Self::parse(&row.version))
    }

    /// Parses the answer to `SELECT version()`.
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

    /// Whether we support this version.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        self.version >= self.dialect.floor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_and_version_are_parsed_from_the_banner() {
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
