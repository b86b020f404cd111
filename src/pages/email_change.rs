//! `/email-change/{token}`: confirms a new email address by the link that was mailed to it. Opening the
//! link changes nothing, because mail scanners open links; the button on the page does. The link is the
//! proof: only the new mailbox has seen it, so no session is needed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::actions::change_email::{self, EmailConfirmation, PreparedConfirmation};
use crate::actions::notices;
use crate::db;
use crate::domain::{EventKind, Locale, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::Client;
use crate::models::email_change::{self, EmailChange, EmailChangeState};
use crate::models::user;
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

/// Shows the change that the link would make.
pub async fn show(
    state: web::Data<AppState>,
    locale: Locale,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    match find(&state, digest(&token)?).await? {
        EmailChangeState::Open(change) => page(&state, locale, StatusCode::OK, "open", &token, Some(&change)),
        EmailChangeState::Used(change) => page(&state, locale, StatusCode::OK, "used", "", Some(&change)),
        state_of_change => refuse(&state, locale, &state_of_change),
    }
}

/// Gives the account the new address.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (digest, now, locale) = (digest(&token)?, state.clock.now(), client.locale);
    let change = match find(&state, digest).await? {
        EmailChangeState::Open(change) => change,
        state_of_change => return refuse(&state, locale, &state_of_change),
    };
    let owner = db::statement(&state.pool, "user_find", async |conn| user::find(conn, change.user_id).await);
    let owner = owner.await?.ok_or(AppError::AccountGone)?;
    let chosen = locale.chosen(owner.language.as_deref(), owner.time_zone.as_deref());
    let letters = state.letters.about(client.occasion(now, chosen));
    let former_addresses = notices::former_addresses(&state, change.user_id).await?;
    let event = client.event(change.user_id, EventKind::EmailChanged, now);
    let prepared = PreparedConfirmation::new(&letters, &change, &former_addresses, event, now)?;
    let confirmation = db::transaction(&state.pool, "email_change_confirm", async |conn| {
        change_email::confirm_in_txn(conn, digest, &prepared, now).await
    });
    match confirmation.await {
        Ok(EmailConfirmation::Changed) => {
            log::info!("user {} has another email address", change.user_id);
            Ok(see_other(&format!("/email-change/{token}")))
        }
        Ok(EmailConfirmation::NotRun(state_of_change)) => refuse(&state, locale, &state_of_change),
        Ok(EmailConfirmation::Taken) => {
            page(&state, locale, StatusCode::CONFLICT, "taken", &token, Some(&change))
        }
        Err(error) if error.is_unique_violation() => {
            page(&state, locale, StatusCode::CONFLICT, "taken", &token, Some(&change))
        }
        Err(error) => Err(error.into()),
    }
}

fn digest(token: &str) -> Result<TokenDigest, AppError> {
    SecretToken::decode(token).map(|token| token.digest()).ok_or(AppError::NotFound)
}

async fn find(state: &AppState, digest: TokenDigest) -> Result<EmailChangeState, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "email_change_find", async |conn| {
        email_change::find(conn, digest, now).await
    });
    Ok(found.await?)
}

fn refuse(
    state: &AppState,
    locale: Locale,
    state_of_change: &EmailChangeState,
) -> Result<HttpResponse, AppError> {
    let (status, why) = match state_of_change {
        EmailChangeState::Expired => (StatusCode::GONE, "expired"),
        EmailChangeState::Used(change) => {
            return page(state, locale, StatusCode::GONE, "used", "", Some(change));
        }
        EmailChangeState::ChangedSince => (StatusCode::GONE, "changed_since"),
        EmailChangeState::Withdrawn => (StatusCode::GONE, "withdrawn"),
        EmailChangeState::Open(_) | EmailChangeState::NotFound => (StatusCode::NOT_FOUND, "not_found"),
    };
    page(state, locale, status, why, "", None)
}

fn page(
    state: &AppState,
    locale: Locale,
    status: StatusCode,
    why: &'static str,
    token: &str,
    change: Option<&EmailChange>,
) -> Result<HttpResponse, AppError> {
    let (old_email, new_email) =
        change.map_or(("", ""), |change| (change.old_email.as_str(), change.new_email.as_str()));
    state.view.page(
        status,
        Audience::Unknown(locale),
        &EmailChangePage { state: why, token, old_email, new_email },
    )
}
