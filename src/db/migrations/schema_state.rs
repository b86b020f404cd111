//! Whether the schema of a database is the one that this program needs.

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::source::all_versions;

diesel::table! {
    /// diesel's own list of the migrations that were applied.
    __diesel_schema_migrations (version) {
        /// The date and number that the folder's name begins with.
        version -> Text,
    }
}

/// How the schema of a database relates to the migrations of this program. Migrations of a later
/// release do no harm: its schema serves the release before it as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// Every migration of this program is applied.
    Current,
    /// These migrations are missing, oldest first.
    Behind(Vec<String>),
    /// These migrations are older than our first one and are not ours: an earlier, incompatible
    /// version of unframed made the database.
    Unknown(Vec<String>),
}

/// Why a database cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaProblem {
    /// So many migrations are missing.
    #[error("the schema is behind by {0} migrations: run `unframed migrate` first")]
    Behind(usize),
    /// The database has this migration, which is older than our first one and is not ours.
    #[error(
        "this database was made by an earlier, incompatible version of unframed (it has migration {0}): create a new database"
    )]
    Unknown(String),
}

impl SchemaState {
    /// Compares the versions that were applied with those of the tree.
    fn of(applied: &[String], tree: Vec<String>) -> Self {
        let first = tree.iter().min();
        let older = |version: &&String| first.is_some_and(|first| *version < first);
        let mut unknown: Vec<String> = applied.iter().filter(older).cloned().collect();
        if !unknown.is_empty() {
            unknown.sort();
            return Self::Unknown(unknown);
        }
        let missing: Vec<String> = tree.into_iter().filter(|version| !applied.contains(version)).collect();
        if missing.is_empty() { Self::Current } else { Self::Behind(missing) }
    }

    /// Refuses every state but [`SchemaState::Current`].
    ///
    /// # Errors
    /// What is wrong and what to do about it, in one line.
    pub fn require_current(self) -> Result<(), SchemaProblem> {
        match self {
            Self::Current => Ok(()),
            Self::Behind(missing) => Err(SchemaProblem::Behind(missing.len())),
            Self::Unknown(versions) => {
                Err(SchemaProblem::Unknown(versions.into_iter().next().unwrap_or_default()))
            }
        }
    }
}

/// Reads the state of a database. One that was never migrated is behind by the whole tree.
pub async fn schema_state(conn: &mut AsyncPgConnection) -> QueryResult<SchemaState> {
    use __diesel_schema_migrations::dsl;
    let applied: Vec<String> = match dsl::__diesel_schema_migrations.select(dsl::version).load(conn).await {
        Err(QueryError::DatabaseError(_, info)) if info.message().contains("does not exist") => Vec::new(),
        other => other?,
    };
    Ok(SchemaState::of(&applied, all_versions()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(applied: &[&str]) -> SchemaState {
        let owned =
            |versions: &[&str]| versions.iter().map(|&version| version.to_owned()).collect::<Vec<_>>();
        SchemaState::of(&owned(applied), owned(&["20", "21"]))
    }

    #[test]
    fn missing_migrations_are_named() {
        assert_eq!(state(&[]), SchemaState::Behind(vec!["20".to_owned(), "21".to_owned()]));
        assert_eq!(state(&["20"]), SchemaState::Behind(vec!["21".to_owned()]));
        assert_eq!(state(&["21", "20"]), SchemaState::Current);
    }

    #[test]
    fn migrations_of_a_later_release_do_no_harm() {
        assert_eq!(state(&["20", "21", "22"]), SchemaState::Current);
    }

    #[test]
    fn migrations_from_before_the_first_make_the_database_unknown() {
        let state = state(&["20", "11", "10"]);
        assert_eq!(state, SchemaState::Unknown(vec!["10".to_owned(), "11".to_owned()]));
        assert_eq!(state.require_current(), Err(SchemaProblem::Unknown("10".to_owned())));
    }
}
