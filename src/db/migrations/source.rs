//! The tree `migrations/`, compiled into the program, as diesel's harness reads it.

use std::fmt::{Display, Formatter};

use diesel::connection::BoxableConnection;
use diesel::migration::{
    self, Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion,
};
use diesel::pg::Pg;

use super::lease::Validity;
use super::statements;

macro_rules! folder {
    ($name:literal) => {
        Folder {
            name: $name,
            up: include_str!(concat!("../../../migrations/", $name, "/up.sql")),
            down: include_str!(concat!("../../../migrations/", $name, "/down.sql")),
        }
    };
}

/// The folders, oldest first. `tools/new-migration` adds a line.
const TREE: &[Folder] = &[
    LEASES,
    folder!("2026-11-25-000002_users"),
    folder!("2026-11-25-000003_sessions"),
    folder!("2026-11-25-000006_pending_actions"),
    folder!("2026-11-25-000007_email_changes"),
    folder!("2026-11-25-000009_framing_attempts"),
    folder!("2026-11-25-000010_violation_reports"),
    folder!("2026-11-25-000011_throttles"),
    folder!("2026-11-25-000012_outgoing_mails"),
    folder!("2026-11-25-000013_undo_links"),
    folder!("2026-11-25-000014_sign_ups"),
    folder!("2026-11-26-000015_users_language"),
    folder!("2026-11-26-000016_users_time_zone"),
    folder!("2026-11-26-000017_outgoing_mails_language"),
    folder!("2026-11-26-000018_password_resets"),
    folder!("2026-11-26-000019_users_password_hash_optional"),
    folder!("2026-11-26-000020_users_disabled_at"),
    folder!("2026-11-26-000021_users_devices_forgotten_at"),
    folder!("2026-11-26-000022_sessions_remembered"),
    folder!("2026-11-26-000023_pending_actions_session_digest"),
    folder!("2026-11-26-000024_security_events"),
    folder!("2026-11-26-000025_data_exports"),
    folder!("2026-11-26-000026_authenticators"),
    folder!("2026-11-26-000027_recovery_codes"),
    folder!("2026-11-26-000028_passkeys"),
    folder!("2026-11-26-000029_pending_sign_ins"),
    folder!("2026-11-26-000030_users_second_factor_since"),
    folder!("2026-11-26-000031_users_short_password"),
    folder!("2026-11-26-000032_users_factors_reset_after"),
    folder!("2026-11-26-000033_users_last_undo_number"),
    folder!("2026-11-26-000034_users_last_undo_number_filled"),
    folder!("2026-11-26-000035_users_find_factor_resets"),
    folder!("2026-11-27-000036_users_list_filtered"),
    folder!("2026-11-27-000037_sign_ups_export"),
    folder!("2026-11-27-000038_outgoing_mails_export"),
    folder!("2026-11-27-000047_access_tokens"),
    folder!("2026-11-27-000048_idempotency_keys"),
    folder!("2026-11-27-000050_applications"),
    folder!("2026-11-27-000051_confirmations"),
    folder!("2026-11-27-000052_signing_keys"),
    folder!("2026-11-27-000053_outgoing_webhooks"),
    folder!("2026-11-27-000054_security_events_about"),
];

/// The table that the migrator itself needs.
const LEASES: Folder = folder!("2026-11-25-000001_leases");

/// A folder of the tree.
#[derive(Clone, Copy)]
struct Folder {
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

impl Folder {
    /// The date and number, as diesel writes them into `__diesel_schema_migrations`.
    fn version(&self) -> String {
        self.name.split('_').next().unwrap_or_default().replace('-', "")
    }
}

impl Display for Folder {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl MigrationName for Folder {
    fn version(&self) -> MigrationVersion<'_> {
        Folder::version(self).into()
    }
}

/// The versions of all migrations, oldest first.
#[must_use]
pub fn all_versions() -> Vec<String> {
    TREE.iter().map(Folder::version).collect()
}

/// The first statement of the tree. The lease must be taken before the first migration runs.
pub(super) fn create_leases() -> &'static str {
    statements::split(LEASES.up).into_iter().next().unwrap_or_default()
}

/// The tree as diesel's harness takes it. No statement runs once the lease has been lost.
pub(super) struct Tree(pub(super) Validity);

impl MigrationSource<Pg> for Tree {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        let one = |folder: &Folder| -> Box<dyn Migration<Pg>> {
            Box::new(LeasedFolder { folder: *folder, lease: self.0.clone() })
        };
        Ok(TREE.iter().map(one).collect())
    }
}

struct LeasedFolder {
    folder: Folder,
    lease: Validity,
}

impl LeasedFolder {
    /// Runs each statement by itself. The process may die between any two: the next run repeats the
    /// whole folder, and every statement may be repeated.
    fn run_each(&self, sql: &str, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        for statement in statements::split(sql) {
            self.lease.check()?;
            conn.batch_execute(statement)?;
        }
        Ok(())
    }
}

impl Migration<Pg> for LeasedFolder {
    fn run(&self, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        self.run_each(self.folder.up, conn)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        self.run_each(self.folder.down, conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &NoTransaction
    }

    fn name(&self) -> &dyn MigrationName {
        &self.folder
    }
}

/// CockroachDB commits an open transaction before each schema statement, so none is opened.
struct NoTransaction;

impl MigrationMetadata for NoTransaction {
    fn run_in_transaction(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_folders_is_the_tree_in_migrations() {
        let tree = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut folders: Vec<String> = std::fs::read_dir(tree)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let listed: Vec<&str> = TREE.iter().map(|folder| folder.name).collect();
        assert_eq!(listed, folders, "left: src/db/migrations/source.rs, right: migrations/");
    }

    #[test]
    fn versions_are_those_of_diesel_and_each_is_later_than_the_one_before() {
        let versions = all_versions();
        assert_eq!(versions[0], "20261125000001");
        assert!(versions.is_sorted_by(|earlier, later| earlier < later), "{versions:?}");
    }

    #[test]
    fn the_table_of_leases_is_the_first_statement() {
        assert!(create_leases().starts_with("CREATE TABLE IF NOT EXISTS leases ("));
    }
}
