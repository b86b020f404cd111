//! `/api/v1/user/activity`: the security events of the account, newest first, page by page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::domain::moment::as_rfc3339;
use crate::error::AppError;
use crate::error::problem::{INVALID_PARAMETER, Problem};
use crate::extract::api_caller::ReadActivity;
use crate::extract::{ApiCaller, query};
use crate::models::security_event::{self, Position, SecurityEvent};
use crate::state::AppState;

/// The events of one page, if the client names no number.
const PAGE_SIZE: usize = 50;
/// The most events of one page.
const LARGEST_PAGE: usize = 100;

/// A page of events, newest first.
#[derive(Serialize, ToSchema)]
pub struct Activity {
    events: Vec<Event>,
    /// The value of `after` for the page with older events. null: there are none.
    #[schema(required = true)]
    next: Option<String>,
}

/// Something that happened with the account.
#[derive(Serialize, ToSchema)]
pub struct Event {
    /// Names the event.
    id: Uuid,
    /// What happened. A later version may know more kinds.
    #[schema(example = "signed-in")]
    kind: String,
    /// When it happened.
    #[serde(serialize_with = "as_rfc3339")]
    at: DateTime<Utc>,
    /// The browser or program, as it named itself. null: an operator did it.
    #[schema(required = true)]
    user_agent: Option<String>,
    /// The client's IP address. null: an operator did it.
    #[schema(required = true)]
    ip_address: Option<String>,
}

impl From<&SecurityEvent> for Event {
    fn from(event: &SecurityEvent) -> Self {
        Self {
            id: event.id,
            kind: event.kind.clone(),
            at: event.created_at,
            user_agent: event.user_agent.clone(),
            ip_address: event.client_address.clone(),
        }
    }
}

/// The place at which a page begins, and its size.
fn page(query: &str) -> Result<(Option<Position>, usize), Problem> {
    let malformed = |name: &str| INVALID_PARAMETER.because(format!("Look at the parameter {name:.40}"));
    let [after, limit] = query::exactly(query, ["after", "limit"]).map_err(|name| malformed(&name))?;
    let after = after.map(|text| Position::parse(&text).ok_or_else(|| malformed("after"))).transpose()?;
    let limit = limit.map_or(Some(PAGE_SIZE), |text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    Ok((after, limit.ok_or_else(|| malformed("limit"))?))
}

/// Lists the activity.
///
/// Newest first. The next page is at the URL of the header Link.
#[utoipa::path(
    get,
    path = "/api/v1/user/activity",
    operation_id = "listActivity",
    tag = "activity:read",
    params(
        ("after" = Option<String>, Query, nullable = false, description = "`next` of the page before this one.",
            pattern = r"^\d{1,17}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
        ("limit" = Option<u32>, Query, nullable = false, description = "The events of the page, 1 to 100. By default 50.",
            minimum = 1, maximum = 100),
    ),
    responses(
        (status = 200, description = "A page of events.", body = Activity, headers(
            ("Link" = String, description = "The next page, as rel=\"next\". The last page has none."),
        )),
        (status = 400, description = "A parameter is malformed, unknown or repeated."),
    ),
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: ApiCaller<ReadActivity>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page(request.query_string())?;
    let (user, now) = (caller.user.id, state.clock.now());
    let found = db::statement(&state.pool, "security_event_list_for_api", async |conn| {
        // One more than a page shows whether there is another page.
        security_event::list(conn, user, after, now, limit as i64 + 1).await
    });
    let found = found.await?;
    let shown = found.get(..limit).unwrap_or(&found);
    let next = shown.last().filter(|_| found.len() > limit).map(|event| event.position().text());
    let mut response = HttpResponse::Ok();
    if let Some(next) = &next {
        let url = format!("{}/api/v1/user/activity?after={next}&limit={limit}", state.config.public_url);
        response.insert_header((header::LINK, format!(r#"<{url}>; rel="next""#)));
    }
    Ok(response.json(Activity { events: shown.iter().map(Event::from).collect(), next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_page_is_asked_for() {
        assert_eq!(page(""), Ok((None, PAGE_SIZE)));
        assert_eq!(page("limit=100"), Ok((None, 100)));
        for wrong in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=x",
            "limit=",
            "after=",
            "after=1",
            "x=1",
            "limit=1&limit=1",
        ] {
            assert_eq!(page(wrong).unwrap_err().kind, INVALID_PARAMETER, "{wrong}");
        }
    }
}
