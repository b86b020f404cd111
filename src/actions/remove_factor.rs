//! Removing a second factor. Another proof than the removed factor confirms it.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};

use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::Done;
use crate::locales::Message;
use crate::models::pending_action::Owner;
use crate::models::second_factor::{self, FactorId};
use crate::models::user;
use crate::security::limits::Attempt;

/// Removes a second factor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveFactor {
    /// The factor.
    pub factor: FactorId,
    /// Its name.
    pub name: String,
    /// Whether the account has no other one.
    pub is_last: bool,
}

impl SensitiveAction for RemoveFactor {
    const KIND: &'static str = "remove_factor";
    const START: &'static str = "/settings/two-factor/remove";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::FactorRemoved;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Notices;

    fn removes(&self) -> Option<FactorId> {
        Some(self.factor)
    }

    fn prepare(&self, with: &Preparation<'_>) -> Result<Notices, AppError> {
        let to = with.member.email()?;
        Notices::with_link(&with.letters, &to, with.former_addresses, Self::EVENT, with.now)
    }

    /// Removes the factor, unless the account has become one that the page did not describe. The last factor goes only
    /// where the password is long enough to be alone.
    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        notices: &Notices,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let id = by.user_id;
        let factors = second_factor::find(conn, id).await?;
        let is_last = factors.len() == 1;
        let short = user::find(conn, id).await?.is_some_and(|user| user.short_password);
        if factors.name(self.factor).is_none() || is_last != self.is_last || (is_last && short) {
            return Ok(Applied::Outdated);
        }
        let number = notices.queue_in_txn(conn, id, now).await?;
        second_factor::remove_in_txn(conn, id, self.factor, number, now).await?;
        Ok(Applied::Ran { ended: 0 })
    }

    fn landing(&self, _: &Notices, _: Applied) -> Landing {
        Landing::Page("/settings/two-factor", Done::new(Message::DoneFactorRemoved))
    }
}
