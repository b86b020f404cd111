//! The arrival of a browser at a page that begins or confirms a sensitive action. The form opens only
//! for a browser that comes from our own pages. A browser that comes from elsewhere (an email, a sibling
//! host, a typed web address) first gets an arrival page with a link to continue. If a browser does not
//! say where it comes from, the link carries a ticket, because the arrival page would come again without
//! it. The link also keeps the change that was just done, and nothing else of the query.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{JustDone, query};
use crate::error::AppError;
use crate::security::fetch_metadata::{self, Opener};
use crate::state::AppState;

/// The arrival of a browser at a page, by where it comes from.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// From one of our pages.
    FromOwnPage,
    /// From elsewhere, or the browser does not say.
    FromElsewhere {
        /// The link that opens the same page from one of ours.
        link: String,
    },
}

/// The name of the ticket in the query.
const TICKET: &str = "ticket";

impl Arrival {
    /// The link of the page that is shown in place of the form; `None` if the form may open.
    #[must_use]
    pub fn detour(&self) -> Option<&str> {
        match self {
            Self::FromOwnPage => None,
            Self::FromElsewhere { link } => Some(link),
        }
    }

    fn of(state: &AppState, request: &HttpRequest) -> Self {
        let path = request.path();
        match fetch_metadata::opener(request.headers()) {
            Opener::OwnPage => Self::FromOwnPage,
            Opener::Elsewhere => Self::FromElsewhere { link: path.to_owned() },
            Opener::Unknown => {
                let Some(session) = state.cookie.read(request).map(|token| token.digest()) else {
                    return Self::FromElsewhere { link: path.to_owned() };
                };
                let now = state.clock.now();
                let ticket = query::once(request.query_string(), TICKET);
                if ticket.is_some_and(|ticket| state.form_stamp.admits(path, session, &ticket, now)) {
                    return Self::FromOwnPage;
                }
                let ticket = state.form_stamp.ticket(path, session, now);
                let JustDone(done) = JustDone::of(state, request);
                let done = done.map_or_else(String::new, |done| format!("&{}", done.query()));
                Self::FromElsewhere { link: format!("{path}?{TICKET}={ticket}{done}") }
            }
        }
    }
}

impl FromRequest for Arrival {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(super::state(request).map(|state| Self::of(&state, request)))
    }
}
