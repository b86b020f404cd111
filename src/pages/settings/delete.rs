//! `/settings/delete`: explains the deletion of the account, and cancels it during the grace period.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::actions::keep_account::keep_in_txn;
use crate::actions::notices::{self, Notices};
use crate::actions::{ActionKind, DeleteAccount, page};
use crate::db;
use crate::domain::{EventKind, Moment};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Done, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::models::outgoing_mail::{self, NewOutgoingMail};
use crate::models::security_event;
use crate::models::user::{self, UserUpdate};
use crate::state::AppState;
use crate::view::{Page, see_other};

/// The button that keeps the account: nothing but the token.
#[derive(Deserialize)]
pub struct KeepForm {}

impl Form for KeepForm {
    async fn show_again(
        self,
        StaleSubmission { state, member, .. }: StaleSubmission<'_>,
    ) -> Result<HttpResponse, AppError> {
        if member.user.delete_after.is_none() {
            return Err(AppError::StaleForm);
        }
        form(state, StatusCode::FORBIDDEN, member, Some(Message::FormStale))
    }
}

/// The page of an account that waits for its deletion.
#[derive(Serialize)]
struct KeepPage<'a> {
    csrf_token: &'a str,
    email: &'a str,
    notice: Option<Message>,
    delete_after: Moment,
}

impl Page for KeepPage<'_> {
    const TEMPLATE: &'static str = "pages/settings/delete.html";
}

/// Explains the deletion, or how to keep the account during the grace period.
pub async fn show(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        let page = page::arrival(ActionKind::of::<DeleteAccount>(), link);
        return state.view.page(StatusCode::OK, member.audience(), &page);
    }
    form(&state, StatusCode::OK, &member, None)
}

/// Cancels the deletion. One click is enough, because nothing is lost.
pub async fn keep(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, .. }: VerifiedForm<KeepForm>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (member.user.id, state.clock.now());
    let letters = state.letters.about(client.occasion(now, member.locale()));
    let former_addresses = notices::former_addresses(&state, id).await?;
    let notices = Notices::to_former(&letters, &former_addresses, EventKind::DeletionCancelled)?;
    let event = client.event(id, EventKind::DeletionCancelled, now);
    let notice = letters.deletion_cancelled()?;
    let kept = db::transaction(&state.pool, "user_keep", async |conn| {
        if let Some(user) = user::find(conn, id).await?.filter(|user| user.delete_after.is_some()) {
            let mail = NewOutgoingMail { recipient: &user.email, ..notice.queued(now) };
            outgoing_mail::create(conn, &mail).await?;
            notices.queue_in_txn(conn, id, now).await?;
            security_event::create(conn, &event).await?;
        }
        keep_in_txn(conn, id, now).await
    });
    match kept.await? {
        UserUpdate::Stored => {
            log::info!("user {id} cancelled the deletion of the account");
            Ok(see_other(&Done::new(Message::DoneKept).at("/settings")))
        }
        UserUpdate::Gone => Err(AppError::AccountGone),
    }
}

fn form(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let (csrf_token, email) = (member.viewer.csrf_token.as_str(), member.user.email.as_str());
    let Some(delete_after) = member.user.delete_after.map(|at| Moment::new(at, member.locale())) else {
        return state.view.page(
            status,
            member.audience(),
            &page::start::<DeleteAccount>(csrf_token, email, notice),
        );
    };
    state.view.page(status, member.audience(), &KeepPage { csrf_token, email, notice, delete_after })
}
