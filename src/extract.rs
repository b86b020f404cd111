//! Extractors: the checked parts of a request that a handler receives. No extractor keeps a database
//! connection: Actix polls the extractors of a handler together, and a small pool would starve.

pub mod api_body;
pub mod api_caller;
pub mod application;
pub mod arrival;
pub mod bearer;
pub mod client;
pub mod idempotency;
pub mod if_match;
pub mod just_done;
mod locale;
pub mod public_form;
pub mod query;
pub mod signed_in;
pub mod verified_form;

pub use api_body::ApiBody;
pub use api_caller::ApiCaller;
pub use application::CallingApplication;
pub use arrival::Arrival;
pub use client::Client;
pub use idempotency::Idempotency;
pub use if_match::{EntityTag, IfMatch};
pub use just_done::{Done, JustDone};
pub use public_form::PublicForm;
pub use signed_in::{SignedIn, SignedInWithOverview, Visitor};
pub use verified_form::{Button, Form, RefusedForm, StaleSubmission, VerifiedForm};

use actix_web::{HttpRequest, web};

use crate::error::AppError;
use crate::state::AppState;

fn state(request: &HttpRequest) -> Result<web::Data<AppState>, AppError> {
    request
        .app_data::<web::Data<AppState>>()
        .cloned()
        .ok_or_else(|| AppError::Internal("no state".to_owned()))
}
