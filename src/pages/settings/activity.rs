//! `/settings/activity`: the security events of the account, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use crate::db;
use crate::domain::{Device, EventKind, Locale, Moment};
use crate::error::AppError;
use crate::extract::{SignedIn, query};
use crate::locales::Message;
use crate::models::security_event::{self, Position, SecurityEvent};
use crate::state::AppState;
use crate::view::Page;

/// The events on one page.
const PAGE_SIZE: usize = 50;

#[derive(Serialize)]
struct ActivityPage {
    events: Vec<Row>,
    /// Whether the newest event is on another page.
    continues: bool,
    /// The query of the page with older events, if there are any.
    older: Option<String>,
}

#[derive(Serialize)]
struct Row {
    what: Message,
    at: Moment,
    /// Whether an operator did it. Then there is no device and no address.
    by_operator: bool,
    device: Option<Device>,
    address: Option<String>,
    /// What it is about, such as the name of an application.
    about: Option<String>,
}

impl Page for ActivityPage {
    const TEMPLATE: &'static str = "pages/settings/activity.html";
}

impl Row {
    fn new(event: &SecurityEvent, locale: Locale) -> Self {
        Self {
            what: EventKind::parse(&event.kind).map_or(Message::EventUnknown, Message::from),
            at: Moment::new(event.created_at, locale),
            by_operator: event.user_agent.is_none(),
            device: event.user_agent.as_deref().and_then(Device::of),
            address: event.client_address.clone(),
            about: event.about.clone(),
        }
    }
}

/// Lists a page of events. A malformed position counts as absent.
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    member: SignedIn,
) -> Result<HttpResponse, AppError> {
    let after = query::once(request.query_string(), "after").and_then(|text| Position::parse(&text));
    let (user, now) = (member.user.id, state.clock.now());
    let found = db::statement(&state.pool, "security_event_list", async |conn| {
        // One more than a page shows whether there is another page.
        security_event::list(conn, user, after, now, PAGE_SIZE as i64 + 1).await
    });
    let found = found.await?;
    let shown = found.get(..PAGE_SIZE).unwrap_or(&found);
    let last = shown.last().filter(|_| found.len() > PAGE_SIZE);
    let page = ActivityPage {
        events: shown.iter().map(|event| Row::new(event, member.locale())).collect(),
        continues: after.is_some(),
        older: last.map(|event| format!("after={}", event.position().text())),
    };
    state.view.page(StatusCode::OK, member.audience(), &page)
}
