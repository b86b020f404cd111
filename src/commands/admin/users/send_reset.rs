//! `unframed admin users send-reset`: mails a link to choose a new password. The limits for strangers do not apply.

use anyhow::bail;
use chrono::{DateTime, Utc};

use super::report::{Report, time};
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::{AccountName, EmailAddress, Locale, Occasion, SecretToken};
use crate::mail::Letters;
use crate::models::account;
use crate::models::password_reset::LIFETIME;

/// Stores a link, and queues its mail in the language of the account.
///
/// # Errors
/// The account is disabled, a template of the mail, or the database: nothing was stored.
pub async fn run(
    pool: &Pool,
    letters: &Letters,
    name: &AccountName,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let Some(found) = super::find(pool, name).await? else { return Ok(Report::not_found(name)) };
    if found.disabled_at.is_some() {
        bail!("{} is disabled, so a new password would not open it: enable it first", found.email);
    }
    let (token, address) = (SecretToken::generate()?, EmailAddress::parse(&found.email)?);
    let locale = Locale::default().chosen(found.language.as_deref(), found.time_zone.as_deref());
    let mail = letters
        .about(Occasion::by_operator(now, locale))
        .password_reset_by_operator(&address, &token)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let (digest, mail, until) = (token.digest(), mail.queued(now), now + LIFETIME);
    let change = db::transaction(pool, "account_send_reset", async |conn| {
        account::send_reset_in_txn(conn, &found, digest, &mail, now).await
    });
    let done = |email: &str| {
        format!(
            "The email to {email} is queued; `unframed serve` sends it. Its link works until {}.",
            time(until)
        )
    };
    let report = Report::of(change.await?, name, |account, _| done(&account.email), |_| String::new())?;
    Ok(report.with_link(until))
}
