//! `unframed admin invite`: mails an invitation to create an account.

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};

use super::correspondence::Correspondence;
use crate::clock::Clock;
use crate::commands::Failure;
use crate::db::{self, Pool};
use crate::domain::{EmailAddress, Language, Moment, SecretToken};
use crate::mail::Letters;
use crate::models::sign_up::{self, NewSignUp};

/// The result of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitation {
    /// It is queued, and its link works until this time.
    Queued(DateTime<Utc>),
    /// The email address has an account, or an undo link reserves it.
    Taken,
}

/// Invites an email address, whatever `SIGN_UP` and `SIGN_UP_DOMAINS` say. Returns the line to print.
pub async fn run(email: &str, language: Language) -> Result<String, Failure> {
    let address = EmailAddress::parse(email).with_context(|| format!("the email address {email:?}"))?;
    let Correspondence { pool, letters } = Correspondence::open().await?;
    match invite(&pool, &letters, &address, language, Clock::system().now()).await? {
        Invitation::Queued(until) => {
            let until = Moment::from(until).text;
            Ok(format!(
                "The invitation is queued; `unframed serve` sends it. Its link works until {until}.\n"
            ))
        }
        Invitation::Taken => {
            bail!("{} already has an account, or had it until a few days ago", address.as_str())
        }
    }
}

/// Stores an invitation and queues its mail.
///
/// # Errors
/// The database, or a template of the mail.
pub async fn invite(
    pool: &Pool,
    letters: &Letters,
    address: &EmailAddress,
    language: Language,
    now: DateTime<Utc>,
) -> Result<Invitation, Failure> {
    let (token, until) = (SecretToken::generate()?, now + sign_up::INVITATION_LIFETIME);
    let mail = letters
        .invitation(address, &token, until, language)
        .map_err(|error| Failure::msg(error.to_string()))?;
    let (digest, mail) = (token.digest(), mail.queued(now));
    let new = NewSignUp {
        token_digest: digest.as_bytes(),
        email: address.as_str(),
        created_at: now,
        expires_at: until,
        delete_at: until + sign_up::KEPT,
    };
    let invited =
        db::transaction(pool, "sign_up_invite", async |conn| sign_up::invite_in_txn(conn, &new, &mail).await);
    Ok(if invited.await? { Invitation::Queued(until) } else { Invitation::Taken })
}
