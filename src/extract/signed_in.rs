//! The signed-in member of a request, found by the session cookie in one query.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};

use crate::db;
use crate::domain::{EmailAddress, LocalPath, Locale, TokenDigest};
use crate::error::AppError;
use crate::models::pending_action::Owner;
use crate::models::session::{self, Overview, Session};
use crate::models::user::User;
use crate::route_map::RouteKind;
use crate::security::accept_language;
use crate::state::AppState;
use crate::view::{Audience, Viewer};

/// The least time between two writes of a session's last use.
const TOUCH_AFTER: TimeDelta = TimeDelta::seconds(60);

/// The time after a sign-in in which it counts as recent.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// A member with a live session. As an argument of a handler it sends everyone else to the sign-in page, and also a
/// member who opens a page that asks for a recent sign-in after a longer time. A form that such a member sends is
/// taken: nothing typed is lost, and what it begins ends in a proof.
#[derive(Clone)]
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// The session that the request came with.
    pub session: Session,
    /// The digest of the session's token.
    pub digest: TokenDigest,
    /// The name and the form token for the page.
    pub viewer: Viewer,
}

impl SignedIn {
    /// The owner of the pending actions of this session.
    #[must_use]
    pub fn owner(&self) -> Owner {
        Owner { user_id: self.user.id, session_id: self.session.id }
    }

    /// The account's email address, parsed.
    ///
    /// # Errors
    /// [`AppError::Internal`] if the database holds a malformed address.
    pub fn email(&self) -> Result<EmailAddress, AppError> {
        Ok(EmailAddress::parse(&self.user.email)?)
    }

    /// Whether the member has signed in a short time ago. A stolen session, or a browser that was left open, is older.
    #[must_use]
    pub fn is_recent(&self, now: DateTime<Utc>) -> bool {
        now - self.session.created_at < RECENT
    }

    /// Whether the team requires a second factor that the account does not have.
    #[must_use]
    pub fn lacks_required_factor(&self, state: &AppState) -> bool {
        state.config.require_second_factor && self.user.second_factor_since.is_none()
    }

    /// How the member reads.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.viewer.locale
    }

    /// The audience of a page for this member.
    #[must_use]
    pub fn audience(&self) -> Audience<'_> {
        Audience::Member(&self.viewer)
    }

    /// The member of a request; `None` without a live session.
    pub(super) async fn find(state: &AppState, request: &HttpRequest) -> Result<Option<Self>, AppError> {
        let Some(token) = state.cookie.read(request) else { return Ok(None) };
        let (digest, now) = (token.digest(), state.clock.now());
        let found = db::statement(&state.pool, "session_find_live", async |conn| {
            session::find_live(conn, digest, now).await
        });
        let Some((session, user)) = found.await? else { return Ok(None) };
        Self::use_session(state, request, digest, session, user).await.map(Some)
    }

    /// The same, with the overview of the account.
    async fn find_with_overview(
        state: &AppState,
        request: &HttpRequest,
    ) -> Result<Option<(Self, Overview)>, AppError> {
        let Some(token) = state.cookie.read(request) else { return Ok(None) };
        let (digest, now) = (token.digest(), state.clock.now());
        let found = db::statement(&state.pool, "session_find_live_with_overview", async |conn| {
            session::find_live_with_overview(conn, digest, now).await
        });
        let Some((session, user, overview)) = found.await? else { return Ok(None) };
        let member = Self::use_session(state, request, digest, session, user).await?;
        Ok(Some((member, overview)))
    }

    /// Notes the use of a session, at most once a minute.
    async fn use_session(
        state: &AppState,
        request: &HttpRequest,
        digest: TokenDigest,
        session: Session,
        user: Option<User>,
    ) -> Result<Self, AppError> {
        let (user, now) = (user.ok_or(AppError::AccountGone)?, state.clock.now());
        if now - session.last_used_at >= TOUCH_AFTER {
            let idle = TimeDelta::from_std(state.config.session_lifetime(session.remembered).idle)
                .unwrap_or(TimeDelta::MAX);
            let expires_at = (now + idle).min(session.absolute_expires_at);
            let id = session.id;
            db::statement(&state.pool, "session_set_last_used", async |conn| {
                session::set_last_used(conn, id, now, expires_at).await
            })
            .await?;
        }
        let locale = Locale::in_utc(accept_language::preferred(request))
            .chosen(user.language.as_deref(), user.time_zone.as_deref());
        let (display_name, csrf_token) = (user.display_name.clone(), state.csrf.token(digest));
        let viewer = Viewer { display_name, csrf_token, locale };
        request.extensions_mut().insert(viewer.clone());
        Ok(Self { user, session, digest, viewer })
    }

    /// Lets a member open the route of a request. Everyone else is sent to the sign-in page. `found` is the member, or holds
    /// them.
    fn admit<T>(
        state: &AppState,
        request: &HttpRequest,
        found: Option<T>,
        member: fn(&T) -> &Self,
    ) -> Result<T, AppError> {
        // By the pattern: the router decodes a path such as /settings/%65mail before it looks for the route.
        let pattern = request.match_pattern().unwrap_or_default();
        let asks = state.routes.asks_for_recent_sign_in(&pattern) && *request.method() != Method::POST;
        if let Some(found) = found {
            check_required_factor(state, member(&found), &pattern)?;
            if !asks || member(&found).is_recent(state.clock.now()) {
                return Ok(found);
            }
        }
        let path = if asks { filled(&pattern, request) } else { request.path().to_owned() };
        let next = LocalPath::parse(&path).or_else(|| LocalPath::parse("/settings"));
        Err(AppError::SignedOut(next.filter(|_| state.routes.kind(request.path()) != RouteKind::Api)))
    }
}

/// The path of a pattern with the segments of a request.
fn filled(pattern: &str, request: &HttpRequest) -> String {
    let segment = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(name) => request.match_info().get(name).unwrap_or_default().to_owned(),
        None => part.to_owned(),
    };
    pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
}

impl FromRequest for SignedIn {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = super::state(&request)?;
            let found = Self::find(&state, &request).await?;
            Self::admit(&state, &request, found, |member| member)
        })
    }
}

/// The same member with the overview of the account, found together in one query.
pub struct SignedInWithOverview(pub SignedIn, pub Overview);

impl FromRequest for SignedInWithOverview {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = super::state(&request)?;
            let found = SignedIn::find_with_overview(&state, &request).await?;
            let (member, overview) = SignedIn::admit(&state, &request, found, |(member, _)| member)?;
            Ok(Self(member, overview))
        })
    }
}

/// Refuses the pages that a member without a second factor cannot open, where the team requires one.
pub(super) fn check_required_factor(
    state: &AppState,
    member: &SignedIn,
    pattern: &str,
) -> Result<(), AppError> {
    if member.lacks_required_factor(state) && !state.routes.enrols(pattern) {
        let api = state.routes.kind(pattern) == RouteKind::Api;
        return Err(AppError::SecondFactorRequired { api });
    }
    Ok(())
}

/// A visitor, signed in or not. A request without a cookie runs no query.
pub enum Visitor {
    /// Not signed in.
    Guest,
    /// Signed in.
    Member(Box<SignedIn>),
}

impl FromRequest for Visitor {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = super::state(&request)?;
            match SignedIn::find(&state, &request).await {
                Ok(Some(member)) => Ok(Self::Member(Box::new(member))),
                // The owner of a deleted account may sign up or in again.
                Ok(None) | Err(AppError::AccountGone) => Ok(Self::Guest),
                Err(error) => Err(error),
            }
        })
    }
}
