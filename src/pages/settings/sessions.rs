//! `/settings/sessions`: where the account is signed in, and the buttons that end one session each.
//! That takes one click and no proof: it only signs out a place of the member's own, which signs in
//! again with the password. Ending all of them takes the confirm page.

pub mod revoke_others;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::extract::verified_form::STALE_NOTICE;
use crate::extract::{Done, JustDone, RefusedForm, SignedIn, VerifiedForm};
use crate::models::session::{self, Revocation, Session};
use crate::state::AppState;
use crate::view::{Page, see_other};

/// Nothing but the token.
#[derive(Deserialize)]
pub struct RevokeForm {}

#[derive(Serialize)]
struct SessionsPage<'a> {
    csrf_token: &'a str,
    notice: Option<&'static str>,
    notice_status: Option<String>,
    others: usize,
    sessions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    device: String,
    address: String,
    signed_in_at: String,
    signed_in_iso: String,
    last_used_at: String,
    last_used_iso: String,
    current: bool,
}

impl Page for SessionsPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/sessions.html";
}

impl Row {
    fn new(session: &Session, current: Uuid) -> Self {
        let (shown, iso) = ("%-d %B %Y, %H:%M", "%Y-%m-%dT%H:%M:%SZ");
        Self {
            id: session.id,
            device: device(&session.user_agent),
            address: session.client_address.clone(),
            signed_in_at: session.created_at.format(shown).to_string(),
            signed_in_iso: session.created_at.format(iso).to_string(),
            last_used_at: session.last_used_at.format(shown).to_string(),
            last_used_iso: session.last_used_at.format(iso).to_string(),
            current: session.id == current,
        }
    }
}

/// A browser and its system, as far as it says: a hint, not evidence.
fn device(user_agent: &str) -> String {
    const UNKNOWN: &str = "UNKNOWN";
    match woothee::parser::Parser::new().parse(user_agent) {
        Some(found) if found.name != UNKNOWN && found.os != UNKNOWN => {
            format!("{} on {}", found.name, found.os)
        }
        Some(found) if found.name != UNKNOWN => found.name.to_owned(),
        _ => "Unknown device".to_owned(),
    }
}

/// The words for what was just done here.
fn told(done: Done) -> Option<String> {
    match done {
        Done::EndedBefore => Some("That session had ended already.".to_owned()),
        Done::Ended(0) => Some("You were signed in nowhere else.".to_owned()),
        Done::Ended(1) => Some("One session was signed out.".to_owned()),
        Done::Ended(many) => Some(format!("{many} sessions were signed out.")),
        Done::Saved | Done::Cancelled | Done::Kept | Done::Sent => None,
    }
}

/// Lists the live sessions.
///
/// # Errors
/// [`AppError`].
pub async fn list(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    page(&state, StatusCode::OK, &member, None, done.and_then(told)).await
}

/// Ends one session.
///
/// # Errors
/// [`AppError`].
pub async fn revoke(
    state: web::Data<AppState>,
    id: web::Path<Uuid>,
    form: Result<VerifiedForm<RevokeForm>, RefusedForm<RevokeForm>>,
) -> Result<HttpResponse, AppError> {
    let member = match form {
        Ok(VerifiedForm { member, .. }) => member,
        Err(refused) => return show_again(&state, refused).await,
    };
    let (user, id) = (member.user.id, id.into_inner());
    let ended =
        db::transaction(&state.pool, "session_revoke", async |conn| session::revoke(conn, user, id).await);
    match ended.await? {
        Revocation::Revoked => {
            log::info!("session {id} of user {user} was ended by session {}", member.session.id);
            Ok(see_other(&Done::Ended(1).at("/settings/sessions")))
        }
        // Ended meanwhile, or never this account's: which of them is not told.
        Revocation::NotFound => Ok(see_other(&Done::EndedBefore.at("/settings/sessions"))),
    }
}

async fn show_again(state: &AppState, refused: RefusedForm<RevokeForm>) -> Result<HttpResponse, AppError> {
    match refused {
        RefusedForm::Stale { member, .. } => {
            page(state, StatusCode::FORBIDDEN, &member, Some(STALE_NOTICE), None).await
        }
        refused => refused.answer(state),
    }
}

async fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<&'static str>,
    notice_status: Option<String>,
) -> Result<HttpResponse, AppError> {
    let (user, now) = (member.user.id, crate::models::now());
    let live =
        db::statement(&state.pool, "session_list", async |conn| session::list_live(conn, user, now).await)
            .await?;
    let sessions: Vec<Row> = live.iter().map(|session| Row::new(session, member.session.id)).collect();
    let page = SessionsPage {
        csrf_token: &member.viewer.csrf_token,
        notice,
        notice_status,
        others: sessions.iter().filter(|row| !row.current).count(),
        sessions,
    };
    state.view.page(status, member.audience(), &page)
}
