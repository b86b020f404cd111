//! `/undo/{token}`: undoes a change by the link that was mailed when it was made. Opening the link changes
//! nothing; the button on the page does. No session is needed: the owner may have lost the
//! account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use crate::actions::page;
use crate::actions::undo::{self, UndoState};
use crate::domain::{Locale, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::{Client, query};
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

/// The query after the button was pressed. The page states the truth about the account, even if another
/// site wrote the link.
const DONE: &str = "done";

/// Shows what the link undoes.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    locale: Locale,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    match undo::find(&state, digest(&token)?).await? {
        UndoState::Open(undo) => {
            state.view.page(StatusCode::OK, Audience::Unknown(locale), &page::undo(&undo, &token))
        }
        UndoState::Undone(undo) if query::once(request.query_string(), DONE).is_some() => {
            state.view.page(StatusCode::OK, Audience::Unknown(locale), &page::undone(&undo))
        }
        state_of_link => refuse(&state, locale, &state_of_link),
    }
}

/// Undoes the change.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    match undo::carry_out(&state, &client, digest(&token)?).await? {
        UndoState::Open(_) => Ok(see_other(&format!("/undo/{token}?{DONE}"))),
        state_of_link => refuse(&state, client.locale, &state_of_link),
    }
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

fn refuse(state: &AppState, locale: Locale, state_of_link: &UndoState) -> Result<HttpResponse, AppError> {
    let (status, why) = match state_of_link {
        UndoState::Expired => (StatusCode::GONE, "expired"),
        UndoState::Undone(_) | UndoState::Used => (StatusCode::GONE, "used"),
        UndoState::Open(_) | UndoState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    state.view.page(status, Audience::Unknown(locale), &UndoPage { state: why })
}
