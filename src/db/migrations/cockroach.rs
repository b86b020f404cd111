//! The statements that only CockroachDB understands. They run after the tree, and each may be
//! repeated.

use crate::db::expiring::EXPIRING;

/// Row-level TTL for the rows that expire, so that the database deletes them itself; the outbox's
/// index that grows at one end, spread over eight ranges; and no index that only PostgreSQL needs.
pub(super) fn statements() -> Vec<String> {
    let ttl = EXPIRING.iter().map(|entry| {
        format!(
            "ALTER TABLE {} SET (ttl_expiration_expression = '{}', ttl_job_cron = '{}')",
            entry.table, entry.column, entry.ttl_cron
        )
    });
    let sharded = [
        "CREATE INDEX IF NOT EXISTS outgoing_mails_claim_due_sharded ON outgoing_mails (next_attempt_at) \
         USING HASH WITH (bucket_count = 8)",
        "DROP INDEX IF EXISTS outgoing_mails@outgoing_mails_claim_due",
    ];
    let dropped =
        EXPIRING.iter().map(|entry| format!("DROP INDEX IF EXISTS {}@{}", entry.table, entry.postgres_index));
    ttl.chain(sharded.map(str::to_owned)).chain(dropped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_are_those_of_cockroachdb() {
        let all = statements();
        assert_eq!(all.len(), 2 * EXPIRING.len() + 2);
        for expected in [
            "ALTER TABLE sessions SET (ttl_expiration_expression = 'expires_at', ttl_job_cron = '@hourly')",
            "ALTER TABLE pending_actions SET (ttl_expiration_expression = 'delete_at', ttl_job_cron = '@hourly')",
            "DROP INDEX IF EXISTS sessions@sessions_delete_expired",
        ] {
            assert!(all.iter().any(|one| one == expected), "{expected}");
        }
    }
}
