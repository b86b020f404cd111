//! What a redirect of ours tells the page that it leads to: a change that was just made, as `?saved`.
//! Anybody can write such a link, so it is believed only of a page of ours; from elsewhere, and where
//! it is odd, it says nothing.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::error::AppError;
use crate::security::fetch_metadata;
use crate::state::AppState;

/// A change that was just made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// What a form held is stored.
    Saved,
    /// A pending action was called off.
    Cancelled,
    /// The deletion of the account was called off.
    Kept,
    /// A mail went out.
    Sent,
    /// So many sessions were ended.
    Ended(u16),
    /// The session that was to be ended had ended before.
    EndedBefore,
}

impl Done {
    /// A path that says so.
    #[must_use]
    pub fn at(self, path: &str) -> String {
        format!("{path}?{}", self.query())
    }

    /// As it stands in a query.
    #[must_use]
    pub fn query(self) -> String {
        match self {
            Self::Saved => "saved".to_owned(),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Kept => "kept".to_owned(),
            Self::Sent => "sent".to_owned(),
            Self::Ended(count) => format!("ended={count}"),
            Self::EndedBefore => "ended-before".to_owned(),
        }
    }

    fn parse(name: &str, value: &str) -> Option<Self> {
        match (name, value) {
            ("saved", "") => Some(Self::Saved),
            ("cancelled", "") => Some(Self::Cancelled),
            ("kept", "") => Some(Self::Kept),
            ("sent", "") => Some(Self::Sent),
            ("ended-before", "") => Some(Self::EndedBefore),
            ("ended", count) => count.parse().ok().map(Self::Ended),
            _ => None,
        }
    }

    /// The one that a query holds.
    fn read(query: &str) -> Option<Self> {
        let mut found = url::form_urlencoded::parse(query.as_bytes())
            .filter_map(|(name, value)| Self::parse(&name, &value));
        match (found.next(), found.next()) {
            (Some(done), None) => Some(done),
            _ => None,
        }
    }
}

/// What was just done, if a page of ours says so.
#[derive(Clone, Copy, Debug)]
pub struct JustDone(pub Option<Done>);

impl JustDone {
    pub(super) fn of(state: &AppState, request: &HttpRequest) -> Self {
        let believed = fetch_metadata::comes_from_own_page(request.headers(), &state.config.public_url);
        Self(Done::read(request.query_string()).filter(|_| believed))
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
    fn what_a_redirect_says_is_read_and_what_is_odd_is_nothing() {
        let plain = [Done::Saved, Done::Cancelled, Done::Kept, Done::Sent, Done::EndedBefore];
        for done in plain.into_iter().chain([Done::Ended(0), Done::Ended(12)]) {
            let path = done.at("/settings");
            assert_eq!(Done::read(path.strip_prefix("/settings?").unwrap()), Some(done), "{path}");
        }
        assert_eq!(Done::read("ticket=x&sent"), Some(Done::Sent));
        for odd in [
            "",
            "x",
            "saved=1",
            "saved&saved",
            "saved&kept",
            "ended",
            "ended=",
            "ended=abc",
            "ended=-1",
            "ended=4000000000",
            "ended=1&ended=2",
            "%ff=%fe",
        ] {
            assert_eq!(Done::read(odd), None, "{odd}");
        }
    }
}
