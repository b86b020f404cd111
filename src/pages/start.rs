//! The start page of a sensitive action that has no form of its own: it explains the action, and its
//! button begins it. The URL table names the action.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use std::marker::PhantomData;

use crate::actions::{self, Action, ActionKind, SensitiveAction, page};
use crate::error::AppError;
use crate::extract::{Arrival, Client, Form, SignedIn, StaleSubmission, VerifiedForm};
use crate::locales::Message;
use crate::state::AppState;
use crate::view::see_other;

/// The form: nothing but the token.
#[derive(Deserialize)]
pub struct StartForm<A> {
    #[serde(skip)]
    action: PhantomData<A>,
}

impl<A: SensitiveAction> Form for StartForm<A> {
    async fn show_again(self, sent: StaleSubmission<'_>) -> Result<HttpResponse, AppError> {
        if waits(sent.member) && !A::WHILE_DELETION_WAITS {
            return Err(AppError::StaleForm);
        }
        form::<A>(sent.state, StatusCode::FORBIDDEN, sent.member, Some(Message::FormStale))
    }
}

/// Explains the action.
pub async fn show<A: SensitiveAction>(
    state: web::Data<AppState>,
    arrival: Arrival,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    if let Some(link) = arrival.detour() {
        return state.view.page(
            StatusCode::OK,
            member.audience(),
            &page::arrival(ActionKind::of::<A>(), link),
        );
    }
    form::<A>(&state, StatusCode::OK, &member, None)
}

/// Begins the action.
pub async fn submit<A: SensitiveAction + Default + Into<Action>>(
    state: web::Data<AppState>,
    client: Client,
    VerifiedForm { member, .. }: VerifiedForm<StartForm<A>>,
) -> Result<HttpResponse, AppError> {
    if waits(&member) && !A::WHILE_DELETION_WAITS {
        return Ok(see_other(A::START));
    }
    Ok(see_other(&actions::begin(&state, &client, &member, A::default()).await?))
}

/// Whether the account waits for its deletion.
fn waits(member: &SignedIn) -> bool {
    member.user.delete_after.is_some()
}

fn form<A: SensitiveAction>(
    state: &AppState,
    status: StatusCode,
    member: &SignedIn,
    notice: Option<Message>,
) -> Result<HttpResponse, AppError> {
    let page = page::start::<A>(&member.viewer.csrf_token, &member.user.email, notice);
    state.view.page(status, member.audience(), &page)
}
