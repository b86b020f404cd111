//! `GET /card/{user_id}`: the public card of an account, which listed sites may show in a frame. It reads
//! no session and has no form and no link: a link inside a frame would open our pages as if from our own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use uuid::Uuid;

use crate::db;
use crate::domain::{Locale, Moment};
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
    const MAY_BE_FRAMED: bool = true;
}

/// Shows the card. A card that is off and one that does not exist look the same.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let card =
        db::statement(&state.pool, "user_find_card", async |conn| user::find_card(conn, id).await).await?;
    let card = card.ok_or(AppError::NotFound)?;
    let page = CardPage {
        initial: card.display_name.chars().take(1).flat_map(char::to_uppercase).collect(),
        display_name: card.display_name,
        joined: Moment::new(card.created_at, locale).month,
    };
    state.view.page(StatusCode::OK, Audience::Unknown(locale), &page)
}
