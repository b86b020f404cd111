//! `GET /api/v1/user/settings`: who is signed in.

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

/// The signed-in account, from the database. 401 without a session, 404 when the account has gone
/// since sign-in.
pub async fn show(member: SignedIn) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::Ok().json(Settings { id: member.user.id, display_name: member.user.display_name }))
}
