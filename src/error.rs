//! One error type for all handlers: its status, its one log line, and no detail of its cause for the
//! client. `pages/error.rs` turns it into a page, or into `application/problem+json` for the API.

pub mod problem;

use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};

use self::problem::Problem;
use crate::db::DatabaseError;
use crate::domain::LocalPath;
use crate::domain::email_address::EmailAddressProblem;
use crate::locales::Message;
use crate::security::passkeys::PasskeyProblem;
use crate::security::password_hashing::HashingProblem;
use crate::security::seal::SealProblem;

/// Why a request fails.
#[derive(Debug)]
pub enum AppError {
    /// The request itself is malformed; the message says how.
    Malformed(Message),
    /// The request has no live session. `Some`: the page to return to after signing in; `None`: the API.
    SignedOut(Option<LocalPath>),
    /// The team requires a second factor, and the account has none yet.
    SecondFactorRequired {
        /// Whether a program asks, which no page can lead on.
        api: bool,
    },
    /// A member's form without the token of its session.
    StaleForm,
    /// The thing does not exist, or it is another account's.
    NotFound,
    /// The account was deleted while its session lived.
    AccountGone,
    /// The body is larger than any of our forms.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is not a form.
    UnsupportedMediaType,
    /// The rate limit is spent until this time has passed.
    TooManyRequests(Duration),
    /// A problem of the API, as the operation itself describes it.
    Api(Box<Problem>),
    /// The server is overloaded.
    Busy,
    /// The database failed.
    Database(DatabaseError),
    /// A fault of this program, with its cause for the log.
    Internal(String),
}

/// The pause that a 503 asks for.
pub const RETRY_SOON: Duration = Duration::from_secs(5);

impl AppError {
    /// The time to wait before another attempt, where waiting helps.
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

    /// The message for the user, if it says more than the status does.
    #[must_use]
    pub fn message(&self) -> Option<Message> {
        match self {
            Self::Malformed(message) => Some(*message),
            Self::SecondFactorRequired { .. } => Some(Message::ErrorFactorRequired),
            Self::StaleForm => Some(Message::ErrorStaleForm),
            Self::AccountGone => Some(Message::ErrorAccountGone),
            Self::Database(DatabaseError::CommitUnknown(_)) => Some(Message::ErrorCommitUnknown),
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

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self::Api(Box::new(problem))
    }
}

/// An internal error: no request decides which key seals.
impl From<SealProblem> for AppError {
    fn from(problem: SealProblem) -> Self {
        Self::Internal(format!("a sealed value {problem}"))
    }
}

/// An internal error: only the answer of a browser is a problem that a user can meet, and pages tell it in place.
impl From<PasskeyProblem> for AppError {
    fn from(problem: PasskeyProblem) -> Self {
        Self::Internal(format!("passkeys: {problem}"))
    }
}

/// An internal error, because an email address is checked before it is stored.
impl From<EmailAddressProblem> for AppError {
    fn from(problem: EmailAddressProblem) -> Self {
        Self::Internal(format!("a stored email address {problem}"))
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
            Self::SecondFactorRequired { api: false } => StatusCode::SEE_OTHER,
            Self::SecondFactorRequired { api: true } | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::NotFound | Self::AccountGone => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Api(problem) => problem.kind.status,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(DatabaseError::Query(_) | DatabaseError::RolledBack) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The bare response. `pages/error.rs` adds the page, because it knows the request.
    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            log::error!("internal: {cause}");
        }
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1)));
        }
        if let Self::SignedOut(Some(next)) = self {
            response.insert_header((header::LOCATION, format!("/sign-in{}", next.query())));
        }
        if let Self::SignedOut(None) = self {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Self::Api(problem) = self {
            for (name, value) in &problem.headers {
                response.append_header((name.clone(), value.as_str()));
            }
        }
        if let Self::SecondFactorRequired { api: false } = self {
            response.insert_header((header::LOCATION, "/settings/two-factor"));
        }
        response.finish()
    }
}
