//! What other applications ask users to confirm. Each has one outcome: approve, decline, withdraw and expiry race for one
//! row, and the first wins.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::application;
use super::outgoing_webhook::{self, NewOutgoingWebhook};
use crate::domain::{ConfirmationRequest, Danger, Outcome};
use crate::schema::{applications, confirmations};

/// The most confirmations of one application that wait for one user.
pub const MOST_OPEN: i64 = 5;
/// The time for which an application can read an outcome.
pub const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// A confirmation to be stored.
pub struct NewConfirmation<'a> {
    /// Its id.
    pub id: Uuid,
    /// The application that asks.
    pub application_id: Uuid,
    /// The account that is asked.
    pub user_id: Uuid,
    /// What is shown.
    pub request: &'a ConfirmationRequest,
    /// The time now.
    pub created_at: DateTime<Utc>,
    /// The time from which it can no longer be decided.
    pub expires_at: DateTime<Utc>,
}

impl NewConfirmation<'_> {
    /// The confirmation as it is once it is stored.
    #[must_use]
    pub fn stored(&self) -> Confirmation {
        Confirmation {
            id: self.id,
            application_id: self.application_id,
            user_id: self.user_id,
            request: self.request.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            decided_at: None,
            receipt: None,
            state: ConfirmationState::Open,
        }
    }
}

/// The result of storing a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationCreation {
    /// It is stored.
    Created,
    /// As many as [`MOST_OPEN`] wait already.
    TooManyOpen,
}

/// The state of a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationState {
    /// It can be decided.
    Open,
    /// Nobody decided it in time.
    Expired,
    /// It has an outcome.
    Over(Outcome),
    /// Its application was disabled before it was decided.
    Disabled,
}

/// A stored confirmation.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// Its id.
    pub id: Uuid,
    /// The application that asks.
    pub application_id: Uuid,
    /// The account that is asked.
    pub user_id: Uuid,
    /// What is shown.
    pub request: ConfirmationRequest,
    /// The time at which the application asked.
    pub created_at: DateTime<Utc>,
    /// The time from which it can no longer be decided.
    pub expires_at: DateTime<Utc>,
    /// The time of the outcome.
    pub decided_at: Option<DateTime<Utc>>,
    /// The signed receipt of an approval or a refusal.
    pub receipt: Option<String>,
    /// The state.
    pub state: ConfirmationState,
}

/// What a user decided.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The confirmation.
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// The application.
    pub application_id: Uuid,
    /// The outcome.
    pub outcome: Outcome,
    /// The kind of proof.
    pub proof: Option<&'static str>,
    /// The signed receipt.
    pub receipt: String,
    /// The id of the message to the application. Chosen here: a transaction that runs twice writes one.
    pub webhook_id: Uuid,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = confirmations, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    application_id: Uuid,
    user_id: Uuid,
    application_name: String,
    title: String,
    details: String,
    danger: String,
    return_url: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    outcome: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    receipt: Option<String>,
}

impl Row {
    fn read(self, disabled_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> QueryResult<Confirmation> {
        let unreadable = |what: &str| {
            QueryError::DeserializationError(format!("a confirmation with an unreadable {what}").into())
        };
        let request = ConfirmationRequest {
            application: self.application_name,
            title: self.title.try_into().map_err(|_text| unreadable("title"))?,
            details: serde_json::from_str(&self.details).map_err(|_json| unreadable("list of details"))?,
            danger: Danger::parse(&self.danger).ok_or_else(|| unreadable("danger"))?,
            return_url: serde_json::from_value(self.return_url.into()).map_err(|_json| unreadable("URL"))?,
        };
        let state = match self.outcome.as_deref() {
            Some(name) => ConfirmationState::Over(Outcome::parse(name).ok_or_else(|| unreadable("outcome"))?),
            None if self.expires_at <= now => ConfirmationState::Expired,
            None if disabled_at.is_some() => ConfirmationState::Disabled,
            None => ConfirmationState::Open,
        };
        Ok(Confirmation {
            id: self.id,
            application_id: self.application_id,
            user_id: self.user_id,
            request,
            created_at: self.created_at,
            expires_at: self.expires_at,
            decided_at: self.decided_at,
            receipt: self.receipt,
            state,
        })
    }
}

/// Stores a confirmation, unless too many of the application wait for the user.
pub async fn create_in_txn(
    conn: &mut AsyncPgConnection,
    new: &NewConfirmation<'_>,
) -> QueryResult<ConfirmationCreation> {
    let open: i64 = confirmations::table
        .filter(confirmations::user_id.eq(new.user_id))
        .filter(confirmations::application_id.eq(new.application_id))
        .filter(confirmations::outcome.is_null())
        .filter(confirmations::expires_at.gt(new.created_at))
        .count()
        .get_result(conn)
        .await?;
    if open >= MOST_OPEN {
        return Ok(ConfirmationCreation::TooManyOpen);
    }
    let request = new.request;
    diesel::insert_into(confirmations::table)
        .values((
            confirmations::id.eq(new.id),
            confirmations::application_id.eq(new.application_id),
            confirmations::user_id.eq(new.user_id),
            confirmations::application_name.eq(&request.application),
            confirmations::title.eq(request.title.as_str()),
            // A list of texts always has a JSON form.
            confirmations::details.eq(serde_json::json!(request.details).to_string()),
            confirmations::danger.eq(request.danger.name()),
            confirmations::return_url.eq(request.return_url.as_str()),
            confirmations::created_at.eq(new.created_at),
            confirmations::expires_at.eq(new.expires_at),
            confirmations::delete_at.eq(new.expires_at + REMEMBERED),
        ))
        .execute(conn)
        .await?;
    Ok(ConfirmationCreation::Created)
}

/// The confirmation of an id.
pub async fn find(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Option<Confirmation>> {
    let found: Option<(Row, Option<DateTime<Utc>>)> = confirmations::table
        .find(id)
        .inner_join(applications::table.on(applications::id.eq(confirmations::application_id)))
        .filter(confirmations::delete_at.gt(now))
        .select((Row::as_select(), applications::disabled_at))
        .first(conn)
        .await
        .optional()?;
    found.map(|(row, disabled_at)| row.read(disabled_at, now)).transpose()
}

/// Stores the decision of a user, and queues its receipt for the application. Returns whether it was the first outcome;
/// otherwise nothing was stored.
pub async fn decide_in_txn(
    conn: &mut AsyncPgConnection,
    decision: &Decision,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let Some(webhook) = application::find_webhook(conn, decision.application_id).await? else {
        return Ok(false);
    };
    let open = confirmations::table
        .find(decision.id)
        .filter(confirmations::user_id.eq(decision.user_id))
        .filter(confirmations::outcome.is_null())
        .filter(confirmations::expires_at.gt(now));
    let decided = diesel::update(open)
        .set((
            confirmations::outcome.eq(decision.outcome.name()),
            confirmations::decided_at.eq(now),
            confirmations::proof.eq(decision.proof),
            confirmations::receipt.eq(&decision.receipt),
        ))
        .execute(conn)
        .await?;
    if decided == 0 {
        return Ok(false);
    }
    if let Some(url) = webhook {
        let (id, application_id, receipt) = (decision.webhook_id, decision.application_id, &decision.receipt);
        let new = NewOutgoingWebhook::new(id, application_id, &url, receipt, now);
        outgoing_webhook::create(conn, &new).await?;
    }
    Ok(true)
}

/// Withdraws a confirmation that waits. Returns whether it did.
pub async fn withdraw_in_txn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    application_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let open = confirmations::table
        .find(id)
        .filter(confirmations::application_id.eq(application_id))
        .filter(confirmations::outcome.is_null())
        .filter(confirmations::expires_at.gt(now));
    let withdrawn = diesel::update(open)
        .set((confirmations::outcome.eq(Outcome::Withdrawn.name()), confirmations::decided_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(withdrawn == 1)
}
