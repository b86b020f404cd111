//! `/settings/tokens/{token}`: the access token that was just made. Only the session that made it can see it, for a short
//! time: it is computed from the token in the path, and stored nowhere.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::Serialize;

use crate::db;
use crate::domain::{Moment, SecretToken};
use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::access_token;
use crate::state::AppState;
use crate::view::Page;

/// The time for which a new token is shown.
const SHOWN: TimeDelta = TimeDelta::minutes(10);

#[derive(Serialize)]
struct MadeTokenPage {
    /// `None`: it is shown no more, or it is another session's.
    token: Option<MadeToken>,
}

#[derive(Serialize)]
struct MadeToken {
    secret: String,
    name: String,
    expires: Moment,
}

impl Page for MadeTokenPage {
    const TEMPLATE: &'static str = "pages/settings/tokens/made.html";
}

/// Shows the token.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    page: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let token = match SecretToken::decode(&page) {
        Some(page) => find(&state, &member, &page).await?,
        None => None,
    };
    let status = if token.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    state.view.page(status, member.audience(), &MadeTokenPage { token })
}

/// The access token of a page, if this session has just made it.
async fn find(
    state: &AppState,
    member: &SignedIn,
    page: &SecretToken,
) -> Result<Option<MadeToken>, AppError> {
    let secret = state.access_tokens.make(page, member.session.id);
    let (id, digest, since) = (member.user.id, secret.digest(), state.clock.now() - SHOWN);
    let found = db::statement(&state.pool, "access_token_find_new", async |conn| {
        access_token::find_new(conn, id, digest, since).await
    });
    Ok(found.await?.map(|token| MadeToken {
        secret: secret.text(),
        name: token.name,
        expires: Moment::new(token.expires_at, member.locale()),
    }))
}
