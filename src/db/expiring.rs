//! The tables whose rows expire: one list for PostgreSQL's deletion, for CockroachDB's row-level TTL
//! and for `unframed doctor`.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// A table whose rows expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// The table.
    pub table: &'static str,
    /// The column with the time from which a row may be deleted. A row without one stays.
    pub column: &'static str,
    /// The columns of the primary key.
    pub key: &'static [&'static str],
    /// The schedule of CockroachDB's TTL job.
    pub ttl_cron: &'static str,
    /// The index that PostgreSQL finds expired rows by. CockroachDB's TTL job reads a table by its
    /// primary key, so the index is dropped there.
    pub postgres_index: &'static str,
}

/// All of them.
pub const EXPIRING: &[Expiring] = &[
    Expiring {
        table: "sessions",
        column: "expires_at",
        key: &["id"],
        ttl_cron: "@hourly",
        postgres_index: "sessions_delete_expired",
    },
    Expiring {
        table: "outgoing_mails",
        column: "expires_at",
        key: &["id"],
        ttl_cron: "@hourly",
        postgres_index: "outgoing_mails_delete_expired",
    },
    Expiring {
        table: "throttles",
        column: "expires_at",
        key: &["bucket"],
        ttl_cron: "@hourly",
        postgres_index: "throttles_delete_expired",
    },
    Expiring {
        table: "pending_actions",
        column: "delete_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "pending_actions_delete_expired",
    },
    Expiring {
        table: "email_changes",
        column: "expires_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "email_changes_delete_expired",
    },
    Expiring {
        table: "undo_links",
        column: "expires_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "undo_links_delete_expired",
    },
    Expiring {
        table: "sign_ups",
        column: "delete_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "sign_ups_delete_expired",
    },
    Expiring {
        table: "password_resets",
        column: "delete_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "password_resets_delete_expired",
    },
    Expiring {
        table: "data_exports",
        column: "expires_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "data_exports_delete_expired",
    },
    Expiring {
        table: "pending_sign_ins",
        column: "expires_at",
        key: &["token_digest"],
        ttl_cron: "@hourly",
        postgres_index: "pending_sign_ins_delete_expired",
    },
    Expiring {
        table: "authenticators",
        column: "delete_at",
        key: &["id"],
        ttl_cron: "@hourly",
        postgres_index: "authenticators_delete_expired",
    },
    Expiring {
        table: "recovery_codes",
        column: "delete_at",
        key: &["code_digest"],
        ttl_cron: "@hourly",
        postgres_index: "recovery_codes_delete_expired",
    },
    Expiring {
        table: "passkeys",
        column: "delete_at",
        key: &["id"],
        ttl_cron: "@daily",
        postgres_index: "passkeys_delete_expired",
    },
    Expiring {
        table: "access_tokens",
        column: "expires_at",
        key: &["token_digest"],
        ttl_cron: "@daily",
        postgres_index: "access_tokens_delete_expired",
    },
    Expiring {
        table: "idempotency_keys",
        column: "expires_at",
        key: &["caller_id", "key_digest"],
        ttl_cron: "@hourly",
        postgres_index: "idempotency_keys_delete_expired",
    },
    Expiring {
        table: "security_events",
        column: "expires_at",
        key: &["id"],
        ttl_cron: "@daily",
        postgres_index: "security_events_delete_expired",
    },
    Expiring {
        table: "confirmations",
        column: "delete_at",
        key: &["id"],
        ttl_cron: "@daily",
        postgres_index: "confirmations_delete_expired",
    },
    Expiring {
        table: "signing_keys",
        column: "delete_at",
        key: &["kid"],
        ttl_cron: "@daily",
        postgres_index: "signing_keys_delete_expired",
    },
    Expiring {
        table: "outgoing_webhooks",
        column: "expires_at",
        key: &["id"],
        ttl_cron: "@hourly",
        postgres_index: "outgoing_webhooks_delete_expired",
    },
    Expiring {
        table: "framing_attempts",
        column: "expires_at",
        key: &["origin"],
        ttl_cron: "@daily",
        postgres_index: "framing_attempts_delete_expired",
    },
    Expiring {
        table: "violation_reports",
        column: "expires_at",
        key: &["directive", "page"],
        ttl_cron: "@daily",
        postgres_index: "violation_reports_delete_expired",
    },
];

impl Expiring {
    /// Deletes up to `limit` rows that have expired at `now` and returns their number.
    pub async fn delete_batch(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
        limit: i64,
    ) -> QueryResult<usize> {
        let Self { table, column, .. } = self;
        let expired = |key: &str| format!("SELECT {key} FROM {table} WHERE {column} <= $1 LIMIT $2");
        let matches = match self.key {
            // PostgreSQL looks up the elements of an array one by one in the primary key's index. For IN it
            // may read the whole table, which at SERIALIZABLE conflicts with every write to it.
            [key] => format!("{key} = ANY (ARRAY({}))", expired(key)),
            // Arrays of rows have no index. The tables with such keys are small.
            keys => format!("({0}) IN ({1})", keys.join(", "), expired(&keys.join(", "))),
        };
        diesel::sql_query(format!("DELETE FROM {table} WHERE {matches}"))
            .bind::<Timestamptz, _>(now)
            .bind::<BigInt, _>(limit)
            .execute(conn)
            .await
    }
}
