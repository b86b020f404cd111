//! What keeps a check from a first answer.

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ProbeProblem {
    /// Not an address of a web site.
    #[error("--url {0}: give it as https://account.example.com")]
    Url(String),
    /// It holds a secret, which is not said again.
    #[error("--url holds a user name or password: give it without, as https://account.example.com")]
    Credentials,
    /// Nobody answered.
    #[error("{site} cannot be reached: {cause}")]
    Unreachable {
        /// Whom we asked.
        site: String,
        /// Why it failed.
        cause: String,
    },
    /// Somebody else answered.
    #[error("{site}: {cause}")]
    NotHttp {
        /// Whom we asked.
        site: String,
        /// What it says instead.
        cause: String,
    },
}
