//! Why a walk is not complete.

use std::io;

use crate::verify::response::Response;

/// What did not work although the walk needs it. Then there is no report: pages that the walk never saw
/// must not count as checked.
#[derive(Debug, thiserror::Error)]
pub enum WalkProblem {
    /// The whole walk took too long.
    #[error("the walk did not end within {0} seconds")]
    TooSlow(u64),
    /// The configured site is no URL.
    #[error("the site of the walked server: {0}")]
    Site(#[from] url::ParseError),
    /// The new member got no session.
    #[error("POST /sign-up answered {status} and set no cookie")]
    NoSession {
        /// The status of the answer.
        status: u16,
    },
    /// A page that must exist does not.
    #[error("{place}: {answer}, but the walk needs a page")]
    NoPage {
        /// The request.
        place: String,
        /// What came instead.
        answer: String,
    },
    /// A page has no form that leads to this path.
    #[error("{path}: the page has no form that leads there")]
    NoForm {
        /// Where the form must lead.
        path: String,
    },
    /// The server refused a form that was filled in.
    #[error("{place}: {answer}, but the walk needs the form to be accepted")]
    NotAccepted {
        /// The request.
        place: String,
        /// What came instead.
        answer: String,
    },
    /// A start page did not lead to a confirm page.
    #[error("POST {start} redirects to \"{location}\", not to a confirm page")]
    NotStarted {
        /// The start page.
        start: String,
        /// The redirect's target; empty if there is none.
        location: String,
    },
    /// No mail contains a link of this route.
    #[error("no mail contains a link to {0}, although every sensitive action was confirmed")]
    NoMailedLink(&'static str),
    /// The settings name no embeddable page after it was switched on.
    #[error("/settings/profile links to no page that {0} may frame")]
    NoEmbeddablePage(String),
    /// An embeddable page does not list exactly the configured embedder.
    #[error("{path} does not let exactly {embedder} frame it")]
    NotEmbeddable {
        /// The page.
        path: String,
        /// The configured embedder.
        embedder: String,
    },
    /// The settings load no file.
    #[error("/settings/profile loads no file")]
    NoFile,
    /// The mails could not be sent or read.
    #[error("the mails: {0}")]
    Mails(#[from] io::Error),
}

impl WalkProblem {
    pub(super) fn not_a_page(place: String, response: Option<Response>) -> Self {
        Self::NoPage { place, answer: shown(response) }
    }

    pub(super) fn not_accepted(place: String, response: Option<Response>) -> Self {
        Self::NotAccepted { place, answer: shown(response) }
    }
}

fn shown(response: Option<Response>) -> String {
    response.map_or_else(|| "no answer".to_owned(), |response| format!("status {}", response.status))
}
