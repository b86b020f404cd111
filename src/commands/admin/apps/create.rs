//! `unframed admin apps create`: registers an application.

use chrono::{DateTime, Utc};
use clap::Args;
use uuid::Uuid;

use super::report::Report;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::{ApiSecret, ApiSecretKind, ApplicationName, ReturnOrigin, WebhookUrl};
use crate::models::application::{self, NewApplication};

/// The application, and how to print.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) new: AskedApplication,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// An application to be registered.
#[derive(Args)]
pub struct AskedApplication {
    /// The name that users see, at most 40 characters
    #[arg(long, value_parser = ApplicationName::parse)]
    pub name: ApplicationName,
    /// The origin to which users return, such as `https://payroll.example`
    #[arg(long, value_name = "ORIGIN", value_parser = ReturnOrigin::parse)]
    pub return_origin: ReturnOrigin,
    /// The URL that gets each receipt, such as `https://payroll.example/hook`
    #[arg(long, value_name = "URL", value_parser = WebhookUrl::parse)]
    pub webhook: Option<WebhookUrl>,
}

/// Stores an application with a new secret.
///
/// # Errors
/// The database failed: nothing was stored.
pub async fn run(pool: &Pool, asked: &AskedApplication, now: DateTime<Utc>) -> Result<Report, Failure> {
    let (id, secret) = (Uuid::new_v4(), ApiSecret::generate(ApiSecretKind::Application)?);
    let digest = secret.digest();
    let new = NewApplication {
        id,
        name: asked.name.as_str(),
        return_origin: asked.return_origin.as_str(),
        webhook_url: asked.webhook.as_ref().map(WebhookUrl::as_str),
        secret_digest: digest.as_bytes(),
        created_at: now,
    };
    let created =
        db::transaction(pool, "application_create", async |conn| application::create(conn, &new).await);
    created.await?;
    let message = format!("Registered {}. Its secret is shown only now.", asked.name.as_str());
    Ok(Report::done(id, message).with_secret(&secret))
}
