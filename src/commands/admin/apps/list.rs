//! `unframed admin apps list`: lists the applications, oldest first.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::commands::Failure;
use crate::commands::admin::terminal;
use crate::commands::admin::users::report::optional_rfc3339;
use crate::db::{self, Pool};
use crate::models::application::{self, Application};

const HEAD: &[&str] = &["name", "id", "return origin", "webhook", "registered (UTC)", "status"];

/// An application, as the list shows it.
#[derive(Serialize)]
struct Overview {
    id: Uuid,
    name: String,
    return_origin: String,
    webhook_url: Option<String>,
    #[serde(serialize_with = "crate::domain::moment::as_rfc3339")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "optional_rfc3339")]
    former_secret_ends_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "optional_rfc3339")]
    disabled_at: Option<DateTime<Utc>>,
}

impl From<Application> for Overview {
    fn from(found: Application) -> Self {
        let Application { id, name, return_origin, webhook_url, .. } = found;
        let Application { created_at, former_secret_ends_at, disabled_at, .. } = found;
        Self { id, name, return_origin, webhook_url, created_at, former_secret_ends_at, disabled_at }
    }
}

/// Formats the list as a table or as JSON.
///
/// # Errors
/// The database failed.
pub async fn run(pool: &Pool, json: bool) -> Result<String, Failure> {
    let list = db::statement(pool, "application_list", async |conn| application::list(conn).await);
    let list: Vec<Overview> = list.await?.into_iter().map(Overview::from).collect();
    if json {
        return terminal::json(&list);
    }
    if list.is_empty() {
        return Ok("No applications. `unframed admin apps create` registers one.\n".to_owned());
    }
    Ok(terminal::table(HEAD, HEAD.len(), list.into_iter().map(row).collect()))
}

fn row(found: Overview) -> Vec<String> {
    vec![
        found.name,
        found.id.to_string(),
        found.return_origin,
        found.webhook_url.unwrap_or_else(|| "-".to_owned()),
        found.created_at.format("%Y-%m-%d %H:%M").to_string(),
        if found.disabled_at.is_some() { "disabled" } else { "active" }.to_owned(),
    ]
}
