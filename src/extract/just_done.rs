//! The change that was just made, which a redirect tells the next page as `?done=saved`. Any site can
//! write such a link, so it counts only if the browser comes from one of our own pages. A malformed one
//! counts as absent. A cookie comes with the redirect and goes with the page, so that a reload does not
//! announce the change again.

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, web};
use serde::Serialize;

use super::query;
use crate::error::AppError;
use crate::locales::Message;
use crate::security::fetch_metadata::{self, Opener};
use crate::state::AppState;

/// A change that was just made, as a message of the catalogue whose key begins with `done-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    message: Message,
    count: Option<u16>,
}

/// The beginning of the keys of such messages; the query leaves it out.
const KEYS: &str = "done-";

impl Done {
    /// A change without a number.
    #[must_use]
    pub fn new(message: Message) -> Self {
        Self { message, count: None }
    }

    /// A change of a number of things.
    #[must_use]
    pub fn counted(message: Message, count: usize) -> Self {
        Self { message, count: Some(u16::try_from(count).unwrap_or(u16::MAX)) }
    }

    /// The path with a query that announces the change.
    #[must_use]
    pub fn at(self, path: &str) -> String {
        format!("{path}?{}", self.query())
    }

    /// The query that announces the change.
    #[must_use]
    pub fn query(self) -> String {
        let name = self.message.key().trim_start_matches(KEYS);
        let count = self.count.map_or_else(String::new, |count| format!("&count={count}"));
        format!("done={name}{count}")
    }

    fn read(text: &str) -> Option<Self> {
        let message = Message::of_key(&format!("{KEYS}{}", query::once(text, "done")?))?;
        let count = match query::once(text, "count") {
            Some(count) => Some(count.parse().ok()?),
            None => None,
        };
        let counts = message == Message::DoneSessionEnded;
        (counts == count.is_some()).then_some(Self { message, count })
    }
}

/// The change that was just made, if one of our own pages says so.
#[derive(Clone, Copy, Debug)]
pub struct JustDone(pub Option<Done>);

impl JustDone {
    pub(super) fn of(state: &AppState, request: &HttpRequest) -> Self {
        let from_own_page = fetch_metadata::comes_from_own_page(request.headers(), &state.config.public_url);
        let done = Done::read(request.query_string()).filter(|_| from_own_page);
        Self(done.filter(|done| done.is_fresh(state, request)))
    }
}

impl Done {
    /// Whether no page has announced the change yet. The cookie of a browser without Fetch Metadata may have
    /// gone with an arrival page: there each reload announces it.
    fn is_fresh(self, state: &AppState, request: &HttpRequest) -> bool {
        let kept = request.cookie(cookie_name(state)).is_some_and(|kept| kept.value() == self.query());
        kept || fetch_metadata::opener(request.headers()) == Opener::Unknown
    }
}

/// The change was announced by the page that is the response.
struct Announced;

fn cookie_name(state: &AppState) -> &'static str {
    if state.config.public_url.is_https() { "__Host-done" } else { "done" }
}

/// The cookie that keeps a change for the next page, or removes it from the browser.
fn cookie(state: &AppState, value: &str, lifetime: time::Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(state), value.to_owned())
        .path("/")
        .http_only(true)
        .secure(state.config.public_url.is_https())
        .same_site(SameSite::Lax)
        .max_age(lifetime)
        .finish()
}

/// The middleware that keeps a change in a cookie from the redirect that tells it to the page that announces it.
pub async fn announce_once<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let state = request.app_data::<web::Data<AppState>>().cloned();
    let is_get = request.method() == Method::GET;
    let mut response = next.call(request).await?;
    let Some(state) = state else { return Ok(response) };
    let told = response.headers().get(header::LOCATION);
    let told = told.filter(|_| response.status() == StatusCode::SEE_OTHER);
    let done = told.and_then(|told| Done::read(told.to_str().ok()?.split_once('?')?.1));
    let change = match done {
        Some(done) => Some(cookie(&state, &done.query(), time::Duration::MINUTE)),
        None if is_get
            && response.status() == StatusCode::OK
            && response.request().extensions().contains::<Announced>() =>
        {
            Some(cookie(&state, "", time::Duration::ZERO))
        }
        None => None,
    };
    if let Some(change) = change {
        response.response_mut().add_cookie(&change).map_err(|error| AppError::Internal(error.to_string()))?;
    }
    Ok(response)
}

impl FromRequest for JustDone {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(super::state(request).map(|state| {
            let just_done = Self::of(&state, request);
            if just_done.0.is_some() {
                request.extensions_mut().insert(Announced);
            }
            just_done
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_what_a_redirect_writes_and_nothing_malformed() {
        let plain = Message::ALL
            .iter()
            .filter(|message| message.key().starts_with(KEYS) && **message != Message::DoneSessionEnded);
        let counted = [0, 12].map(|count| Done::counted(Message::DoneSessionEnded, count));
        for done in plain.map(|message| Done::new(*message)).chain(counted) {
            assert_eq!(Done::read(&done.query()), Some(done), "{done:?}");
        }
        assert_eq!(Done::read("ticket=x&done=kept"), Some(Done::new(Message::DoneKept)));
        for malformed in [
            "",
            "done",
            "done=",
            "done=x",
            "saved",
            "done=saved&done=saved",
            "done=saved&done=kept",
            "done=saved&count=abc",
            "done=saved&count=-1",
            "done=saved&count=4000000000",
            "done=%ff",
            "done=session-ended",
            "done=saved&count=1",
        ] {
            assert_eq!(Done::read(malformed), None, "{malformed}");
        }
    }
}
