//! How somebody came to a page that begins or confirms a sensitive change. Its form opens only for
//! whoever comes from our own pages; everybody else (from a mail, a sibling host, a typed address)
//! is first told what the page is. Where the browser says nothing of itself, the link that goes on
//! carries a ticket, so that it does not lead in a circle, and what was just done, if a page of ours
//! said so; nothing else of the query.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::{JustDone, SignedIn, query};
use crate::error::AppError;
use crate::security::fetch_metadata::{self, Opener};
use crate::state::AppState;
use crate::view::Page;

/// How somebody came.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// From a page of ours.
    FromOwnPage,
    /// From elsewhere, or nobody knows; `link` goes on.
    FromElsewhere {
        /// To the same page, from a page of ours.
        link: String,
    },
}

/// The name of the ticket in the query.
const TICKET: &str = "ticket";

#[derive(Serialize)]
struct ArrivalPage<'a> {
    title: &'a str,
    text: &'a str,
    link: &'a str,
}

impl Page for ArrivalPage<'_> {
    const TEMPLATE: &'static str = "pages/arrival.html";
}

impl Arrival {
    /// The page to be shown instead of the form, with what the form does.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn instead(
        &self,
        state: &AppState,
        member: &SignedIn,
        title: &str,
        text: &str,
    ) -> Result<Option<HttpResponse>, AppError> {
        let Self::FromElsewhere { link } = self else { return Ok(None) };
        state.view.page(StatusCode::OK, member.audience(), &ArrivalPage { title, text, link }).map(Some)
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
                let now = crate::models::now();
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
