//! The caller of an operation of the API: a program with an access token. One operation also answers a script of our own
//! origin, by the session. A cookie never authorises a write, and a request with credentials never falls back to its cookie.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use chrono::TimeDelta;

use super::{Client, SignedIn, bearer};
use crate::db;
use crate::domain::{ApiSecret, ApiSecretKind, Scope, Scopes, TokenDigest};
use crate::error::AppError;
use crate::error::problem::Problem;
use crate::models::access_token;
use crate::models::user::User;
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// The least time between two writes of a token's last use.
const TOUCH_AFTER: TimeDelta = TimeDelta::seconds(60);

/// What an operation of the API asks of its caller.
pub trait Permission: 'static {
    /// The scope that an access token needs.
    const SCOPE: Scope;
    /// Whether a session is enough for a script of our own origin. Only for an operation that reads.
    const BY_SESSION: bool = false;
}

/// To read the settings.
pub struct ReadSettings;
/// To read where the account is signed in.
pub struct ReadSessions;
/// To change settings, and to sign devices out.
pub struct WriteSettings;
/// To read the activity.
pub struct ReadActivity;

impl Permission for ReadSettings {
    const SCOPE: Scope = Scope::SettingsRead;
    const BY_SESSION: bool = true;
}

impl Permission for ReadSessions {
    const SCOPE: Scope = Scope::SettingsRead;
}

impl Permission for WriteSettings {
    const SCOPE: Scope = Scope::SettingsWrite;
}

impl Permission for ReadActivity {
    const SCOPE: Scope = Scope::ActivityRead;
}

/// A caller who may do what `P` says.
pub struct ApiCaller<P> {
    /// The account.
    pub user: User,
    /// The token; `None` for a session, which only reads. A write looks at it again in its transaction: the body may have
    /// arrived long after the caller was admitted.
    pub token: Option<TokenDigest>,
    permission: PhantomData<P>,
}

impl<P: Permission> ApiCaller<P> {
    /// Counts an attempt of the account, before anything is done for it.
    ///
    /// # Errors
    /// [`AppError::TooManyRequests`] beyond the limit.
    pub async fn admit(&self, state: &AppState, client: &Client, attempt: Attempt) -> Result<(), AppError> {
        count(state, client, attempt, Target::Account(self.user.id)).await
    }

    async fn find(state: &AppState, request: &HttpRequest, client: &Client) -> Result<Self, AppError> {
        let secret = bearer::secret(request.headers())?;
        let token = secret.as_ref().map(ApiSecret::digest);
        let user = match secret {
            Some(secret) => by_token(state, client, &secret, P::SCOPE).await?,
            None => {
                let member = by_session::<P>(state, request).await?;
                member.ok_or_else(Problem::no_credentials)?.user
            }
        };
        if state.config.require_second_factor && user.second_factor_since.is_none() {
            return Err(AppError::SecondFactorRequired { api: true });
        }
        Ok(Self { user, token, permission: PhantomData })
    }
}

/// The account of an access token that covers a scope.
async fn by_token(
    state: &AppState,
    client: &Client,
    secret: &ApiSecret,
    scope: Scope,
) -> Result<User, AppError> {
    if secret.kind() != ApiSecretKind::AccessToken {
        return Err(Problem::invalid_credentials().into());
    }
    let (digest, now) = (secret.digest(), state.clock.now());
    let found = db::statement(&state.pool, "access_token_find_live", async |conn| {
        access_token::find_live(conn, digest, now).await
    });
    let Some((token, user)) = found.await? else {
        log::info!("refused an unknown access token from {}", client.address);
        return Err(Problem::invalid_credentials().into());
    };
    count(state, client, Attempt::ApiCall, Target::AccessToken(token.id)).await?;
    if token.last_used_at.is_none_or(|used| now - used >= TOUCH_AFTER) {
        db::statement(&state.pool, "access_token_set_last_used", async |conn| {
            access_token::set_last_used(conn, digest, now).await
        })
        .await?;
    }
    if !Scopes::parse(&token.scopes).is_some_and(|scopes| scopes.cover(scope)) {
        return Err(Problem::insufficient_scope(scope.name()).into());
    }
    Ok(user)
}

async fn count(
    state: &AppState,
    client: &Client,
    attempt: Attempt,
    target: Target<'_>,
) -> Result<(), AppError> {
    match state.throttle.admit(&state.pool, attempt, client.address, target).await? {
        Admission::Admitted(_) => Ok(()),
        Admission::Wait(wait) => Err(AppError::TooManyRequests(wait)),
    }
}

/// The member whose session a script of our own origin uses. A listed origin on a sibling host may get the browser to send
/// the cookie: its request counts as one without.
async fn by_session<P: Permission>(
    state: &AppState,
    request: &HttpRequest,
) -> Result<Option<SignedIn>, AppError> {
    let own = state.config.public_url.as_str();
    let foreign = request.headers().get_all(header::ORIGIN).any(|origin| origin.as_bytes() != own.as_bytes());
    if !P::BY_SESSION || !request.method().is_safe() || foreign {
        return Ok(None);
    }
    SignedIn::find(state, request).await
}

impl<P: Permission> FromRequest for ApiCaller<P> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, client) = (request.clone(), Client::from_request(request, payload));
        Box::pin(async move {
            let (state, client) = (super::state(&request)?, client.await?);
            Self::find(&state, &request, &client).await
        })
    }
}
