//! Health checks for operators: whether the process is up, and whether it can serve.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::db;
use crate::db::migrations::{self, SchemaState};
use crate::state::AppState;
use crate::view::Rendered;

/// `GET /healthz`: says that the process is up.
pub async fn live() -> HttpResponse {
    text(StatusCode::OK, "ok\n")
}

/// `GET /readyz`: says whether the database answers with the schema that this program needs, and the process is not about
/// to end.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    if state.is_draining() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "shutting down\n");
    }
    match db::statement(&state.pool, "schema_ready", migrations::schema_state).await {
        Ok(SchemaState::Current) => text(StatusCode::OK, "ready\n"),
        Ok(SchemaState::Behind(_)) => {
            text(StatusCode::SERVICE_UNAVAILABLE, "the schema is behind: run `unframed migrate`\n")
        }
        Ok(SchemaState::Unknown(_)) => {
            text(StatusCode::SERVICE_UNAVAILABLE, "an incompatible version of unframed made the database\n")
        }
        Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

fn text(status: StatusCode, text: &'static str) -> HttpResponse {
    let mut response = HttpResponse::build(status).content_type("text/plain; charset=utf-8").body(text);
    response.extensions_mut().insert(Rendered::default());
    response
}
