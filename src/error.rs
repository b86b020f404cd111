//! One error for all handlers: its status, its one log line, and nothing of its cause for the client.
//! `pages/error.rs` turns it into a page, or into `application/problem+json` under `/api/`.

use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};

use crate::db::DatabaseError;
use crate::domain::LocalPath;
use crate::security::password_hashing::HashingProblem;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub enum AppError {
    /// The request itself is malformed, in these words.
    Malformed(&'static str),
    /// Nobody is signed in. `Some`: a page, which comes back after signing in; `None`: the API.
    SignedOut(Option<LocalPath>),
    /// A member's form without a token that fits the session.
    StaleForm,
    /// There is no such thing, or not for this account.
    NotFound,
    /// The account was deleted while its session lived.
    AccountGone,
    /// A body larger than any of our forms.
    TooLarge,
    /// A body that did not arrive in time.
    TooSlow,
    /// A body that is not a form.
    UnsupportedMediaType,
    /// More tries than are allowed.
    TooManyRequests(Duration),
    /// Too much to do at once.
    Busy,
    /// The database.
    Database(DatabaseError),
    /// A fault of ours.
    Internal(String),
}

/// The pause that a 503 asks for.
pub const RETRY_SOON: Duration = Duration::from_secs(5);

impl AppError {
    /// How long to wait before trying again, where that helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(wait) => Some(*wait),
            Self::Busy | Self::Database(DatabaseError::Unavailable(_) | DatabaseError::Contended { .. }) => {
                Some(RETRY_SOON)
            }
            _ => None,
        }
    }

    /// Title and text for the person, where they say more than the status alone.
    #[must_use]
    pub fn told(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Malformed(text) => Some(("This request cannot be understood", text)),
            Self::StaleForm => Some((
                "This form had expired",
                "Nothing was changed. Open the page anew from the settings and send the form once more.",
            )),
            Self::AccountGone => {
                Some(("This account no longer exists", "It was deleted, and its data with it."))
            }
            Self::Database(DatabaseError::CommitUnknown(_)) => Some((
                "We do not know whether your change was saved",
                "The connection to the database broke at the last moment. Look whether the change is there before you send it again.",
            )),
            _ => None,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Internal(cause) => write!(f, "internal: {cause}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl From<DatabaseError> for AppError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<HashingProblem> for AppError {
    fn from(problem: HashingProblem) -> Self {
        match problem {
            HashingProblem::Busy => Self::Busy,
            HashingProblem::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl From<rand::rngs::SysError> for AppError {
    fn from(error: rand::rngs::SysError) -> Self {
        Self::Internal(format!("no random bytes: {error}"))
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::SignedOut(Some(_)) => StatusCode::SEE_OTHER,
            Self::SignedOut(None) => StatusCode::UNAUTHORIZED,
            Self::StaleForm => StatusCode::FORBIDDEN,
            Self::NotFound | Self::AccountGone => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(DatabaseError::Query(_)) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The bare answer; the page is made where the request is known.
    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            log::error!("internal: {cause}");
        }
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1)));
        }
        if let Self::SignedOut(Some(next)) = self {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", next.as_str())
                .finish();
            response.insert_header((header::LOCATION, format!("/sign-in?{query}")));
        }
        response.finish()
    }
}
