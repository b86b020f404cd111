//! What an export holds: each table with rows of an account, and each column or the reason why it is withheld. A test
//! compares the list with the schema, so that no table is forgotten; `docs/EXPORT.md` shows it to users.

use chrono::{DateTime, SecondsFormat, Utc};
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_types::{BigInt, Bytea, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A table whose rows an export holds.
#[derive(Debug)]
pub struct Exported {
    /// The table.
    pub table: &'static str,
    /// How its rows belong to an account.
    pub owner: OwnerColumn,
    /// The primary key, by which the rows are read.
    pub key: KeyColumn,
    /// The columns that the export holds.
    pub columns: &'static [Column],
    /// The columns that it does not hold, each with the reason.
    pub withheld: &'static [(&'static str, &'static str)],
}

/// A column of an export.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The expression in place of the column, where a part of it is withheld.
    sql: Option<&'static str>,
    /// Whether it is a time, written in UTC (RFC 3339).
    is_time: bool,
}

/// How the rows of a table belong to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerColumn {
    /// By this column with the account's id.
    Id(&'static str),
    /// By this column with its email address.
    Email(&'static str),
}

/// A primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyColumn {
    /// An id.
    Id(&'static str),
    /// A digest, which stays in the database.
    Digest(&'static str),
}

/// The primary key of a row.
#[derive(Clone, Debug)]
pub enum RowKey {
    /// An id.
    Id(Uuid),
    /// A digest.
    Digest(Vec<u8>),
}

/// A row of an export.
#[derive(Debug)]
pub struct ExportedRow {
    /// Its primary key.
    pub key: RowKey,
    /// Its columns as a JSON object.
    pub json: String,
}

const fn plain(name: &'static str) -> Column {
    Column { name, sql: None, is_time: false }
}

const fn time(name: &'static str) -> Column {
    Column { name, sql: None, is_time: true }
}

const DIGEST: &str = "the digest of a secret";

/// All of them.
pub const EXPORTED: &[Exported] = &[
    Exported {
        table: "users",
        owner: OwnerColumn::Id("id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("email"),
            plain("display_name"),
            time("created_at"),
            time("updated_at"),
            time("delete_after"),
            plain("card_enabled"),
            plain("language"),
            plain("time_zone"),
            time("disabled_at"),
            time("devices_forgotten_at"),
            time("second_factor_since"),
            plain("short_password"),
            time("factors_reset_after"),
            plain("last_undo_number"),
        ],
        withheld: &[("password_hash", "with it, the password could be guessed")],
    },
    Exported {
        table: "sessions",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("user_id"),
            plain("user_agent"),
            plain("client_address"),
            time("created_at"),
            time("last_used_at"),
            time("expires_at"),
            time("absolute_expires_at"),
            plain("remembered"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "security_events",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("user_id"),
            plain("kind"),
            plain("user_agent"),
            plain("client_address"),
            time("created_at"),
            time("expires_at"),
            plain("about"),
        ],
        withheld: &[],
    },
    Exported {
        table: "pending_actions",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("user_id"),
            plain("session_id"),
            plain("kind"),
            Column {
                name: "payload",
                // These actions hold the hash of the new password, and the secret of the new authenticator.
                sql: Some(
                    "CASE WHEN kind IN ('change_password', 'add_authenticator') THEN NULL ELSE payload END",
                ),
                is_time: false,
            },
            plain("attempts"),
            time("spent_until"),
            time("created_at"),
            time("expires_at"),
            time("used_at"),
            time("withdrawn_at"),
            time("delete_at"),
        ],
        withheld: &[("token_digest", DIGEST), ("session_digest", DIGEST)],
    },
    Exported {
        table: "email_changes",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("user_id"),
            plain("old_email"),
            plain("new_email"),
            time("created_at"),
            time("expires_at"),
            time("confirmed_at"),
            time("withdrawn_at"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "undo_links",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("user_id"),
            plain("kind"),
            plain("payload"),
            plain("number"),
            plain("reserved_email"),
            time("created_at"),
            time("expires_at"),
            time("used_at"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "password_resets",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("user_id"),
            plain("email"),
            time("created_at"),
            time("expires_at"),
            time("used_at"),
            time("delete_at"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "data_exports",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[plain("user_id"), plain("session_id"), time("created_at"), time("expires_at")],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "authenticators",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("user_id"),
            plain("name"),
            plain("last_step"),
            time("created_at"),
            time("last_used_at"),
            plain("added_number"),
            plain("removed_number"),
            time("delete_at"),
        ],
        withheld: &[("sealed_secret", "with it, anyone could make codes")],
    },
    Exported {
        table: "recovery_codes",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("code_digest"),
        columns: &[
            plain("user_id"),
            time("created_at"),
            time("used_at"),
            plain("added_number"),
            plain("removed_number"),
            time("delete_at"),
        ],
        withheld: &[("code_digest", DIGEST)],
    },
    Exported {
        table: "pending_sign_ins",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("user_id"),
            plain("remembered"),
            plain("next_path"),
            plain("attempts"),
            time("created_at"),
            time("expires_at"),
        ],
        withheld: &[("token_digest", DIGEST), ("password_digest", DIGEST)],
    },
    Exported {
        table: "passkeys",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("user_id"),
            plain("name"),
            plain("credential"),
            time("last_challenge_at"),
            time("last_used_at"),
            time("created_at"),
            plain("added_number"),
            plain("removed_number"),
            time("delete_at"),
        ],
        withheld: &[("credential_id", "`credential` holds it")],
    },
    Exported {
        table: "confirmations",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("application_id"),
            plain("user_id"),
            plain("application_name"),
            plain("title"),
            plain("details"),
            plain("danger"),
            plain("return_url"),
            time("created_at"),
            time("expires_at"),
            plain("outcome"),
            time("decided_at"),
            plain("proof"),
            plain("receipt"),
            time("delete_at"),
        ],
        withheld: &[],
    },
    Exported {
        table: "access_tokens",
        owner: OwnerColumn::Id("user_id"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("id"),
            plain("user_id"),
            plain("name"),
            plain("scopes"),
            time("created_at"),
            time("last_used_at"),
            time("expires_at"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "sign_ups",
        owner: OwnerColumn::Email("email"),
        key: KeyColumn::Digest("token_digest"),
        columns: &[
            plain("email"),
            time("created_at"),
            time("expires_at"),
            time("used_at"),
            time("delete_at"),
        ],
        withheld: &[("token_digest", DIGEST)],
    },
    Exported {
        table: "outgoing_mails",
        owner: OwnerColumn::Email("recipient"),
        key: KeyColumn::Id("id"),
        columns: &[
            plain("id"),
            plain("recipient"),
            plain("subject"),
            plain("language"),
            plain("attempts"),
            time("created_at"),
            time("next_attempt_at"),
            time("expires_at"),
        ],
        withheld: &[(
            "sealed_body",
            "the mail itself comes by email, and may hold a link that opens the account",
        )],
    },
];

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    key: Uuid,
    #[diesel(sql_type = Text)]
    json: String,
}

#[derive(QueryableByName)]
struct DigestRow {
    #[diesel(sql_type = Bytea)]
    key: Vec<u8>,
    #[diesel(sql_type = Text)]
    json: String,
}

/// Up to `limit` rows of an account in a table, those after the row `last`. No id is nil and no digest is empty.
pub async fn list(
    conn: &mut AsyncPgConnection,
    table: &Exported,
    user_id: Uuid,
    email: &str,
    last: Option<&RowKey>,
    limit: i64,
) -> QueryResult<Vec<ExportedRow>> {
    let pairs: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("'{}', {}", column.name, column.sql.unwrap_or(column.name)))
        .collect();
    let (KeyColumn::Id(key) | KeyColumn::Digest(key)) = table.key;
    let (owner, value) = match table.owner {
        OwnerColumn::Id(column) => (format!("{column} = $1::UUID"), user_id.to_string()),
        OwnerColumn::Email(column) => (format!("{column} = $1"), email.to_owned()),
    };
    let sql = format!(
        "SELECT {key} AS key, jsonb_build_object({})::TEXT AS json FROM {} \
         WHERE {owner} AND {key} > $2 ORDER BY {key} LIMIT $3",
        pairs.join(", "),
        table.table
    );
    let query = diesel::sql_query(sql).bind::<Text, _>(value);
    let rows: Vec<(RowKey, String)> = match table.key {
        KeyColumn::Id(_) => {
            let after = if let Some(RowKey::Id(id)) = last { *id } else { Uuid::nil() };
            let query = query.bind::<SqlUuid, _>(after);
            let query = query.bind::<BigInt, _>(limit);
            let rows: Vec<IdRow> = query.load(conn).await?;
            rows.into_iter().map(|row| (RowKey::Id(row.key), row.json)).collect()
        }
        KeyColumn::Digest(_) => {
            let after = if let Some(RowKey::Digest(digest)) = last { digest.as_slice() } else { &[] };
            let query = query.bind::<Bytea, _>(after);
            let query = query.bind::<BigInt, _>(limit);
            let rows: Vec<DigestRow> = query.load(conn).await?;
            rows.into_iter().map(|row| (RowKey::Digest(row.key), row.json)).collect()
        }
    };
    rows.into_iter().map(|(key, json)| Ok(ExportedRow { key, json: in_order(table, &json)? })).collect()
}

/// The columns in the order of the list, with their times in UTC.
fn in_order(table: &Exported, json: &str) -> QueryResult<String> {
    let unreadable = |problem: String| QueryError::DeserializationError(problem.into());
    let row: Map<String, Value> =
        serde_json::from_str(json).map_err(|error| unreadable(error.to_string()))?;
    let pairs = table.columns.iter().map(|column| {
        let value = row.get(column.name).unwrap_or(&Value::Null);
        let value = match value.as_str().filter(|_| column.is_time) {
            Some(time) => {
                let time =
                    DateTime::parse_from_rfc3339(time).map_err(|error| unreadable(error.to_string()))?;
                Value::from(time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Micros, true))
            }
            None => value.clone(),
        };
        Ok(format!("{}: {value}", Value::from(column.name)))
    });
    Ok(format!("{{{}}}", pairs.collect::<QueryResult<Vec<_>>>()?.join(", ")))
}
