//! Changing the password: the new one is hashed when the action begins, and the confirm page asks for the former one.

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
use crate::models::user::{self, NewPassword, UserUpdate};
use crate::models::{access_token, email_change, password_reset, session};
use crate::security::limits::Attempt;

/// Replaces the password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The new password: argon2id in PHC string format.
    pub hash: String,
    /// Whether it is too short for an account without a second factor.
    pub is_short: bool,
    /// Whether every other session and every access token ends.
    pub end_others: bool,
}

impl SensitiveAction for ChangePassword {
    const KIND: &'static str = "change_password";
    const START: &'static str = "/settings/password";
    const ATTEMPT: Attempt = Attempt::PasswordChange;
    const EVENT: EventKind = EventKind::PasswordChanged;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = Notices;

    fn prepare(&self, with: &Preparation<'_>) -> Result<Notices, AppError> {
        let to = with.member.email()?;
        Notices::with_link(&with.letters, &to, with.former_addresses, Self::EVENT, with.now)
    }

    /// Stores the hash. With the other sessions, access tokens and a change of email address that waits end, too.
    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        prepared: &Notices,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let id = by.user_id;
        let password = NewPassword { hash: self.hash.clone(), is_short: self.is_short };
        if user::replace_password(conn, id, Some(&password), now).await? == UserUpdate::Gone {
            return Ok(Applied::Outdated);
        }
        // A person who knew the former password may have made devices known, and links that still open the account.
        user::forget_devices(conn, id, now).await?;
        password_reset::void_all(conn, id, now).await?;
        let mut ended = 0;
        if self.end_others {
            ended = session::revoke_others(conn, id, by.session_id).await?;
            access_token::revoke_all(conn, id).await?;
            email_change::withdraw_open(conn, id, None, now).await?;
        }
        prepared.queue_in_txn(conn, id, now).await?;
        Ok(Applied::Ran { ended })
    }

    fn landing(&self, _: &Notices, _: Applied) -> Landing {
        let done =
            if self.end_others { Message::DoneOwnPasswordChanged } else { Message::DonePasswordKeptOthers };
        Landing::Page("/settings", Done::new(done))
    }
}
