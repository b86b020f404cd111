//! What is shown of an action that cannot be confirmed, or not any more.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::pending_action::Found;
use crate::state::AppState;
use crate::view::Page;

#[derive(Serialize)]
struct OverPage {
    state: &'static str,
}

impl Page for OverPage {
    const TEMPLATE: &'static str = "pages/confirm/over.html";
}

/// The page of an action that cannot be confirmed, or not any more. One that another session began
/// and one that never was look the same.
pub(super) fn refuse(state: &AppState, member: &SignedIn, over: &Found) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        Found::Expired => (StatusCode::GONE, "expired"),
        Found::AlreadyUsed => (StatusCode::GONE, "used"),
        Found::Withdrawn => (StatusCode::GONE, "withdrawn"),
        Found::Open { .. } | Found::NotFound => (StatusCode::NOT_FOUND, "not_here"),
    };
    state.view.page(status, member.audience(), &OverPage { state: why })
}
