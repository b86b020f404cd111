//! The page of a confirmation that can no longer be decided.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use crate::domain::Outcome;
use crate::error::AppError;
use crate::extract::SignedIn;
use crate::models::confirmation::{Confirmation, ConfirmationState};
use crate::state::AppState;
use crate::view::Page;

#[derive(Serialize)]
struct OverPage<'a> {
    state: &'static str,
    application: &'a str,
    /// Where the user goes on: with the receipt, if there is one.
    leads_to: Option<String>,
}

impl Page for OverPage<'_> {
    const TEMPLATE: &'static str = "pages/confirmations/over.html";
}

/// Shows the outcome of a confirmation. `None`: the member has no such confirmation.
pub(super) fn refuse(
    state: &AppState,
    member: &SignedIn,
    over: Option<&Confirmation>,
) -> Result<HttpResponse, AppError> {
    let Some(found) = over else {
        let page = OverPage { state: "not_found", application: "", leads_to: None };
        return state.view.page(StatusCode::NOT_FOUND, member.audience(), &page);
    };
    let url = &found.request.return_url;
    let back = || Some(url.as_str().to_owned());
    let (name, leads_to) = match found.state {
        ConfirmationState::Over(Outcome::Approved | Outcome::Declined) => {
            let with = found.receipt.as_deref().map(|receipt| url.with_receipt(found.id, receipt));
            let approved = found.state == ConfirmationState::Over(Outcome::Approved);
            (if approved { "approved" } else { "declined" }, with)
        }
        ConfirmationState::Over(Outcome::Withdrawn) => ("withdrawn", back()),
        // Open: the form was sent at the moment at which another one was.
        ConfirmationState::Expired | ConfirmationState::Open => ("expired", back()),
        ConfirmationState::Disabled => ("disabled", None),
    };
    let page = OverPage { state: name, application: &found.request.application, leads_to };
    state.view.page(StatusCode::GONE, member.audience(), &page)
}
