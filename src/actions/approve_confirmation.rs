//! Confirming what another application asks for: approving it with a proof, or declining it. Either gives the application
//! one signed receipt.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notices::Notices;
use super::proof::PASSWORD;
use super::receipt::{self, Decided};
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::db;
use crate::domain::{ConfirmationRequest, Danger, EventKind, Outcome, ReturnOrigin};
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::locales::Message;
use crate::models::confirmation::{self, Confirmation, Decision};
use crate::models::pending_action::Owner;
use crate::models::security_event;
use crate::security::limits::Attempt;
use crate::state::AppState;

/// Approves a confirmation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApproveConfirmation {
    /// The confirmation.
    pub id: Uuid,
    /// The application that asks.
    pub application_id: Uuid,
    /// What the page shows, and the receipt is about.
    #[serde(flatten)]
    pub request: ConfirmationRequest,
}

/// The decision, the mails, and where the user goes.
pub struct Prepared {
    decision: Decision,
    has_second_factor: bool,
    notices: Notices,
    leads_to: String,
}

impl From<&Confirmation> for ApproveConfirmation {
    fn from(found: &Confirmation) -> Self {
        Self { id: found.id, application_id: found.application_id, request: found.request.clone() }
    }
}

impl SensitiveAction for ApproveConfirmation {
    const KIND: &'static str = "approve_confirmation";
    const START: &'static str = "/confirmations/{id}";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::ConfirmationApproved;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;
    const SIGNS: bool = true;

    type Prepared = Prepared;

    fn start_path(&self) -> String {
        path(self.id)
    }

    /// Cancelling decides nothing: the user can still approve or decline.
    fn after_cancel(&self) -> String {
        path(self.id)
    }

    fn event_about(&self) -> Option<String> {
        Some(self.request.application.clone())
    }

    fn leads_to(&self) -> Option<ReturnOrigin> {
        self.request.return_url.origin()
    }

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let signer =
            with.signer.ok_or_else(|| AppError::Internal("an approval without a signing key".to_owned()))?;
        let decided = Decided {
            id: self.id,
            application_id: self.application_id,
            user_id: with.member.user.id,
            request: &self.request,
            outcome: Outcome::Approved,
            proof: Some(with.proof),
        };
        let decision = decided.sign(signer, with.own, with.now);
        let (to, letters) = (with.member.email()?, with.letters.asked_by(&self.request.application));
        Ok(Prepared {
            leads_to: self.request.return_url.with_receipt(self.id, &decision.receipt),
            decision,
            has_second_factor: with.proof != PASSWORD,
            notices: Notices::with_link(&letters, &to, with.former_addresses, Self::EVENT, with.now)?,
        })
    }

    /// Stores the decision, unless another outcome was first, or the member has lost the second factor that it takes.
    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        if self.request.danger == Danger::High && !prepared.has_second_factor {
            return Ok(Applied::Outdated);
        }
        if !confirmation::decide_in_txn(conn, &prepared.decision, now).await? {
            return Ok(Applied::Outdated);
        }
        prepared.notices.queue_in_txn(conn, by.user_id, now).await?;
        Ok(Applied::Ran { ended: 0 })
    }

    fn landing(&self, prepared: &Prepared, _: Applied) -> Landing {
        Landing::Application(prepared.leads_to.clone())
    }
}

/// The path of the page of a confirmation.
#[must_use]
pub fn path(id: Uuid) -> String {
    format!("/confirmations/{id}")
}

/// Declines a confirmation. One click is enough, because nothing comes of it. Returns where the user goes; `None` if
/// another outcome was first.
///
/// # Errors
/// The database failed.
pub async fn decline(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    found: &Confirmation,
) -> Result<Option<String>, AppError> {
    let (user_id, now) = (member.user.id, state.clock.now());
    let signer = receipt::signer(state).await?;
    let decided = Decided {
        id: found.id,
        application_id: found.application_id,
        user_id,
        request: &found.request,
        outcome: Outcome::Declined,
        proof: None,
    };
    let decision = decided.sign(&signer, &state.config.public_url, now);
    let event = client.event(user_id, EventKind::ConfirmationDeclined, now);
    let event = event.about(Some(found.request.application.clone()));
    let declined = db::transaction(&state.pool, "confirmation_decline", async |conn| {
        let declined = confirmation::decide_in_txn(conn, &decision, now).await?;
        if declined {
            security_event::create(conn, &event).await?;
        }
        Ok(declined)
    });
    if !declined.await? {
        return Ok(None);
    }
    log::info!("user {user_id} declined the confirmation {}", found.id);
    Ok(Some(found.request.return_url.with_receipt(found.id, &decision.receipt)))
}
