//! `/api/v1/user/sessions`: the places where the account is signed in.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::domain::EventKind;
use crate::domain::moment::as_rfc3339;
use crate::error::AppError;
use crate::error::problem::NOT_FOUND;
use crate::extract::api_caller::{ReadSessions, WriteSettings};
use crate::extract::{ApiCaller, Client};
use crate::models::security_event;
use crate::models::session::{self, Revocation};
use crate::models::user as accounts;
use crate::security::limits::Attempt;
use crate::state::AppState;

/// The places where an account is signed in, most recently used first, at most 100.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    sessions: Vec<Session>,
}

/// A place where an account is signed in.
#[derive(Serialize, ToSchema)]
pub struct Session {
    /// Names the session, and gives no access.
    id: Uuid,
    /// The browser, as it named itself when the user signed in.
    user_agent: String,
    /// The IP address when the user signed in.
    ip_address: String,
    /// The time of the sign-in.
    #[serde(serialize_with = "as_rfc3339")]
    signed_in_at: DateTime<Utc>,
    /// The time of the last use, to the minute.
    #[serde(serialize_with = "as_rfc3339")]
    last_used_at: DateTime<Utc>,
    /// The time at which the session ends even if it is used.
    #[serde(serialize_with = "as_rfc3339")]
    expires_at: DateTime<Utc>,
}

impl From<session::Session> for Session {
    fn from(session: session::Session) -> Self {
        Self {
            id: session.id,
            user_agent: session.user_agent,
            ip_address: session.client_address,
            signed_in_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.absolute_expires_at,
        }
    }
}

/// The detail of an unknown session.
const NO_SESSION: &str = "The account has no such session. It may have ended.";

/// Lists the sessions.
#[utoipa::path(
    get,
    path = "/api/v1/user/sessions",
    operation_id = "listSessions",
    tag = "settings:read",
    responses((status = 200, description = "The sessions.", body = Sessions)),
)]
pub async fn list(
    state: web::Data<AppState>,
    caller: ApiCaller<ReadSessions>,
) -> Result<HttpResponse, AppError> {
    let (user, now) = (caller.user.id, state.clock.now());
    let live = db::statement(&state.pool, "session_list_for_api", async |conn| {
        session::list_live(conn, user, now).await
    });
    let sessions = live.await?.into_iter().map(Session::from).collect();
    Ok(HttpResponse::Ok().json(Sessions { sessions }))
}

/// Ends a session.
///
/// The user can sign in there again. A browser that is signed out counts as a new device.
#[utoipa::path(
    delete,
    path = "/api/v1/user/sessions/{id}",
    operation_id = "endSession",
    tag = "settings:write",
    params(("id" = Uuid, Path, description = "The session.")),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 404, description = "The account has no such session."),
    ),
)]
pub async fn revoke(
    state: web::Data<AppState>,
    client: Client,
    caller: ApiCaller<WriteSettings>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, AppError> {
    caller.admit(&state, &client, Attempt::ProfileChange).await?;
    let (user, id, now) = (caller.user.id, id.into_inner(), state.clock.now());
    let event = client.event(user, EventKind::SessionEnded, now);
    let ended = db::transaction(&state.pool, "session_revoke_by_api", async |conn| {
        let ended = session::revoke(conn, user, id).await?;
        if ended == Revocation::Revoked {
            // Or that browser could sign in again without a mail about a new device.
            accounts::forget_devices(conn, user, now).await?;
            security_event::create(conn, &event).await?;
        }
        Ok(ended)
    });
    match ended.await? {
        Revocation::Revoked => {
            log::info!("session {id} of user {user} was ended by an access token");
            Ok(HttpResponse::NoContent().finish())
        }
        Revocation::NotFound => Err(NOT_FOUND.because(NO_SESSION).into()),
    }
}
