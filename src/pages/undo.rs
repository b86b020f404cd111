//! `/undo/{token}`: takes a change back by the link that was mailed when it was made. Opening the
//! link changes nothing; the button on the page does. No session is asked for: whoever needs this
//! may have lost the account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::confirmation::stored;
use crate::db;
use crate::domain::{SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::query;
use crate::models::undo_link::{self, Found, Outcome, Undo};
use crate::state::AppState;
use crate::view::{Audience, Page, see_other};

#[derive(Serialize)]
struct UndoPage<'a> {
    state: &'static str,
    token: &'a str,
    former_email: Option<&'a str>,
}

impl Page for UndoPage<'_> {
    const TEMPLATE: &'static str = "pages/undo.html";
}

/// Stands in the query after the button was pressed. The page says of the account what is so, whoever
/// wrote the link.
const DONE: &str = "done";

/// Shows what the link takes back.
///
/// # Errors
/// [`AppError`].
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (digest, now) = (digest(&token)?, crate::models::now());
    match find(&state, digest, now).await? {
        Found::Open(undo) => page(&state, StatusCode::OK, "open", &token, Some(&undo)),
        Found::InEffect(undo) if query::once(request.query_string(), DONE).is_some() => {
            page(&state, StatusCode::OK, "done", "", Some(&undo))
        }
        over => refuse(&state, &over),
    }
}

/// Takes it back.
///
/// # Errors
/// [`AppError`].
pub async fn submit(state: web::Data<AppState>, token: web::Path<String>) -> Result<HttpResponse, AppError> {
    let (digest, now) = (digest(&token)?, crate::models::now());
    let told = match find(&state, digest, now).await? {
        Found::Open(Undo::ChangeEmail(former)) => Some(state.letters.email_change_undone(&stored(&former)?)?),
        Found::Open(Undo::DeleteAccount) => None,
        over => return refuse(&state, &over),
    };
    let told = told.as_ref().map(|told| told.queued(now));
    let outcome = db::transaction(&state.pool, "undo_link_undo", async |conn| {
        undo_link::undo_in_txn(conn, digest, told.as_ref(), now).await
    });
    match outcome.await? {
        Outcome::Undone(undo) => {
            log::info!("taken back by its link: {}", undo.kind());
            Ok(see_other(&format!("/undo/{token}?{DONE}")))
        }
        Outcome::Over(over) => refuse(&state, &over),
    }
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

async fn find(state: &AppState, digest: TokenDigest, now: DateTime<Utc>) -> Result<Found, AppError> {
    Ok(db::statement(&state.pool, "undo_link_find", async |conn| undo_link::find(conn, digest, now).await)
        .await?)
}

fn refuse(state: &AppState, over: &Found) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        Found::Expired => (StatusCode::GONE, "expired"),
        Found::InEffect(_) | Found::AlreadyUsed => (StatusCode::GONE, "used"),
        Found::Open(_) | Found::NotFound => (StatusCode::NOT_FOUND, "unknown"),
    };
    page(state, status, why, "", None)
}

fn page(
    state: &AppState,
    status: StatusCode,
    why: &'static str,
    token: &str,
    undo: Option<&Undo>,
) -> Result<HttpResponse, AppError> {
    let former_email = match undo {
        Some(Undo::ChangeEmail(former)) => Some(former.as_str()),
        Some(Undo::DeleteAccount) | None => None,
    };
    state.view.page(status, Audience::Unknown, &UndoPage { state: why, token, former_email })
}
