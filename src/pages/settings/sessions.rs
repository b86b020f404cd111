//! `/settings/sessions`: the places where the account is signed in, with a button to sign each out. One
//! click without a proof is enough: the member can sign in there again with the password. Signing out
//! everywhere else takes the confirm page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db;
use crate::domain::{Ago, Device, EventKind, Locale, Moment};
use crate::error::AppError;
use crate::extract::{Client, Done, Form, JustDone, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::security_event;
use crate::models::session::{self, Revocation, Session};
use crate::models::user as accounts;
use crate::state::AppState;
use crate::view::{Page, see_other};

/// The button that ends one session: nothing but the token.
#[derive(Deserialize)]
pub struct RevokeForm {}

impl Form for RevokeForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        page(state, StatusCode::FORBIDDEN, member, Some(Message::FormStale), None).await
    }
}

#[derive(Serialize)]
struct SessionsPage<'a> {
    csrf_token: &'a str,
    notice: Option<Message>,
    done: Option<Done>,
    others: usize,
    sessions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    /// `None` for an unknown device.
    device: Option<Device>,
    address: String,
    signed_in: Moment,
    last_used: Moment,
    last_used_ago: Passed,
    current: bool,
    /// The end of the session, where the user chose to stay signed in.
    stays_until: Option<Moment>,
}

/// The time that has passed, as a message with its number.
#[derive(Serialize)]
struct Passed {
    message: Message,
    count: i64,
}

impl From<Ago> for Passed {
    fn from(ago: Ago) -> Self {
        let (message, count) = match ago {
            Ago::Now => (Message::AgoNow, 0),
            Ago::Minutes(count) => (Message::AgoMinutes, count),
            Ago::Hours(count) => (Message::AgoHours, count),
            Ago::Days(count) => (Message::AgoDays, count),
        };
        Self { message, count }
    }
}

impl Page for SessionsPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/sessions.html";
}

impl Row {
    fn new(session: &Session, current: Uuid, now: DateTime<Utc>, locale: Locale) -> Self {
        Self {
            id: session.id,
            device: Device::of(&session.user_agent),
            address: session.client_address.clone(),
            signed_in: Moment::new(session.created_at, locale),
            last_used: Moment::new(session.last_used_at, locale),
            last_used_ago: Ago::new(session.last_used_at, now).into(),
            current: session.id == current,
            stays_until: session.remembered.then(|| Moment::new(session.absolute_expires_at, locale)),
        }
    }
}

/// Lists the live sessions of the account.
pub async fn list(
    state: web::Data<AppState>,
    member: SignedIn,
    JustDone(done): JustDone,
) -> Result<HttpResponse, AppError> {
    page(&state, StatusCode::OK, &member, None, done).await
}

/// Ends one session.
pub async fn revoke(
    request: HttpRequest,
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<Uuid>,
    VerifiedForm { member, .. }: VerifiedForm<RevokeForm>,
) -> Result<HttpResponse, AppError> {
    let (user, id) = (member.user.id, id.into_inner());
    let now = state.clock.now();
    let event = client.event(user, EventKind::SessionEnded, now);
    let ended = db::transaction(&state.pool, "session_revoke", async |conn| {
        let ended = session::revoke(conn, user, id).await?;
        if ended == Revocation::Revoked {
            // Or that browser could sign in again without a mail about a new device.
            accounts::forget_devices(conn, user, now).await?;
            security_event::create(conn, &event).await?;
        }
        Ok(ended)
    });
    let done = match ended.await? {
        Revocation::Revoked => {
            log::info!("session {id} of user {user} was ended by session {}", member.session.id);
            Done::counted(Message::DoneSessionEnded, 1)
        }
        // The answer is the same for an ended session and for another account's.
        Revocation::NotFound => Done::new(Message::DoneSessionEndedBefore),
    };
    let mut response = see_other(&done.at("/settings/sessions"));
    let device = state.devices.carry(&request, user, now)?;
    response.add_cookie(&device).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(response)
}

async fn page(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<Message>,
    done: Option<Done>,
) -> Result<HttpResponse, AppError> {
    let (user, now) = (member.user.id, state.clock.now());
    let live = db::statement(&state.pool, "session_list_live", async |conn| {
        session::list_live(conn, user, now).await
    });
    let sessions: Vec<Row> = live
        .await?
        .iter()
        .map(|session| Row::new(session, member.session.id, now, member.locale()))
        .collect();
    let page = SessionsPage {
        csrf_token: &member.viewer.csrf_token,
        notice,
        done,
        others: sessions.iter().filter(|row| !row.current).count(),
        sessions,
    };
    state.view.page(status, member.audience(), &page)
}
