//! `POST /settings/card`: switches the public card on or off.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::actions;
use crate::db;
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::{Client, Done, Form, VerifiedForm};
use crate::locales::Message;
use crate::models::security_event;
use crate::models::user::{self, UserUpdate};
use crate::security::limits::Attempt;
use crate::state::AppState;
use crate::view::see_other;

/// The button that was pressed: on or off.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CardForm {
    card: String,
}

impl Form for CardForm {}

/// Switches the card on or off.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, fields }: VerifiedForm<CardForm>,
) -> Result<HttpResponse, AppError> {
    let (enabled, done, event) = match fields.card.as_str() {
        "on" => (true, Message::DoneCardOn, EventKind::CardEnabled),
        "off" => (false, Message::DoneCardOff, EventKind::CardDisabled),
        _ => return Err(AppError::Malformed(Message::ErrorCardSwitch)),
    };
    if enabled == member.user.card_enabled {
        return Ok(see_other(&Done::new(done).at("/settings/profile")));
    }
    actions::admit(&state, &client, &member, Attempt::ProfileChange).await?;
    let (id, now) = (member.user.id, state.clock.now());
    let event = client.event(id, event, now);
    let change = db::idempotent_transaction(&state.pool, "user_set_card_enabled", async |conn| {
        let updated = user::set_card_enabled(conn, id, enabled, now).await?;
        if updated == UserUpdate::Stored {
            security_event::create(conn, &event).await?;
        }
        Ok(updated)
    });
    match change.await? {
        UserUpdate::Stored => {
            log::info!("user {id} switched the card {}", fields.card);
            Ok(see_other(&Done::new(done).at("/settings/profile")))
        }
        UserUpdate::Gone => Err(AppError::AccountGone),
    }
}
