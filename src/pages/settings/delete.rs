//! `/settings/delete`: begins the deletion of the account, and, while the grace lasts, calls it off.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::confirmation;
use crate::db;
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Arrival, Client, Done, RefusedForm, SignedIn, VerifiedForm};
use crate::models::account_deletion;
use crate::models::pending_action::Action;
use crate::models::user::Change;
use crate::state::AppState;
use crate::view::{Moment, Page, see_other};

/// Nothing but the token.
#[derive(Deserialize)]
pub struct DeleteForm {}

#[derive(Serialize)]
struct DeletePage<'a> {
    csrf_token: &'a str,
    email: &'a str,
    notice: Option<&'static str>,
    scheduled: Option<Moment>,
}

impl Page for DeletePage<'_> {
    const TEMPLATE: &'static str = "pages/settings/delete.html";
}

/// Says what deletion means, to whoever comes from a page of ours.
///
/// # Errors
/// [`AppError`].
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    let (title, text) = ("Delete your account", "The next page is about deleting your account.");
    if let Some(page) = arrival.instead(&state, &member, title, text)? {
        return Ok(page);
    }
    page(&state, StatusCode::OK, &member, None)
}

/// Begins the deletion.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    form: Result<VerifiedForm<DeleteForm>, RefusedForm<DeleteForm>>,
) -> Result<HttpResponse, AppError> {
    match form {
        Ok(VerifiedForm { member, .. }) if member.user.delete_after.is_some() => {
            page(&state, StatusCode::OK, &member, None)
        }
        Ok(VerifiedForm { member, .. }) => {
            confirmation::begin(&state, &client, &member, &Action::DeleteAccount).await
        }
        Err(RefusedForm::Stale { member, .. }) => {
            page(&state, StatusCode::FORBIDDEN, &member, Some(STALE_NOTICE))
        }
        Err(refused) => refused.answer(&state),
    }
}

/// Calls the deletion off. One click is enough: it only keeps what is there.
///
/// # Errors
/// [`AppError`].
pub async fn keep(
    state: web::Data<AppState>,
    form: Result<VerifiedForm<DeleteForm>, RefusedForm<DeleteForm>>,
) -> Result<HttpResponse, AppError> {
    let member = match form {
        Ok(VerifiedForm { member, .. }) => member,
        Err(RefusedForm::Stale { member, .. }) => {
            return page(&state, StatusCode::FORBIDDEN, &member, Some(STALE_NOTICE));
        }
        Err(refused) => return refused.answer(&state),
    };
    let (id, now) = (member.user.id, crate::models::now());
    let kept = db::idempotent_transaction(&state.pool, "user_keep", async |conn| {
        account_deletion::keep_in_txn(conn, id, now).await
    });
    match kept.await? {
        Change::Done => {
            log::info!("user {id} called the deletion of the account off");
            Ok(see_other(&Done::Kept.at("/settings")))
        }
        Change::Gone => Err(AppError::AccountGone),
    }
}

fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<&'static str>,
) -> Result<HttpResponse, AppError> {
    let page = DeletePage {
        csrf_token: &member.viewer.csrf_token,
        email: &member.user.email,
        notice,
        scheduled: member.user.delete_after.map(Moment::from),
    };
    state.view.page(status, member.audience(), &page)
}
