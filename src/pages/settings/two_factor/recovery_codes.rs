//! `/settings/two-factor/recovery-codes/{token}`: the codes that were just made, and their download as text. Only the session
//! that made them can see them, for a short time: they are computed from the token, and stored nowhere.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::Serialize;

use crate::db;
use crate::domain::{RecoveryCode, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::recovery_code;
use crate::security::recovery_codes::RecoveryCodes;
use crate::state::AppState;
use crate::view::Page;

/// The time for which the codes are shown.
const SHOWN: TimeDelta = TimeDelta::minutes(10);

#[derive(Serialize)]
struct RecoveryCodesPage<'a> {
    token: &'a str,
    /// `None`: the codes are shown no more, or they are another session's.
    codes: Option<Vec<String>>,
}

impl Page for RecoveryCodesPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/two_factor/recovery_codes.html";
}

/// Shows the codes.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let codes = find(&state, &member, &token).await?;
    let status = if codes.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    state.view.page(status, member.audience(), &RecoveryCodesPage { token: &token, codes })
}

/// Sends the codes as a text file.
pub async fn download(
    state: web::Data<AppState>,
    member: SignedIn,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let Some(codes) = find(&state, &member, &token).await? else {
        let page = RecoveryCodesPage { token: &token, codes: None };
        return state.view.page(StatusCode::NOT_FOUND, member.audience(), &page);
    };
    let text = codes.join("\r\n");
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"recovery-codes.txt\""))
        .body(format!("{} {}\r\n\r\n{text}\r\n", state.config.identity.name, member.user.email)))
}

/// The codes of a token, if they are the account's and were just made by this session.
async fn find(state: &AppState, member: &SignedIn, token: &str) -> Result<Option<Vec<String>>, AppError> {
    let Some(token) = SecretToken::decode(token) else { return Ok(None) };
    let codes = state.recovery_codes.make(&token, member.session.id);
    let (id, since) = (member.user.id, state.clock.now() - SHOWN);
    let digests: Vec<TokenDigest> = codes.iter().map(|code| code.digest(id)).collect();
    let stored = db::statement(&state.pool, "recovery_code_count_of", async |conn| {
        recovery_code::count_of(conn, id, &digests, since).await
    });
    let all = stored.await? == i64::from(RecoveryCodes::COUNT);
    Ok(all.then(|| codes.iter().map(RecoveryCode::text).collect()))
}
