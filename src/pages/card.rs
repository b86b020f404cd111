//! `GET /card/{user_id}`: what an account lets anybody see, and listed sites show in a frame. It
//! knows no session, and has no form and no link: a link out of a frame would count as our own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::models::user;
use crate::state::AppState;
use crate::view::{Audience, Page};

#[derive(Serialize)]
struct CardPage {
    display_name: String,
    initial: String,
    joined: String,
}

impl Page for CardPage {
    const TEMPLATE: &'static str = "pages/card.html";
}

/// Shows the card. One that is switched off and one that never was look the same.
///
/// # Errors
/// [`AppError`].
pub async fn show(state: web::Data<AppState>, id: web::Path<Uuid>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let card = db::statement(&state.pool, "card_find", async |conn| user::find_card(conn, id).await).await?;
    let card = card.ok_or(AppError::NotFound)?;
    let page = CardPage {
        initial: card.display_name.chars().take(1).flat_map(char::to_uppercase).collect(),
        display_name: card.display_name,
        joined: card.created_at.format("%B %Y").to_string(),
    };
    state.view.page(StatusCode::OK, Audience::Unknown, &page)
}
