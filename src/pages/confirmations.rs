//! `/confirmations/{id}`: shows what another application asks the user for. The user goes on to the confirm page, where a
//! proof approves it, or declines with one click. Another user's confirmation looks like one that never existed.

mod over;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::over::refuse;
use crate::actions::approve_confirmation;
use crate::actions::{self, ActionKind, ApproveConfirmation, page};
use crate::db;
use crate::domain::{ConfirmationRequest, Danger, Moment, ReturnOrigin};
use crate::error::AppError;
use crate::extract::{Arrival, Button, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::confirmation::{self, Confirmation, ConfirmationState};
use crate::state::AppState;
use crate::view::{Page, see_other};

/// The form: nothing but the token.
#[derive(Deserialize)]
pub struct RequestForm {}

impl Form for RequestForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, request }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        let id = request.match_info().get("id").unwrap_or_default();
        match find(state, member, id).await? {
            Ok(found) => form(state, StatusCode::FORBIDDEN, member, &found, Some(Message::FormStale)),
            Err(over) => refuse(state, member, over.as_deref()),
        }
    }
}

#[derive(Serialize)]
struct RequestPage<'a> {
    id: Uuid,
    csrf_token: &'a str,
    request: &'a ConfirmationRequest,
    /// The origin to which the user returns.
    origin: Option<String>,
    until: Moment,
    /// Whether the member lacks the second factor that it takes.
    needs_factor: bool,
    notice: Option<Message>,
}

impl Page for RequestPage<'_> {
    const TEMPLATE: &'static str = "pages/confirmations.html";

    fn leads_to(&self) -> Option<ReturnOrigin> {
        self.request.return_url.origin()
    }
}

/// Finds the confirmation of a member that can be decided; otherwise returns it as it is, or `None` if the member has no
/// such confirmation.
async fn find(
    state: &AppState,
    member: &SignedIn,
    id: &str,
) -> Result<Result<Confirmation, Option<Box<Confirmation>>>, AppError> {
    let Ok(id) = Uuid::try_parse(id) else { return Ok(Err(None)) };
    let now = state.clock.now();
    let found = db::statement(&state.pool, "confirmation_find_for_user", async |conn| {
        confirmation::find(conn, id, now).await
    });
    let own = found.await?.filter(|found| found.user_id == member.user.id);
    Ok(match own {
        Some(found) if found.state == ConfirmationState::Open => Ok(found),
        Some(over) => Err(Some(Box::new(over))),
        None => Err(None),
    })
}

fn needs_factor(member: &SignedIn, found: &Confirmation) -> bool {
    found.request.danger == Danger::High && member.user.second_factor_since.is_none()
}

/// Shows what is asked for; a browser that comes from elsewhere, as from the application, gets the arrival page.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let found = match find(&state, &member, &id).await? {
        Ok(found) => found,
        Err(over) => return refuse(&state, &member, over.as_deref()),
    };
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<ApproveConfirmation>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    form(&state, StatusCode::OK, &member, &found, None)
}

/// Begins the approval.
pub async fn submit(
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<String>,
    VerifiedForm { member, .. }: VerifiedForm<RequestForm>,
) -> Result<HttpResponse, AppError> {
    let found = match find(&state, &member, &id).await? {
        Ok(found) => found,
        Err(over) => return refuse(&state, &member, over.as_deref()),
    };
    if needs_factor(&member, &found) {
        let (status, notice) = (StatusCode::UNPROCESSABLE_ENTITY, Some(Message::ConfirmationNeedsFactor));
        return form(&state, status, &member, &found, notice);
    }
    let action = ApproveConfirmation::from(&found);
    Ok(see_other(&actions::begin(&state, &client, &member, action).await?))
}

/// Declines, and leads back to the application.
pub async fn decline(
    state: web::Data<AppState>,
    client: Client,
    id: web::Path<String>,
    VerifiedForm { member, .. }: VerifiedForm<Button>,
) -> Result<HttpResponse, AppError> {
    let found = match find(&state, &member, &id).await? {
        Ok(found) => found,
        Err(over) => return refuse(&state, &member, over.as_deref()),
    };
    let leads_to = approve_confirmation::decline(&state, &client, &member, &found).await?;
    // Another outcome was first: its page says which.
    Ok(see_other(&leads_to.unwrap_or_else(|| approve_confirmation::path(found.id))))
}

fn form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    found: &Confirmation,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let page = RequestPage {
        id: found.id,
        csrf_token: &member.viewer.csrf_token,
        request: &found.request,
        origin: found.request.return_url.origin().map(|origin| origin.to_string()),
        until: Moment::new(found.expires_at, member.locale()),
        needs_factor: needs_factor(member, found),
        notice,
    };
    state.view.page(status, member.audience(), &page)
}
