//! `unframed admin users create`: creates an account without a password, and mails a link to choose one.

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;
use uuid::Uuid;

use super::report::{Report, time};
use crate::commands::Failure;
use crate::commands::admin::language;
use crate::db::{self, Pool};
use crate::domain::{DisplayName, EmailAddress, Language, SecretToken};
use crate::mail::Letters;
use crate::models::account::{self, Account, AccountCreation};
use crate::models::password_reset::FIRST_LIFETIME;
use crate::models::user::NewUser;

/// The account, and how to print.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) new: NewAccount,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// An account to be created.
#[derive(Args)]
pub struct NewAccount {
    /// The email address of the account
    #[arg(value_parser = EmailAddress::parse)]
    pub email: EmailAddress,
    /// The name that its pages show. Its owner can change it
    #[arg(long, value_parser = DisplayName::parse)]
    pub name: DisplayName,
    /// The language of its emails and pages: en or de. Its owner can change it
    #[arg(long, default_value = "en", value_parser = language)]
    pub language: Language,
}

/// Stores an account with a link, and queues the mail with the link.
///
/// # Errors
/// The email address is taken or reserved, a template of the mail, or the database: nothing was stored.
pub async fn run(
    pool: &Pool,
    letters: &Letters,
    asked: &NewAccount,
    now: DateTime<Utc>,
) -> Result<Report, Failure> {
    let NewAccount { email, name, language } = asked;
    let (id, token, until) = (Uuid::new_v4(), SecretToken::generate()?, now + FIRST_LIFETIME);
    let mail = letters
        .account_created_for_you(email, &token, until, *language)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let new = NewUser {
        id,
        email: email.as_str(),
        display_name: name.as_str(),
        password_hash: None,
        language: Some(language.tag()),
        created_at: now,
        updated_at: now,
    };
    let (digest, mail) = (token.digest(), mail.queued(now));
    let created = db::transaction(pool, "account_create", async |conn| {
        account::create_in_txn(conn, &new, digest, until, &mail).await
    });
    match created.await? {
        AccountCreation::Created => Ok(report(&new, until)),
        AccountCreation::Taken => bail!("{} already has an account", email.as_str()),
        AccountCreation::Reserved => bail!(
            "{} is reserved: an account had it until a few days ago, and its owner can still take it back",
            email.as_str()
        ),
    }
}

fn report(new: &NewUser<'_>, until: DateTime<Utc>) -> Report {
    let account = Account {
        id: new.id,
        email: new.email.to_owned(),
        display_name: new.display_name.to_owned(),
        created_at: new.created_at,
        disabled_at: None,
        delete_after: None,
        has_password: false,
        language: new.language.map(str::to_owned),
        time_zone: None,
        second_factor_since: None,
        factors_reset_after: None,
        short_password: false,
    };
    let message = format!(
        "Created the account {} of {}. The email with its link is queued; `unframed serve` sends it. \
         The link works until {}.",
        new.id,
        new.email,
        time(until)
    );
    Report::done(&account, message).with_link(until)
}
