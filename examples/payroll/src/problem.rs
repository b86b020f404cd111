//! Why a request is not answered as the user wished. Each problem has its page.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::html;
use crate::receipts::ReceiptProblem;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("Nothing was paid: this receipt is not genuine")]
    NotGenuine(String),
    #[error("Nothing was paid: this receipt is about something else")]
    AboutSomethingElse,
    #[error("unframed does not answer")]
    Unreachable(String),
    #[error("unframed did not take the request")]
    Refused(String),
    #[error("unframed would show something else than Payroll asked for")]
    ShownOtherwise,
    #[error("There is no such payment")]
    NoSuchPayment,
    #[error("Sign in first")]
    NotSignedIn,
    #[error("This form was not on a page of Payroll")]
    ForeignForm,
    #[error("Enter your email address")]
    NoAddress,
    #[error("Too many people are signed in")]
    TooManySessions,
    #[error("Another user was asked to confirm this payment")]
    WaitsForAnother,
}

impl Problem {
    /// What happened in more detail, as a sentence for the user.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Self::NotGenuine(why) | Self::Unreachable(why) | Self::Refused(why) => why,
            Self::AboutSomethingElse => {
                "unframed signed it, but Payroll did not ask this user for this payment with it."
            }
            Self::WaitsForAnother => {
                "It can be asked for again when that user has decided, or in ten minutes."
            }
            _ => "",
        }
    }
}

impl From<reqwest::Error> for Problem {
    fn from(error: reqwest::Error) -> Self {
        // Without the URL, which users need not see.
        Self::Unreachable(error.without_url().to_string())
    }
}

impl From<ReceiptProblem> for Problem {
    fn from(problem: ReceiptProblem) -> Self {
        match problem {
            ReceiptProblem::NotGenuine(why) => Self::NotGenuine(why),
            ReceiptProblem::NoKeys(error) => error.into(),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotGenuine(_) | Self::AboutSomethingElse => StatusCode::BAD_REQUEST,
            Self::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) | Self::ShownOtherwise => StatusCode::BAD_GATEWAY,
            Self::NoSuchPayment => StatusCode::NOT_FOUND,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NoAddress => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManySessions => StatusCode::TOO_MANY_REQUESTS,
            Self::WaitsForAnother => StatusCode::CONFLICT,
        }
    }

    fn error_response(&self) -> HttpResponse {
        log::warn!("{self}. {}", self.detail());
        html::problem(self)
    }
}
