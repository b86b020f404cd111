//! Classifies a query error: whether a retry can help, and whether the query may have been applied.

use diesel::result::{DatabaseErrorKind, Error as QueryError};

/// The class of a query error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Another transaction was in the way; certainly not applied.
    Conflict,
    /// A prepared statement outlived a schema change; certainly not applied.
    StalePlan,
    /// The connection was lost; applied only if COMMIT was sent.
    Lost,
    /// The server cancelled the statement at its timeout; a retry would add to the load.
    TooSlow,
    /// Anything else.
    Other,
}

impl Fault {
    /// Classifies an error. diesel gives no SQLSTATE, so some cases are recognized by the server's text.
    pub(super) fn of(error: &QueryError) -> Self {
        match error {
            QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Conflict,
            QueryError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | QueryError::BrokenTransactionManager => Self::Lost,
            QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => {
                let text = info.message();
                let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
                // PostgreSQL notes what a transaction reads for as long as another one that writes is open. One that
                // stalls fills the memory for the notes ("out of shared memory").
                if says(&["deadlock detected", "restart transaction", "out of shared memory"]) {
                    Self::Conflict
                } else if says(&["cached plan must not change result type"]) {
                    Self::StalePlan
                } else if says(&["due to statement timeout", "due to lock timeout"]) {
                    Self::TooSlow
                } else if says(&[
                    "terminating connection",
                    "server is shutting down",
                    "server is not accepting clients",
                    "the database system is",
                    "result is ambiguous",
                    "connection closed",
                    "connection reset",
                    "broken pipe",
                    "unexpected EOF",
                ]) {
                    Self::Lost
                } else {
                    Self::Other
                }
            }
            QueryError::RollbackErrorOnCommit { commit_error, .. } => Self::of(commit_error),
            _ => Self::Other,
        }
    }
}

/// Whether a constraint failed. At COMMIT this means that the transaction was certainly not applied.
pub(super) fn is_violation(error: &QueryError) -> bool {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    matches!(
        error,
        QueryError::DatabaseError(
            CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation,
            _
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(text: &str) -> QueryError {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text.to_owned()))
    }

    #[test]
    fn each_error_of_a_server_has_its_class() {
        for (error, fault) in [
            (
                QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new(String::new())),
                Fault::Conflict,
            ),
            (unknown("deadlock detected"), Fault::Conflict),
            (unknown("out of shared memory"), Fault::Conflict),
            (unknown("cached plan must not change result type"), Fault::StalePlan),
            (unknown("terminating connection due to administrator command"), Fault::Lost),
            (unknown("result is ambiguous: error=rpc error"), Fault::Lost),
            (unknown("server is not accepting clients, try another node"), Fault::Lost),
            (
                QueryError::DatabaseError(
                    DatabaseErrorKind::UnableToSendCommand,
                    Box::new("connection closed".to_owned()),
                ),
                Fault::Lost,
            ),
            (
                unknown("current transaction is aborted, commands ignored until end of transaction block"),
                Fault::Other,
            ),
            (unknown("canceling statement due to statement timeout"), Fault::TooSlow),
            (unknown("query execution canceled due to statement timeout"), Fault::TooSlow),
            (QueryError::NotFound, Fault::Other),
        ] {
            assert_eq!(Fault::of(&error), fault, "{error}");
        }
    }
}
