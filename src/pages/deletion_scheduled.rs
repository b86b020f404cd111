//! `/deletion-scheduled`: where somebody lands who has just asked for the account to be deleted and
//! is signed out by that. It names nobody.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::error::AppError;
use crate::state::AppState;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct DeletionScheduledPage {}

impl Page for DeletionScheduledPage {
    const TEMPLATE: &'static str = "pages/deletion_scheduled.html";
}

/// Shows it.
///
/// # Errors
/// [`AppError`].
pub async fn show(state: web::Data<AppState>) -> Result<HttpResponse, AppError> {
    state.view.page(StatusCode::OK, Audience::Unknown, &DeletionScheduledPage {})
}
