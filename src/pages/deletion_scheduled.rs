//! `/deletion-scheduled`: the page after a deletion request, which signs the user out. It names no
//! account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::domain::Locale;
use crate::error::AppError;
use crate::state::AppState;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct DeletionScheduledPage {}

impl Page for DeletionScheduledPage {
    const TEMPLATE: &'static str = "pages/deletion_scheduled.html";
}

/// Shows the page.
pub async fn show(state: web::Data<AppState>, locale: Locale) -> Result<HttpResponse, AppError> {
    state.view.page(StatusCode::OK, Audience::Unknown(locale), &DeletionScheduledPage {})
}
