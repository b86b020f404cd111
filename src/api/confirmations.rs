//! `/api/v1/confirmations`: an application asks a user for a confirmation, reads the outcome, or withdraws it. Another
//! application's confirmation looks like one that never existed.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::openapi::APPLICATION;
use crate::db;
use crate::domain::return_url::ReturnUrl;
use crate::domain::{
    AccountName, ConfirmationRequest, ConfirmationTitle, Danger, Detail, DetailLabel, DetailValue,
    confirmation_text::MOST_DETAILS,
};
use crate::error::AppError;
use crate::error::problem::{FieldProblem, INVALID_PARAMETER, KEY_REUSED, NOT_FOUND, Problem, ProblemType};
use crate::extract::api_body::Object;
use crate::extract::{ApiBody, CallingApplication, Client, Idempotency};
use crate::models::account;
use crate::models::confirmation::{
    self, Confirmation, ConfirmationCreation, ConfirmationState, MOST_OPEN, NewConfirmation,
};
use crate::models::idempotency_key::{self, Claim, Former, KeptAnswer};
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// The shortest time in which a confirmation can be decided.
const SHORTEST: TimeDelta = TimeDelta::seconds(60);
/// The longest time in which a confirmation can be decided.
const LONGEST: TimeDelta = TimeDelta::seconds(3600);
/// The longest that a request waits for an outcome.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// The pause between two looks at a confirmation that is waited for.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Where confirmations are.
const PATH: &str = "/api/v1/confirmations";

/// As many confirmations of the application wait for this user as may.
const TOO_MANY_OPEN: ProblemType = ProblemType::new(
    "too-many-open",
    "Too many confirmations of this application wait for the user.",
    StatusCode::CONFLICT,
);
/// The confirmation has an outcome, or has expired.
const OVER: ProblemType = ProblemType::new(
    "confirmation-over",
    "The confirmation can no longer be withdrawn.",
    StatusCode::CONFLICT,
);
/// Too many requests of the application wait for outcomes.
const TOO_MANY_WAITING: ProblemType = ProblemType::new(
    "too-many-waiting",
    "Too many requests of this application wait for outcomes.",
    StatusCode::TOO_MANY_REQUESTS,
);

/// What an application asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// The user, by id or verified email address.
    #[schema(min_length = 1)]
    user: String,
    /// What the user is asked for, on one line.
    #[schema(min_length = 1, max_length = 120)]
    title: String,
    /// The details, in the order in which they are shown.
    #[serde(default)]
    #[schema(value_type = Vec<NewDetail>, max_items = 12)]
    details: Vec<Object<NewDetail>>,
    /// `normal`, or `high`: then only a second factor is a proof.
    #[serde(default = "normal")]
    #[schema(pattern = "^(normal|high)$", default = "normal")]
    danger: String,
    /// Where the user goes afterwards: on the registered origin of the application.
    #[schema(max_length = 1000)]
    return_url: String,
    /// The time in which it can be decided, in seconds.
    #[schema(minimum = 60, maximum = 3600)]
    expires_in: i64,
}

fn normal() -> String {
    Danger::Normal.name().to_owned()
}

/// A detail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDetail {
    #[schema(min_length = 1, max_length = 40)]
    label: String,
    #[schema(min_length = 1, max_length = 300)]
    value: String,
}

/// A confirmation as its application sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfirmationBody {
    id: Uuid,
    /// Where to send the user's browser.
    url: String,
    /// `open`, `approved`, `declined`, `withdrawn` or `expired`.
    state: &'static str,
    /// The id of the user.
    user: Uuid,
    /// The digest of what is shown, which the receipt repeats.
    displayed: String,
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    expires_at: DateTime<Utc>,
    /// The time of the outcome.
    #[schema(value_type = Option<DateTime<Utc>>)]
    decided_at: Option<String>,
    /// The signed receipt, once the user has decided.
    receipt: Option<String>,
}

impl ConfirmationBody {
    fn new(state: &AppState, found: &Confirmation) -> Self {
        Self {
            id: found.id,
            url: format!("{}/confirmations/{}", state.config.public_url, found.id),
            state: match found.state {
                ConfirmationState::Open => "open",
                ConfirmationState::Over(outcome) => outcome.name(),
                // The calls of a disabled application end before.
                ConfirmationState::Expired | ConfirmationState::Disabled => "expired",
            },
            user: found.user_id,
            displayed: found.request.displayed(),
            created_at: found.created_at,
            expires_at: found.expires_at,
            decided_at: found.decided_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
            receipt: found.receipt.clone(),
        }
    }
}

/// Asks a user for a confirmation.
///
/// Send the user's browser to the `url` of the response.
#[utoipa::path(
    post,
    path = "/api/v1/confirmations",
    operation_id = "createConfirmation",
    tag = APPLICATION,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again.")),
    request_body = NewRequest,
    responses(
        (status = 201, description = "The confirmation.", body = ConfirmationBody),
        (status = 409, description = "Too many confirmations of this application wait for the user."),
    ),
)]
pub async fn create(
    state: web::Data<AppState>,
    client: Client,
    application: CallingApplication,
    idempotency: Idempotency,
    body: ApiBody<NewRequest>,
) -> Result<HttpResponse, AppError> {
    admit(&state, &client, &application, Attempt::Confirmation).await?;
    let read = body.read().await?;
    let (asked, key) = (read.value, idempotency.key(application.id, PATH, read.digest));
    let (request, name, lifetime) = parse(&application, &asked).map_err(Problem::of_fields)?;
    let user_id = find_user(&state, &client, &application, &name).await?;
    let now = state.clock.now();
    let new = NewConfirmation {
        id: Uuid::new_v4(),
        application_id: application.id,
        user_id,
        request: &request,
        created_at: now,
        expires_at: now + lifetime,
    };
    let answer = KeptAnswer {
        status: i64::from(StatusCode::CREATED.as_u16()),
        location: Some(format!("{PATH}/{}", new.id)),
        // A struct of texts always has a JSON form.
        body: json!(ConfirmationBody::new(&state, &new.stored())).to_string(),
    };
    let created = db::transaction(&state.pool, "confirmation_create", async |conn| {
        if let Some(key) = &key
            && let Claim::Taken(former) = idempotency_key::claim_in_txn(conn, key, now).await?
        {
            return Ok(Some(former));
        }
        if confirmation::create_in_txn(conn, &new).await? == ConfirmationCreation::TooManyOpen {
            if let Some(key) = &key {
                idempotency_key::release_in_txn(conn, key).await?;
            }
            return Ok(None);
        }
        if let Some(key) = &key {
            idempotency_key::keep_answer_in_txn(conn, key, &answer).await?;
        }
        Ok(Some(Former::Answer(answer.clone())))
    });
    match created.await? {
        Some(Former::Answer(answer)) => {
            log::info!("application {} asked user {user_id} for a confirmation", application.id);
            let mut response = HttpResponse::Created();
            if let Some(location) = answer.location {
                response.insert_header((header::LOCATION, location));
            }
            Ok(response.content_type("application/json").body(answer.body))
        }
        Some(Former::OtherRequest) => {
            Err(KEY_REUSED.because("send this request with a key of its own").into())
        }
        None => {
            let detail =
                format!("at most {MOST_OPEN} may wait for one user: withdraw one, or wait for an outcome");
            Err(TOO_MANY_OPEN.because(detail).into())
        }
    }
}

/// Counts an attempt of an application.
async fn admit(
    state: &AppState,
    client: &Client,
    application: &CallingApplication,
    attempt: Attempt,
) -> Result<crate::security::throttle::Charged, AppError> {
    let target = Target::Application(application.id);
    match state.throttle.admit(&state.pool, attempt, client.address, target).await? {
        Admission::Admitted(charged) => Ok(charged),
        Admission::Wait(wait) => Err(AppError::TooManyRequests(wait)),
    }
}

/// Parses what is asked for; otherwise returns all fields that are wrong.
fn parse(
    application: &CallingApplication,
    asked: &NewRequest,
) -> Result<(ConfirmationRequest, AccountName, TimeDelta), Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut note = |field: &str, problem: &dyn std::fmt::Display| {
        problems.push(FieldProblem::new(field, &problem.to_string()));
    };
    let name = AccountName::parse(&asked.user).map_err(|problem| note("user", &problem));
    let title = ConfirmationTitle::parse(&asked.title).map_err(|problem| note("title", &problem));
    if asked.details.len() > MOST_DETAILS {
        note("details", &format!("has more than {MOST_DETAILS} entries"));
    }
    let mut details = Vec::new();
    for (at, Object(detail)) in asked.details.iter().take(MOST_DETAILS).enumerate() {
        let label = DetailLabel::parse(&detail.label)
            .map_err(|problem| note(&format!("details[{at}].label"), &problem));
        let value = DetailValue::parse(&detail.value)
            .map_err(|problem| note(&format!("details[{at}].value"), &problem));
        if let (Ok(label), Ok(value)) = (label, value) {
            details.push(Detail { label, value });
        }
    }
    let danger = Danger::parse(&asked.danger);
    if danger.is_none() {
        note("danger", &"is neither normal nor high");
    }
    let return_url = ReturnUrl::parse(&asked.return_url, &application.return_origin)
        .map_err(|problem| note("return_url", &problem));
    let lifetime = TimeDelta::try_seconds(asked.expires_in).unwrap_or_default();
    if !(SHORTEST..=LONGEST).contains(&lifetime) {
        let (least, most) = (SHORTEST.num_seconds(), LONGEST.num_seconds());
        note("expires_in", &format!("is not a number of seconds from {least} to {most}"));
    }
    match (name, title, danger, return_url) {
        (Ok(name), Ok(title), Some(danger), Ok(return_url)) if problems.is_empty() => {
            let application = application.name.clone();
            let request = ConfirmationRequest { application, title, details, danger, return_url };
            Ok((request, name, lifetime))
        }
        _ => Err(problems),
    }
}

/// Finds the user. An application of the team may know who has an account, but does not find out by asking for every
/// address: those that do not exist are limited.
async fn find_user(
    state: &AppState,
    client: &Client,
    application: &CallingApplication,
    name: &AccountName,
) -> Result<Uuid, AppError> {
    let charged = admit(state, client, application, Attempt::UnknownUser).await?;
    let found = db::statement(&state.pool, "account_find_for_confirmation", async |conn| {
        account::find(conn, name).await
    });
    let found = found.await;
    if !matches!(&found, Ok(None)) {
        state.throttle.give_back(&state.pool, &charged).await;
    }
    match found? {
        // A disabled account cannot sign in. It counts as none, and as an attempt that was right.
        Some(found) if found.disabled_at.is_none() => Ok(found.id),
        Some(_) | None => Err(Problem::of_field("user", "is not a user who can sign in").into()),
    }
}

/// The confirmation of an id, if it is one of the application.
async fn find(
    state: &AppState,
    application: &CallingApplication,
    id: Uuid,
) -> Result<Confirmation, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "confirmation_find_for_application", async |conn| {
        confirmation::find(conn, id, now).await
    });
    let own = found.await?.filter(|found| found.application_id == application.id);
    own.ok_or_else(not_found)
}

fn not_found() -> AppError {
    NOT_FOUND
        .because("there is no such confirmation of this application, or the account of its user was deleted")
        .into()
}

fn id_of(text: &str) -> Result<Uuid, AppError> {
    Uuid::try_parse(text).map_err(|_malformed| not_found())
}

/// The seconds that the client waits for an outcome.
fn wait_of(text: &str) -> Result<Duration, AppError> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let most = LONGEST_WAIT.as_secs();
    let problem = || INVALID_PARAMETER.because(format!("wait is a number of seconds from 0 to {most}"));
    match pairs.as_slice() {
        [] => Ok(Duration::ZERO),
        [(name, value)] if name == "wait" => {
            let seconds = value.parse().ok().filter(|seconds| *seconds <= most).ok_or_else(problem)?;
            Ok(Duration::from_secs(seconds))
        }
        _ => Err(problem().into()),
    }
}

/// Returns a confirmation.
///
/// With `wait`, it returns when the confirmation has an outcome, and after this time at the latest.
#[utoipa::path(
    get,
    path = "/api/v1/confirmations/{id}",
    operation_id = "readConfirmation",
    tag = APPLICATION,
    params(
        ("id" = Uuid, Path, description = "The confirmation."),
        ("wait" = Option<u32>, Query, description = "The most seconds to wait for an outcome.", minimum = 0, maximum = 25),
    ),
    responses(
        (status = 200, description = "The confirmation.", body = ConfirmationBody),
        (status = 404, description = "The application has no such confirmation."),
    ),
)]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    application: CallingApplication,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (id, wait) = (id_of(&id)?, wait_of(request.query_string())?);
    let mut found = find(&state, &application, id).await?;
    if found.state == ConfirmationState::Open && !wait.is_zero() {
        let Some(_waiting) = state.long_polls.enter(application.id) else {
            let problem = TOO_MANY_WAITING.because("wait for fewer at the same time, or ask without wait");
            return Err(problem.with_header(header::RETRY_AFTER, "1").into());
        };
        let deadline = Instant::now() + wait;
        while found.state == ConfirmationState::Open && Instant::now() < deadline && !state.is_draining() {
            tokio::time::sleep_until(deadline.min(Instant::now() + POLL_INTERVAL)).await;
            found = find(&state, &application, id).await?;
        }
    }
    Ok(HttpResponse::Ok().json(ConfirmationBody::new(&state, &found)))
}

/// Withdraws a confirmation.
///
/// The second time changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/confirmations/{id}",
    operation_id = "withdrawConfirmation",
    tag = APPLICATION,
    params(("id" = Uuid, Path, description = "The confirmation.")),
    responses(
        (status = 200, description = "The confirmation, withdrawn.", body = ConfirmationBody),
        (status = 404, description = "The application has no such confirmation."),
        (status = 409, description = "The confirmation has another outcome, or has expired."),
    ),
)]
pub async fn withdraw(
    state: web::Data<AppState>,
    application: CallingApplication,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (id_of(&id)?, state.clock.now());
    let withdrawn = db::transaction(&state.pool, "confirmation_withdraw", async |conn| {
        confirmation::withdraw_in_txn(conn, id, application.id, now).await?;
        confirmation::find(conn, id, now).await
    });
    let found = withdrawn.await?.filter(|found| found.application_id == application.id);
    let body = ConfirmationBody::new(&state, &found.ok_or_else(not_found)?);
    if body.state != "withdrawn" {
        return Err(OVER.because(format!("its state is {}", body.state)).into());
    }
    Ok(HttpResponse::Ok().json(body))
}
