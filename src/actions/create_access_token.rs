//! Making a personal access token. The page that follows shows it; only its digest is stored.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::{ApiSecret, EventKind, SecretToken};
use crate::error::AppError;
use crate::locales::Message;
use crate::models::access_token::{self, AccessTokenCreation, NewAccessToken};
use crate::models::pending_action::Owner;
use crate::security::limits::Attempt;

/// The lifetimes that a user can choose, in days.
pub const LIFETIMES: [u16; 4] = [7, 30, 90, 365];

/// Makes an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateAccessToken {
    /// The name that its owner gave it.
    pub name: String,
    /// What it may do, separated by spaces.
    pub scopes: String,
    /// Its lifetime in days: one of [`LIFETIMES`].
    pub days: u16,
}

/// A token that was made and not stored yet.
pub struct Prepared {
    page: SecretToken,
    secret: ApiSecret,
    id: Uuid,
    notices: Notices,
}

impl SensitiveAction for CreateAccessToken {
    const KIND: &'static str = "create_access_token";
    const START: &'static str = "/settings/tokens/new";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::AccessTokenCreated;
    const WORD: Option<Message> = None;
    // It works only if the user keeps the account.
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Prepared;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Prepared, AppError> {
        let to = with.member.email()?;
        let notices = Notices::with_link(&with.letters, &to, with.former_addresses, Self::EVENT, with.now)?;
        let page = SecretToken::generate()?;
        let secret = with.access_tokens.make(&page, with.member.session.id);
        Ok(Prepared { page, secret, id: Uuid::new_v4(), notices })
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let digest = prepared.secret.digest();
        let new = NewAccessToken {
            token_digest: digest.as_bytes(),
            id: prepared.id,
            user_id: by.user_id,
            name: &self.name,
            scopes: &self.scopes,
            created_at: now,
            expires_at: now + TimeDelta::days(self.days.into()),
        };
        if access_token::create_in_txn(conn, &new).await? == AccessTokenCreation::TooMany {
            return Ok(Applied::Outdated);
        }
        prepared.notices.queue_in_txn(conn, by.user_id, now).await?;
        Ok(Applied::Ran { ended: 0 })
    }

    fn landing(&self, prepared: &Prepared, _: Applied) -> Landing {
        Landing::Made(format!("/settings/tokens/{}", prepared.page.encode()))
    }
}
