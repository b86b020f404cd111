//! The page of an action that cannot be confirmed, or no longer can.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::pending_action::PendingState;
use crate::state::AppState;
use crate::view::Page;

#[derive(Serialize)]
struct OverPage {
    state: &'static str,
}

impl Page for OverPage {
    const TEMPLATE: &'static str = "pages/confirm/over.html";
}

/// Shows why an action cannot be confirmed. An action of another session looks like one that never
/// existed.
pub(super) fn refuse(
    state: &AppState,
    member: &SignedIn,
    over: &PendingState,
) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        PendingState::Expired => (StatusCode::GONE, "expired"),
        PendingState::Used => (StatusCode::GONE, "used"),
        PendingState::Withdrawn => (StatusCode::GONE, "withdrawn"),
        PendingState::Open { .. } | PendingState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    state.view.page(status, member.audience(), &OverPage { state: why })
}
