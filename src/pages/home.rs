//! `GET /`: the start page for guests; members continue to their settings.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::domain::Locale;
use crate::error::AppError;
use crate::extract::{Done, JustDone, Visitor};
use crate::state::AppState;
use crate::view::{Audience, Page, see_other};

#[derive(Default, Serialize)]
struct HomePage {
    done: Option<Done>,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "pages/home.html";
}

/// Shows the page.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    visitor: Visitor,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    match visitor {
        Visitor::Member(_) => Ok(see_other("/settings")),
        Visitor::Guest if done.is_none() => state.view.page_without_data::<HomePage>(locale.language),
        Visitor::Guest => state.view.page(StatusCode::OK, Audience::Guest(locale), &HomePage { done }),
    }
}
