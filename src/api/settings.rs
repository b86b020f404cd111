//! `GET /api/v1/user/settings`: the signed-in account.

use actix_web::HttpResponse;
use serde::Serialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::extract::SignedIn;

#[derive(Serialize)]
struct Settings {
    id: Uuid,
    display_name: String,
}

/// Returns the signed-in account; 401 without a session. A deleted account has no session.
pub async fn show(member: SignedIn) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::Ok().json(Settings { id: member.user.id, display_name: member.user.display_name }))
}
