//! The questions that `unframed doctor` asks a server. Every answer is a plain value; the command
//! decides which are good.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::dialect::Dialect;
use super::expiring::Expiring;

/// The one text of a row.
#[derive(diesel::QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

async fn word(conn: &mut AsyncPgConnection, query: &str) -> QueryResult<String> {
    let row: Word = diesel::sql_query(query).get_result(conn).await?;
    Ok(row.word)
}

/// The server's clock.
pub async fn clock(conn: &mut AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = Timestamptz)]
        moment: DateTime<Utc>,
    }
    let row: Row = diesel::sql_query("SELECT clock_timestamp() AS moment").get_result(conn).await?;
    Ok(row.moment)
}

/// The isolation level of a transaction that asks for SERIALIZABLE.
pub async fn isolation(conn: &mut AsyncPgConnection) -> QueryResult<String> {
    #[expect(clippy::disallowed_methods, reason = "only asks for a setting")]
    let mut transaction = conn.build_transaction().serializable();
    let level = "SELECT current_setting('transaction_isolation')::TEXT AS word";
    transaction.run(async |conn: &mut AsyncPgConnection| word(conn, level).await).await
}

/// The encryption of this connection, as the server sees it.
#[derive(diesel::QueryableByName)]
pub struct Encryption {
    /// Whether the connection is encrypted.
    #[diesel(sql_type = Bool)]
    pub encrypted: bool,
    /// The protocol, such as `TLSv1.3`.
    #[diesel(sql_type = Nullable<Text>)]
    pub protocol: Option<String>,
    /// The name in the client certificate that the server has verified.
    #[diesel(sql_type = Nullable<Text>)]
    pub client: Option<String>,
}

/// Asks PostgreSQL for the encryption of this connection. CockroachDB has no such view.
pub async fn encryption(conn: &mut AsyncPgConnection) -> QueryResult<Encryption> {
    diesel::sql_query(
        "SELECT ssl AS encrypted, version::TEXT AS protocol, client_dn::TEXT AS client \
         FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()",
    )
    .get_result(conn)
    .await
}

/// The number of connections that PostgreSQL has for ordinary users: without the superusers' reserve.
pub async fn connection_limit(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        connections: i64,
    }
    let row: Row = diesel::sql_query(
        "SELECT current_setting('max_connections')::INT8 \
         - current_setting('superuser_reserved_connections')::INT8 AS connections",
    )
    .get_result(conn)
    .await?;
    Ok(row.connections)
}

/// How the expired rows of a table are deleted.
pub enum Expiry {
    /// By the database itself.
    ByDatabase,
    /// By `unframed serve`, and no row is overdue.
    BySweep,
    /// They are not, for this reason.
    Missing(String),
}

/// Whether the expired rows of a table are deleted.
pub async fn expiry(conn: &mut AsyncPgConnection, dialect: Dialect, entry: &Expiring) -> QueryResult<Expiry> {
    let Expiring { table, column, .. } = entry;
    match dialect {
        Dialect::CockroachDb => {
            let query = format!("SELECT create_statement AS word FROM [SHOW CREATE TABLE {table}]");
            Ok(if word(conn, &query).await?.contains("ttl_expiration_expression") {
                Expiry::ByDatabase
            } else {
                Expiry::Missing("row-level TTL is not set: run `unframed migrate`".to_owned())
            })
        }
        Dialect::PostgreSql => {
            let query = format!(
                "SELECT count(*)::TEXT AS word FROM {table} WHERE {column} < now() - INTERVAL '1 day'"
            );
            Ok(match word(conn, &query).await?.as_str() {
                "0" => Expiry::BySweep,
                rows => Expiry::Missing(format!(
                    "{rows} rows expired more than a day ago: `unframed serve` deletes them while it runs"
                )),
            })
        }
    }
}
