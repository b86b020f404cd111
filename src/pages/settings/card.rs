//! `POST /settings/card`: whether anybody may see the account's card.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::db;
use crate::error::AppError;
use crate::extract::{Done, RefusedForm, VerifiedForm};
use crate::models::user::{self, Change};
use crate::state::AppState;
use crate::view::see_other;

/// Which of the two buttons was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CardForm {
    card: String,
}

/// Switches the card on or off.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    form: Result<VerifiedForm<CardForm>, RefusedForm<CardForm>>,
) -> Result<HttpResponse, AppError> {
    let (member, fields) = match form {
        Ok(VerifiedForm { member, fields }) => (member, fields),
        Err(refused) => return refused.answer(&state),
    };
    let enabled = match fields.card.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(AppError::Malformed("The card can only be switched on or off.")),
    };
    let (id, now) = (member.user.id, crate::models::now());
    let change = db::idempotent_transaction(&state.pool, "set_card_enabled", async |conn| {
        user::set_card_enabled(conn, id, enabled, now).await
    });
    match change.await? {
        Change::Done => {
            log::info!("user {id} switched the card {}", fields.card);
            Ok(see_other(&Done::Saved.at("/settings")))
        }
        Change::Gone => Err(AppError::AccountGone),
    }
}
