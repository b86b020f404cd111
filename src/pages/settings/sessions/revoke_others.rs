//! `/settings/sessions/revoke-others`: begins signing out everywhere else.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::confirmation;
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Arrival, Client, RefusedForm, SignedIn, VerifiedForm};
use crate::models::pending_action::Action;
use crate::state::AppState;
use crate::view::Page;

/// Nothing but the token.
#[derive(Deserialize)]
pub struct RevokeOthersForm {}

#[derive(Serialize)]
struct RevokeOthersPage<'a> {
    csrf_token: &'a str,
    notice: Option<&'static str>,
}

impl Page for RevokeOthersPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/sessions/revoke_others.html";
}

/// Says what it does, to whoever comes from a page of ours.
///
/// # Errors
/// [`AppError`].
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    let (title, text) = ("Sign out everywhere else", "The next page ends all your other sessions.");
    if let Some(page) = arrival.instead(&state, &member, title, text)? {
        return Ok(page);
    }
    page(&state, StatusCode::OK, &member, None)
}

/// Begins it.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    form: Result<VerifiedForm<RevokeOthersForm>, RefusedForm<RevokeOthersForm>>,
) -> Result<HttpResponse, AppError> {
    match form {
        Ok(VerifiedForm { member, .. }) => {
            confirmation::begin(&state, &client, &member, &Action::RevokeOtherSessions).await
        }
        Err(RefusedForm::Stale { member, .. }) => {
            page(&state, StatusCode::FORBIDDEN, &member, Some(STALE_NOTICE))
        }
        Err(refused) => refused.answer(&state),
    }
}

fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<&'static str>,
) -> Result<HttpResponse, AppError> {
    let page = RevokeOthersPage { csrf_token: &member.viewer.csrf_token, notice };
    state.view.page(status, member.audience(), &page)
}
