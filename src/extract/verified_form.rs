//! Forms of members: each must come from a live session and carry the token of that session.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::signed_in::check_required_factor;
use super::{SignedIn, public_form};
use crate::domain::{LocalPath, Locale};
use crate::error::AppError;
use crate::locales::Message;
use crate::security::{accept_language, csrf};
use crate::state::AppState;
use crate::view::{Audience, Page};

/// The fields of a member's form.
pub trait Form: DeserializeOwned + 'static {
    /// Shows the page of this form again, filled as it was sent, with a fresh token and
    /// [`Message::FormStale`] above it. By default, for a form with nothing typed, it returns the error for
    /// stale forms instead.
    fn show_again(self, sent: StaleSubmission<'_>) -> impl Future<Output = Result<HttpResponse, AppError>> {
        let _ = sent;
        async { Err(AppError::StaleForm) }
    }
}

/// A form with nothing but the token: a button.
#[derive(serde::Deserialize)]
pub struct Button {}

impl Form for Button {}

/// A form that was sent with a stale token.
pub struct StaleSubmission<'a> {
    /// The application.
    pub state: &'a AppState,
    /// The member who is signed in now.
    pub member: &'a SignedIn,
    /// The request.
    pub request: &'a HttpRequest,
}

/// A form that may be acted upon. A handler that takes one never sees a stale form: the form is shown
/// again, filled.
pub struct VerifiedForm<T> {
    /// The member who sent it.
    pub member: SignedIn,
    /// What was typed.
    pub fields: T,
}

/// A form that may not be acted upon.
pub enum RefusedForm {
    /// The token is missing or another session's; the response shows the form again.
    Stale(HttpResponse),
    /// The session has ended; the response shows what was typed, so that nothing is lost.
    SignedOut(HttpResponse),
    /// The body is no form, the account is gone, or the database failed.
    Failed(AppError),
}

impl From<AppError> for RefusedForm {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Debug for RefusedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale(_) => "a stale form",
            Self::SignedOut(_) => "a form without a session",
            Self::Failed(_) => "no form",
        })
    }
}

impl From<RefusedForm> for actix_web::Error {
    fn from(refused: RefusedForm) -> Self {
        match refused {
            RefusedForm::Stale(response) => InternalError::from_response("stale form", response).into(),
            RefusedForm::SignedOut(response) => InternalError::from_response("signed out", response).into(),
            RefusedForm::Failed(error) => error.into(),
        }
    }
}

/// The page for a form that was sent after its session had ended.
#[derive(Serialize)]
struct SignedOutPage {
    typed: Vec<TypedField>,
    sign_in_url: String,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "pages/signed_out.html";
}

#[derive(Serialize)]
struct TypedField {
    name: String,
    value: String,
}

/// The fields that are shown again after the end of a session: typed by hand, and no secrets.
const SHOWN_AGAIN: [&str; 2] = ["display_name", "email"];

impl SignedOutPage {
    fn new(state: &AppState, request: &HttpRequest, typed: Vec<(String, String)>) -> Self {
        let referer = request
            .headers()
            .get(header::REFERER)
            .and_then(|value| url::Url::parse(value.to_str().ok()?).ok());
        let next = referer.and_then(|url| LocalPath::parse(url.path()));
        let next = next.as_ref().map_or_else(|| request.path(), LocalPath::as_str);
        let next = state.routes.page_above(next);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", next.unwrap_or("/settings"));
        let typed = typed
            .into_iter()
            .filter(|(name, value)| SHOWN_AGAIN.contains(&name.as_str()) && !value.is_empty());
        Self {
            typed: typed.map(|(name, value)| TypedField { name, value }).collect(),
            sign_in_url: format!("/sign-in?{}", query.finish()),
        }
    }
}

impl<T: Form> FromRequest for VerifiedForm<T> {
    type Error = RefusedForm;
    type Future = Pin<Box<dyn Future<Output = Result<Self, RefusedForm>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = public_form::read(&request, payload);
        Box::pin(async move {
            let state = super::state(&request)?;
            // The body is read whole before a connection is taken from the pool.
            let typed = body.await?;
            let Some(member) = SignedIn::find(&state, &request).await? else {
                let locale = Locale::in_utc(accept_language::preferred(&request));
                let page = SignedOutPage::new(&state, &request, typed);
                let response = state.view.page(StatusCode::UNAUTHORIZED, Audience::Guest(locale), &page)?;
                return Err(RefusedForm::SignedOut(response));
            };
            check_required_factor(&state, &member, &request.match_pattern().unwrap_or_default())?;
            let mut tokens = typed.iter().filter(|(name, _)| name == csrf::FIELD);
            let token = tokens.next().map_or("", |(_, value)| value.as_str());
            if tokens.next().is_some() {
                return Err(AppError::Malformed(Message::ErrorDuplicateField).into());
            }
            let fresh = state.csrf.verify(member.digest, token);
            let fields = public_form::fields(typed)?;
            if fresh {
                return Ok(Self { member, fields });
            }
            state.routes.traffic().note_stale_form();
            log::info!("refused a form of session {}: its token does not match", member.session.id);
            let sent = StaleSubmission { state: &state, member: &member, request: &request };
            Err(RefusedForm::Stale(fields.show_again(sent).await?))
        })
    }
}
