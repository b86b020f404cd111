//! The client of a request: its IP address and its browser.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::{EventKind, Language, Locale, Occasion};
use crate::error::AppError;
use crate::locales::Message;
use crate::models::security_event::NewSecurityEvent;
use crate::security::accept_language;

/// The client of a request.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its IP address, as trusted proxies report it.
    pub address: IpAddr,
    /// Its User-Agent, shortened: to be shown, not relied on.
    pub user_agent: String,
    /// How the browser asks to be answered.
    pub locale: Locale,
    /// The language that it asks for, if we have it.
    pub language: Option<Language>,
}

impl Client {
    /// The occasion of a request at this time, as a reader with this locale reads about it.
    #[must_use]
    pub fn occasion(&self, now: DateTime<Utc>, locale: Locale) -> Occasion {
        Occasion::new(now, &self.user_agent, self.address, locale)
    }

    /// The event that this client causes.
    #[must_use]
    pub fn event(&self, user_id: Uuid, kind: EventKind, now: DateTime<Utc>) -> NewSecurityEvent {
        NewSecurityEvent::by_client(user_id, kind, &self.user_agent, self.address.to_string(), now)
    }
}

/// The most characters of a User-Agent that are stored.
const USER_AGENT_CHARS: usize = 300;

impl FromRequest for Client {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(super::state(request).and_then(|state| {
            // A connection that was reset before we asked for its peer.
            let peer = request.peer_addr().ok_or(AppError::Malformed(Message::ErrorBadRequest))?;
            let user_agent =
                request.headers().get(header::USER_AGENT).map_or("", |value| value.to_str().unwrap_or(""));
            Ok(Self {
                address: state.client_addresses.find(peer, request.headers()),
                user_agent: user_agent.chars().take(USER_AGENT_CHARS).collect(),
                locale: Locale::in_utc(accept_language::preferred(request)),
                language: accept_language::asked(request),
            })
        }))
    }
}
