//! `unframed admin users show`: shows one account.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::overview::{Overview, minute};
use super::report::Report;
use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::db::{self, Pool};
use crate::domain::AccountName;
use crate::domain::moment::as_rfc3339;
use crate::models::security_event::SecurityEvent;
use crate::models::{security_event, session, undo_link};

const HEAD: &[&str] = &["time (UTC)", "event", "from", "device"];
/// The number of events that are shown.
const EVENTS: i64 = 20;

#[derive(Serialize)]
struct Details {
    #[serde(flatten)]
    overview: Overview,
    language: Option<String>,
    time_zone: Option<String>,
    /// Former email addresses whose owners can still take the account back.
    reserved_addresses: Vec<String>,
    /// Newest first.
    events: Vec<Event>,
}

#[derive(Serialize)]
struct Event {
    kind: String,
    #[serde(serialize_with = "as_rfc3339")]
    created_at: DateTime<Utc>,
    /// `None` for an operator.
    client_address: Option<String>,
    user_agent: Option<String>,
}

/// Prints an account as text or as JSON, or reports that there is none.
pub(super) async fn run(
    pool: &Pool,
    name: &AccountName,
    json: bool,
    now: DateTime<Utc>,
) -> Result<ExitCode, Failure> {
    let Some(account) = super::find(pool, name).await? else { return Report::not_found(name).print(json) };
    let (id, language, time_zone) = (account.id, account.language.clone(), account.time_zone.clone());
    let (sessions, reserved_addresses, events) = read(pool, id, now).await?;
    let details = Details {
        overview: Overview::new(account, sessions),
        language,
        time_zone,
        reserved_addresses,
        events: events.into_iter().map(event).collect(),
    };
    print!("{}", if json { terminal::json(&details)? } else { as_text(details) });
    Ok(ExitCode::SUCCESS)
}

async fn read(
    pool: &Pool,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(i64, Vec<String>, Vec<SecurityEvent>), Failure> {
    let found = db::statement(pool, "account_show", async |conn| {
        let sessions = session::count_live(conn, id, now).await?;
        let reserved = undo_link::reserved_emails(conn, id, now).await?;
        Ok((sessions, reserved, security_event::list(conn, id, None, now, EVENTS).await?))
    });
    Ok(found.await?)
}

fn event(event: SecurityEvent) -> Event {
    let SecurityEvent { kind, created_at, client_address, user_agent, .. } = event;
    Event { kind, created_at, client_address, user_agent }
}

fn as_text(details: Details) -> String {
    let Details { overview, language, time_zone, reserved_addresses, events } = details;
    let mut lines = vec![
        ("email address", overview.email.clone()),
        ("id", overview.id.to_string()),
        ("name", overview.name.clone()),
        ("created (UTC)", minute(overview.created_at)),
        ("status", status(&overview)),
        ("second factor", second_factor(&overview)),
        ("sessions", overview.sessions.to_string()),
    ];
    lines.extend(language.map(|tag| ("language", tag)));
    lines.extend(time_zone.map(|name| ("time zone", name)));
    // Their owners can still take the account back.
    lines.extend(reserved_addresses.into_iter().map(|email| ("reserved address", email)));
    let line = |(label, value): (&str, String)| format!("{label:<18}{}\n", terminal::visible(&value));
    let account: String = lines.into_iter().map(line).collect();
    if events.is_empty() {
        return account + "\nNo events.\n";
    }
    format!("{account}\n{}", terminal::table(HEAD, 4, events.into_iter().map(row).collect()))
}

/// The status with all that applies.
fn status(account: &Overview) -> String {
    let since = account.disabled_at.map(|at| format!("disabled since {}", minute(at)));
    let until = account.delete_after.map(|at| format!("to be deleted after {}", minute(at)));
    let none = (!account.has_password).then(|| "no password".to_owned());
    let all: Vec<String> = [since, until, none].into_iter().flatten().collect();
    if all.is_empty() { account.status().to_owned() } else { all.join(", ") }
}

/// Since when a sign-in needs a second factor, and when all are removed.
fn second_factor(account: &Overview) -> String {
    let Some(since) = account.second_factor_since else { return "none".to_owned() };
    let until = account.factors_reset_after.map(|at| format!(", to be removed after {}", minute(at)));
    format!("since {}{}", minute(since), until.unwrap_or_default())
}

fn row(event: Event) -> Vec<String> {
    let by = event.client_address.unwrap_or_else(|| "operator".to_owned());
    vec![minute(event.created_at), event.kind, by, event.user_agent.unwrap_or_default()]
}
