//! The way from a form to a sensitive change, common to all kinds: how it begins (a pending action
//! and its confirm page) and what proves that the account's owner wants it.

pub mod running;
pub mod words;

use std::time::Duration;

use actix_web::HttpResponse;

use crate::db;
use crate::domain::{EmailAddress, SecretToken};
use crate::error::AppError;
use crate::extract::{Client, SignedIn};
use crate::models::pending_action::{self, Action, Owner};
use crate::models::user::{self, Credentials};
use crate::security::password_hashing::Comparison;
use crate::security::throttle::{ACTION_START, Admission, EMAIL_CHANGE, PROOF};
use crate::state::AppState;
use crate::view::see_other;

impl SignedIn {
    /// Whom a pending action of this member belongs to.
    #[must_use]
    pub fn owner(&self) -> Owner {
        Owner { user_id: self.user.id, session_id: self.session.id }
    }

    /// The account's address, parsed.
    ///
    /// # Errors
    /// [`AppError::Internal`] where the database holds something else.
    pub fn email(&self) -> Result<EmailAddress, AppError> {
        stored(&self.user.email)
    }
}

/// An address as the database holds it.
///
/// # Errors
/// [`AppError::Internal`] where it holds something else.
pub fn stored(email: &str) -> Result<EmailAddress, AppError> {
    EmailAddress::parse(email).map_err(|problem| AppError::Internal(format!("a stored address: {problem}")))
}

/// Stores a pending action and leads to its confirm page, whose address nobody can know before.
///
/// # Errors
/// [`AppError::TooManyRequests`] beyond the limit of its kind, and any other [`AppError`].
pub async fn begin(
    state: &AppState,
    client: &Client,
    member: &SignedIn,
    action: &Action,
) -> Result<HttpResponse, AppError> {
    let limit = if let Action::ChangeEmail { .. } = action { EMAIL_CHANGE } else { ACTION_START };
    let email = member.email()?;
    if let Admission::Wait(wait) =
        state.throttle.admit(&state.pool, limit, client.address, Some(&email)).await?
    {
        log::warn!("user {} began too many actions: {}", member.user.id, action.kind());
        return Err(AppError::TooManyRequests(wait));
    }
    let token = SecretToken::generate()?;
    let (digest, owner, now) = (token.digest(), member.owner(), crate::models::now());
    db::transaction(&state.pool, "pending_action_create", async |conn| {
        pending_action::create_in_txn(conn, digest, owner, action, now).await
    })
    .await?;
    log::info!("user {} began {}", member.user.id, action.kind());
    Ok(see_other(&format!("/confirm/{}", token.encode())))
}

/// What a person shows to prove to be the account's owner. Something typed or possessed: a click
/// alone proves nothing.
pub enum Proof {
    /// The current password.
    Password(String),
}

/// What a proof is worth.
pub enum Verdict {
    /// It is right; these credentials were compared.
    Right(Credentials),
    /// It is wrong.
    Wrong,
    /// Too many tries; not before so long.
    Wait(Duration),
}

impl Proof {
    /// Checks it for a member, counted by account and network.
    ///
    /// # Errors
    /// [`AppError`].
    pub async fn check(
        self,
        state: &AppState,
        client: &Client,
        member: &SignedIn,
    ) -> Result<Verdict, AppError> {
        let (email, id) = (member.email()?, member.user.id);
        if let Admission::Wait(wait) =
            state.throttle.admit(&state.pool, PROOF, client.address, Some(&email)).await?
        {
            log::warn!("user {id}: too many proofs");
            return Ok(Verdict::Wait(wait));
        }
        let found = db::statement(&state.pool, "user_find_credentials", async |conn| {
            user::find_credentials(conn, id).await
        })
        .await?;
        let Some(credentials) = found else { return Err(AppError::AccountGone) };
        match self {
            Self::Password(typed) => {
                let stored = Some(credentials.password_hash.clone());
                Ok(match state.hashing.compare(&typed, stored).await? {
                    Comparison::Right { .. } => Verdict::Right(credentials),
                    Comparison::Wrong => Verdict::Wrong,
                })
            }
        }
    }
}
