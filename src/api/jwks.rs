//! `/.well-known/jwks.json`: the public keys that verify receipts (RFC 7517). Anyone may read them.

use actix_web::{HttpResponse, web};

use crate::db;
use crate::error::AppError;
use crate::models::signing_key;
use crate::security::receipts::{Jwk, JwkSet};
use crate::state::AppState;

/// Reads the keys that verify receipts.
///
/// They are listed newest first; before the first receipt there is none. It needs no credentials.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "listReceiptKeys",
    responses((status = 200, description = "The keys.", body = JwkSet)),
)]
pub async fn show(state: web::Data<AppState>) -> Result<HttpResponse, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "signing_key_list_published", async |conn| {
        signing_key::list_published(conn, now).await
    });
    let keys = found.await?.into_iter().map(|key| Jwk::new(key.kid, &key.public_key)).collect();
    Ok(HttpResponse::Ok().json(JwkSet { keys }))
}
