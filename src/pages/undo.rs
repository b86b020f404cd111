//! `/undo/{token}`: undoes a change by the link that was mailed when it was made. Opening the link changes
//! nothing; the button on the page does, and leads to the form for a new password. No session is needed: the owner may
//! have lost the account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::actions::page;
use crate::actions::undo::{self, UndoState};
use crate::db;
use crate::domain::{Locale, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, Done};
use crate::locales::Message;
use crate::models::password_reset::{self, PasswordResetState};
use crate::state::AppState;
use crate::view::{Audience, Page, see_other};

/// The page of a link that cannot be used.
#[derive(Serialize)]
struct UndoPage {
    state: &'static str,
}

impl Page for UndoPage {
    const TEMPLATE: &'static str = "pages/undo.html";
}

/// Shows what the link undoes.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    match undo::find(&state, decode(&token)?.digest()).await? {
        UndoState::Open(undo) => {
            state.view.page(StatusCode::OK, Audience::Unknown(locale), &page::undo(&undo, &token))
        }
        state_of_link => refuse(&state, locale, &state_of_link),
    }
}

/// Undoes the change, and leads to the form for a new password. A form that was sent twice leads there, too.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let token = decode(&token)?;
    let reset = undo::reset_token(&token);
    let form = format!("/forgot-password/{}", reset.encode());
    match undo::carry_out(&state, &client, &token).await? {
        UndoState::Open(_) => Ok(see_other(&Done::new(Message::DoneUndone).at(&form))),
        UndoState::Used if is_open(&state, reset.digest()).await? => Ok(see_other(&form)),
        state_of_link => refuse(&state, client.locale, &state_of_link),
    }
}

fn decode(token: &str) -> Result<SecretToken, AppError> {
    SecretToken::decode(token).ok_or(AppError::NotFound)
}

/// Whether a reset can still be finished.
async fn is_open(state: &AppState, reset: TokenDigest) -> Result<bool, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "password_reset_find_by_undo", async |conn| {
        password_reset::find(conn, reset, now).await
    });
    Ok(matches!(found.await?, PasswordResetState::Open(_)))
}

fn refuse(state: &AppState, locale: Locale, state_of_link: &UndoState) -> Result<HttpResponse, AppError> {
    let (status, why) = match state_of_link {
        UndoState::Expired => (StatusCode::GONE, "expired"),
        UndoState::Used => (StatusCode::GONE, "used"),
        UndoState::Open(_) | UndoState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    state.view.page(status, Audience::Unknown(locale), &UndoPage { state: why })
}
