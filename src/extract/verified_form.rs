//! A member's form: sent by a live session, with that session's token.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as ValueError, MapDeserializer};

use super::SignedIn;
use crate::domain::LocalPath;
use crate::error::AppError;
use crate::security::{csrf, request_body};
use crate::state::AppState;
use crate::view::{Audience, Page};

/// A form that may be acted upon.
pub struct VerifiedForm<T> {
    /// Who sent it.
    pub member: SignedIn,
    /// What was typed.
    pub fields: T,
}

/// A form that may not, with what was typed, so that nobody loses it.
pub enum RefusedForm<T> {
    /// The token is missing or belongs to another session: to be shown again, filled, with a new one.
    Stale {
        /// Who is signed in now.
        member: Box<SignedIn>,
        /// What was typed.
        fields: T,
    },
    /// The session has ended.
    SignedOut(SignedOutPage),
    /// Not a form at all, or the database is gone.
    Failed(AppError),
}

/// Said above a form that is shown again because its token was stale.
pub const STALE_NOTICE: &str = "This form had expired. Nothing was changed: check it and send it again.";

impl<T> RefusedForm<T> {
    /// The answer where the form is not shown again.
    ///
    /// # Errors
    /// [`AppError`].
    pub fn answer(self, state: &AppState) -> Result<HttpResponse, AppError> {
        match self {
            Self::Stale { .. } => Err(AppError::StaleForm),
            Self::SignedOut(page) => state.view.page(StatusCode::UNAUTHORIZED, Audience::Guest, &page),
            Self::Failed(error) => Err(error),
        }
    }
}

impl<T> From<RefusedForm<T>> for actix_web::Error {
    fn from(refused: RefusedForm<T>) -> Self {
        match refused {
            RefusedForm::Stale { .. } => AppError::StaleForm.into(),
            RefusedForm::SignedOut(page) => AppError::SignedOut(LocalPath::parse(&page.next)).into(),
            RefusedForm::Failed(error) => error.into(),
        }
    }
}

/// The page for a form that came after the end of its session.
#[derive(Serialize)]
pub struct SignedOutPage {
    typed: Vec<TypedField>,
    sign_in_url: String,
    #[serde(skip)]
    next: String,
}

impl Page for SignedOutPage {
    const TEMPLATE: &'static str = "pages/signed_out.html";
}

#[derive(Serialize)]
struct TypedField {
    label: &'static str,
    value: String,
}

/// What a field is called where it is typed, for those whose loss would be felt: no secrets, and
/// nothing that was not typed.
fn label(name: &str) -> Option<&'static str> {
    match name {
        "display_name" => Some("Name"),
        "email" => Some("New e-mail address"),
        _ => None,
    }
}

impl SignedOutPage {
    fn new(state: &AppState, request: &HttpRequest, typed: Vec<(String, String)>) -> Self {
        let referer = request
            .headers()
            .get(header::REFERER)
            .and_then(|value| url::Url::parse(value.to_str().ok()?).ok());
        let next = referer.and_then(|url| LocalPath::parse(url.path()));
        let next = next.as_ref().and_then(|path| state.routes.page_above(path.as_str()));
        let next = next.unwrap_or("/settings").to_owned();
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
        let typed = typed.into_iter().filter(|(_, value)| !value.is_empty());
        Self {
            typed: typed
                .filter_map(|(name, value)| Some(TypedField { label: label(&name)?, value }))
                .collect(),
            sign_in_url: format!("/sign-in?{query}"),
            next,
        }
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for VerifiedForm<T> {
    type Error = RefusedForm<T>;
    type Future = Pin<Box<dyn Future<Output = Result<Self, RefusedForm<T>>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Form::<Vec<(String, String)>>::from_request(&request, payload);
        Box::pin(async move {
            let state = super::state(&request).map_err(RefusedForm::Failed)?;
            // The body is read whole before a connection is taken from the pool.
            let typed = body.await.map_err(|error| RefusedForm::Failed(body_problem(&error)))?.into_inner();
            let Some(member) = SignedIn::find(&state, &request).await.map_err(RefusedForm::Failed)? else {
                return Err(RefusedForm::SignedOut(SignedOutPage::new(&state, &request, typed)));
            };
            let token =
                typed.iter().find(|(name, _)| name == csrf::FIELD).map_or("", |(_, value)| value.as_str());
            let fresh = state.csrf.verify(member.digest, token);
            let fields = T::deserialize(MapDeserializer::<_, ValueError>::new(typed.into_iter())).map_err(
                |_duplicate| RefusedForm::Failed(AppError::Malformed("A field of the form came twice.")),
            )?;
            if fresh {
                Ok(Self { member, fields })
            } else {
                log::info!("refused a form of session {}: its token does not fit", member.session.id);
                Err(RefusedForm::Stale { member: Box::new(member), fields })
            }
        })
    }
}

/// What actix says of a body, in our words.
#[must_use]
pub fn body_problem(error: &actix_web::Error) -> AppError {
    match error.as_response_error().status_code() {
        status if status == StatusCode::REQUEST_TIMEOUT || request_body::is_late(error) => AppError::TooSlow,
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => AppError::UnsupportedMediaType,
        _ => AppError::Malformed("The form could not be read."),
    }
}
