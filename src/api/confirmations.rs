//! `/api/v1/confirmations`: an application asks a user for a confirmation, reads the outcome, or withdraws it. Another
//! application's confirmation looks like one that never existed.

mod new_request;

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use self::new_request::NewRequest;
use crate::db;
use crate::domain::AccountName;
use crate::error::AppError;
use crate::error::problem::{INVALID_PARAMETER, KEY_REUSED, NOT_FOUND, Problem, ProblemType};
use crate::extract::{ApiBody, CallingApplication, Client, Idempotency};
use crate::models::confirmation::{
    self, Confirmation, ConfirmationCreation, ConfirmationState, MOST_OPEN, NewConfirmation,
};
use crate::models::idempotency_key::{self, Claim, Former, KeptAnswer};
use crate::models::{account, application};
use crate::security::limits::Attempt;
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// The longest that a request waits for an outcome.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// The pause between two looks at a confirmation that is waited for.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The tag of operations that an application calls with its own secret.
pub const APPLICATION: &str = "application";

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
    let (request, name, lifetime) = asked.parse(&application).map_err(Problem::of_fields)?;
    if let Some(key) = &key {
        let now = state.clock.now();
        let former = db::statement(&state.pool, "idempotency_key_find", async |conn| {
            idempotency_key::find(conn, key, now).await
        });
        if let Some(former) = former.await? {
            return answer_again(former);
        }
    }
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
        // The body may have arrived long after the application was admitted.
        if application::find_by_secret(conn, application.secret, now).await?.is_none() {
            return Ok(Creation::Refused);
        }
        if let Some(key) = &key
            && let Claim::Taken(former) = idempotency_key::claim_in_txn(conn, key, now).await?
        {
            return Ok(Creation::Answered(former));
        }
        if confirmation::create_in_txn(conn, &new).await? == ConfirmationCreation::TooManyOpen {
            if let Some(key) = &key {
                idempotency_key::release_in_txn(conn, key).await?;
            }
            return Ok(Creation::TooManyOpen);
        }
        if let Some(key) = &key {
            idempotency_key::keep_answer_in_txn(conn, key, &answer).await?;
        }
        Ok(Creation::Answered(Former::Answer(answer.clone())))
    });
    match created.await? {
        Creation::Refused => Err(Problem::invalid_credentials().into()),
        Creation::Answered(former) => {
            log::info!("application {} asked user {user_id} for a confirmation", application.id);
            answer_again(former)
        }
        Creation::TooManyOpen => {
            let detail =
                format!("at most {MOST_OPEN} may wait for one user: withdraw one, or wait for an outcome");
            Err(TOO_MANY_OPEN.because(detail).into())
        }
    }
}

/// The answer to a request that was carried out, now or earlier.
fn answer_again(former: Former) -> Result<HttpResponse, AppError> {
    let Former::Answer(answer) = former else {
        return Err(KEY_REUSED.because("send this request with a key of its own").into());
    };
    let mut response = HttpResponse::Created();
    if let Some(location) = answer.location {
        response.insert_header((header::LOCATION, location));
    }
    Ok(response.content_type("application/json").body(answer.body))
}

/// The result of a request.
enum Creation {
    /// The answer to it, or to the one that used its key before.
    Answered(Former),
    /// As many as may wait already.
    TooManyOpen,
    /// The secret no longer works, or the application was disabled.
    Refused,
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

/// Finds the user. An application of the team may know who has an account, but does not find out by asking for every
/// address: those that do not exist are limited.
async fn find_user(
    state: &AppState,
    client: &Client,
    application: &CallingApplication,
    name: &AccountName,
) -> Result<Uuid, AppError> {
    // Nobody guesses an id, so only an email address tells something.
    let charged = match name {
        AccountName::Id(_) => None,
        AccountName::Email(_) => Some(admit(state, client, application, Attempt::UnknownUser).await?),
    };
    let found = db::statement(&state.pool, "account_find_for_confirmation", async |conn| {
        account::find(conn, name).await
    });
    let found = found.await;
    // A disabled account counts as none: or the limit would tell the two apart.
    if let Some(charged) = &charged
        && !matches!(&found, Ok(found) if found.as_ref().is_none_or(|found| found.disabled_at.is_some()))
    {
        state.throttle.give_back(&state.pool, charged).await;
    }
    match found? {
        // A disabled account cannot sign in.
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
    client: Client,
    application: CallingApplication,
    id: web::Path<String>,
) -> Result<HttpResponse, AppError> {
    admit(&state, &client, &application, Attempt::Confirmation).await?;
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
