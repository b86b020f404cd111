//! The change that was just made, which a redirect tells the next page as `?done=saved`. Any site can
//! write such a link, so it counts only if the browser comes from one of our own pages. A malformed one
//! counts as absent.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Serialize;

use super::query;
use crate::error::AppError;
use crate::locales::Message;
use crate::security::fetch_metadata;
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
        Some(Self { message, count })
    }
}

/// The change that was just made, if one of our own pages says so.
#[derive(Clone, Copy, Debug)]
pub struct JustDone(pub Option<Done>);

impl JustDone {
    pub(super) fn of(state: &AppState, request: &HttpRequest) -> Self {
        let from_own_page = fetch_metadata::comes_from_own_page(request.headers(), &state.config.public_url);
        Self(Done::read(request.query_string()).filter(|_| from_own_page))
    }
}

impl FromRequest for JustDone {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(super::state(request).map(|state| Self::of(&state, request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_what_a_redirect_writes_and_nothing_malformed() {
        let plain = Message::ALL.iter().filter(|message| message.key().starts_with(KEYS));
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
        ] {
            assert_eq!(Done::read(malformed), None, "{malformed}");
        }
    }
}
