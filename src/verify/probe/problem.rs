//! Why a site could not be checked.

use std::io;

use crate::verify::sign_in::SignInProblem;
use crate::verify::sites::SiteUrlProblem;
use crate::verify::wire::NetworkProblem;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ProbeProblem {
    /// The argument is not the URL of a web site.
    #[error("--url {0}")]
    Url(#[from] SiteUrlProblem),
    /// This machine has no certificate authorities, so it cannot verify the site.
    #[error("{site} cannot be verified: {cause}")]
    NoTls {
        /// The site.
        site: String,
        /// Why.
        cause: NetworkProblem,
    },
    /// `--path` is not the path of a page of the site.
    #[error("--path {0}: write the path of a page of the site, such as /settings")]
    Path(String),
    /// The recipe did not sign in.
    #[error(transparent)]
    SignIn(#[from] SignInProblem),
    /// The site did not answer.
    #[error("{site} cannot be reached: {cause}")]
    Unreachable {
        /// The site.
        site: String,
        /// Why.
        cause: io::Error,
    },
    /// The redirects have no end.
    #[error("{site} cannot be reached: it redirects more than {most} times")]
    TooManyRedirects {
        /// The site.
        site: String,
        /// How many redirects are followed.
        most: usize,
    },
    /// A server of another protocol answered.
    #[error("{site}: {cause}")]
    NotHttp {
        /// The site.
        site: String,
        /// What it sent.
        cause: io::Error,
    },
}
