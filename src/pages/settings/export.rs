//! `/settings/export/{token}`: a confirmed export, and its download as one JSON file. Only the session that confirmed
//! it can open either. The frame gate lets a download into a top-level page only.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::actions;
use crate::db;
use crate::domain::{Moment, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::models::data_export;
use crate::security::limits::Attempt;
use crate::state::AppState;
use crate::view::Page;

mod download;

#[derive(Serialize)]
struct ExportPage<'a> {
    /// `None`: the export is not ready any more, or another session's.
    ready: Option<Ready<'a>>,
}

#[derive(Serialize)]
struct Ready<'a> {
    token: &'a str,
    until: Moment,
}

impl Page for ExportPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/export.html";
}

/// Shows the link to the download.
pub async fn show(
    state: web::Data<AppState>,
    member: SignedIn,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let ready = find(&state, &member, &token).await?;
    let status = if ready.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    state.view.page(status, member.audience(), &ExportPage { ready })
}

/// Streams the file. Nothing is written: a download that was interrupted can be repeated.
pub async fn download(
    state: web::Data<AppState>,
    client: Client,
    member: SignedIn,
    token: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    if find(&state, &member, &token).await?.is_none() {
        return state.view.page(StatusCode::NOT_FOUND, member.audience(), &ExportPage { ready: None });
    }
    actions::admit(&state, &client, &member, Attempt::Download).await?;
    let now = state.clock.now();
    let name = format!("attachment; filename=\"account-{}.json\"", now.format("%Y-%m-%d"));
    log::info!("user {} downloads an export", member.user.id);
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(download::stream(state.into_inner(), client.address, member, now)))
}

async fn find<'a>(
    state: &AppState,
    member: &SignedIn,
    token: &'a str,
) -> Result<Option<Ready<'a>>, AppError> {
    let Some(digest) = SecretToken::decode(token).map(|token| token.digest()) else { return Ok(None) };
    let (owner, now) = (member.owner(), state.clock.now());
    let found = db::statement(&state.pool, "data_export_find_ready", async |conn| {
        data_export::find_ready(conn, digest, owner, now).await
    });
    Ok(found.await?.map(|until| Ready { token, until: Moment::new(until, member.locale()) }))
}
