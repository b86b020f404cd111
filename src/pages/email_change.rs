//! `/email-change/{token}`: proves a new address by the link that was mailed to it. Opening the link
//! changes nothing, because mail scanners open links; the button on the page does. The proof is the
//! possession of the link, which only the new mailbox and we have seen, so no session is asked for.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::confirmation::stored;
use crate::db;
use crate::domain::{SecretToken, TokenDigest};
use crate::error::AppError;
use crate::models::email_change::{self, EmailChange, Found, Outcome};
use crate::models::undo_link::{self, NewUndoLink};
use crate::state::AppState;
use crate::view::{Audience, Page, see_other};

#[derive(Serialize)]
struct EmailChangePage<'a> {
    state: &'static str,
    token: &'a str,
    old_email: &'a str,
    new_email: &'a str,
}

impl Page for EmailChangePage<'_> {
    const TEMPLATE: &'static str = "pages/email_change.html";
}

/// Shows what the link would change.
///
/// # Errors
/// [`AppError`].
pub async fn show(state: web::Data<AppState>, token: web::Path<String>) -> Result<HttpResponse, AppError> {
    match find(&state, digest(&token)?).await? {
        Found::Open(change) => page(&state, StatusCode::OK, "open", &token, Some(&change)),
        Found::AlreadyUsed => page(&state, StatusCode::OK, "used", "", None),
        over => refuse(&state, &over),
    }
}

/// Gives the account the new address.
///
/// # Errors
/// [`AppError`].
pub async fn submit(state: web::Data<AppState>, token: web::Path<String>) -> Result<HttpResponse, AppError> {
    let digest = digest(&token)?;
    let change = match find(&state, digest).await? {
        Found::Open(change) => change,
        over => return refuse(&state, &over),
    };
    let (old, new) = (stored(&change.old_email)?, stored(&change.new_email)?);
    let (undo, now) = (SecretToken::generate()?, crate::models::now());
    let (undo_digest, until) = (undo.digest(), now + undo_link::LIFETIME);
    let told = state.letters.email_changed(&old, &new, &undo, until)?;
    let undo = NewUndoLink::for_email(&undo_digest, change.user_id, old.as_str(), now, until);
    let told = told.queued(now);
    let outcome = db::transaction(&state.pool, "email_change_confirm", async |conn| {
        email_change::confirm_in_txn(conn, digest, &undo, &told, now).await
    });
    match outcome.await {
        Ok(Outcome::Confirmed) => {
            log::info!("user {} has another e-mail address", change.user_id);
            Ok(see_other(&format!("/email-change/{token}")))
        }
        Ok(Outcome::Over(over)) => refuse(&state, &over),
        Ok(Outcome::AddressTaken) => page(&state, StatusCode::CONFLICT, "taken", &token, Some(&change)),
        Err(error) if error.is_unique_violation() => {
            page(&state, StatusCode::CONFLICT, "taken", &token, Some(&change))
        }
        Err(error) => Err(error.into()),
    }
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

async fn find(state: &AppState, digest: TokenDigest) -> Result<Found, AppError> {
    let now = crate::models::now();
    Ok(db::statement(&state.pool, "email_change_find", async |conn| {
        email_change::find(conn, digest, now).await
    })
    .await?)
}

fn refuse(state: &AppState, over: &Found) -> Result<HttpResponse, AppError> {
    let (status, why) = match over {
        Found::Expired => (StatusCode::GONE, "expired"),
        Found::AlreadyUsed => (StatusCode::GONE, "used"),
        Found::ChangedSince => (StatusCode::GONE, "changed_since"),
        Found::Withdrawn => (StatusCode::GONE, "withdrawn"),
        Found::Open(_) | Found::NotFound => (StatusCode::NOT_FOUND, "unknown"),
    };
    page(state, status, why, "", None)
}

fn page(
    state: &AppState,
    status: StatusCode,
    why: &'static str,
    token: &str,
    change: Option<&EmailChange>,
) -> Result<HttpResponse, AppError> {
    let (old_email, new_email) =
        change.map_or(("", ""), |change| (change.old_email.as_str(), change.new_email.as_str()));
    state.view.page(status, Audience::Unknown, &EmailChangePage { state: why, token, old_email, new_email })
}
