//! Making recovery codes in place of the former ones. The page that follows shows them; only their digests are stored.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation, SensitiveAction};
use crate::domain::{EventKind, RecoveryCode, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::Done;
use crate::locales::Message;
use crate::models::pending_action::Owner;
use crate::models::second_factor::{self, SecondFactors};
use crate::models::{recovery_code, user};
use crate::security::limits::Attempt;

/// Makes new recovery codes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MakeRecoveryCodes {}

/// Recovery codes that were made and not stored yet.
pub struct NewRecoveryCodes {
    token: SecretToken,
    digests: Vec<TokenDigest>,
}

impl NewRecoveryCodes {
    /// Makes the codes of a member.
    ///
    /// # Errors
    /// No random bytes.
    pub fn new(with: &Preparation<'_>) -> Result<Self, AppError> {
        let token = SecretToken::generate()?;
        let codes = with.recovery_codes.make(&token, with.member.session.id);
        let digests = codes.iter().map(|code: &RecoveryCode| code.digest(with.member.user.id)).collect();
        Ok(Self { token, digests })
    }

    /// Stores the codes in place of the former ones.
    pub async fn replace_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        user_id: Uuid,
        number: i64,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        second_factor::void_recovery_codes_in_txn(conn, user_id, number, now).await?;
        recovery_code::create_all(conn, user_id, &self.digests, number, now).await?;
        Ok(Applied::MadeRecoveryCodes)
    }

    /// Stores the codes, unless the account has some left.
    pub async fn create_first_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        user_id: Uuid,
        former: &SecondFactors,
        number: i64,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        if former.recovery_codes > 0 {
            return Ok(Applied::Ran { ended: 0 });
        }
        self.replace_in_txn(conn, user_id, number, now).await
    }

    /// The page that shows the codes, or where there are none, the list of second factors.
    #[must_use]
    pub fn landing(&self, applied: Applied, done: Done) -> Landing {
        if applied == Applied::MadeRecoveryCodes {
            return Landing::Made(format!("{}/{}", MakeRecoveryCodes::START, self.token.encode()));
        }
        Landing::Page("/settings/two-factor", done)
    }
}

impl SensitiveAction for MakeRecoveryCodes {
    const KIND: &'static str = "make_recovery_codes";
    const START: &'static str = "/settings/two-factor/recovery-codes";
    const ATTEMPT: Attempt = Attempt::Action;
    const EVENT: EventKind = EventKind::RecoveryCodesMade;
    const WORD: Option<Message> = None;
    const WHILE_DELETION_WAITS: bool = true;

    type Prepared = (NewRecoveryCodes, Notices);

    fn prepare(&self, with: &Preparation<'_>) -> Result<Self::Prepared, AppError> {
        let to = with.member.email()?;
        let notices = Notices::with_link(&with.letters, &to, with.former_addresses, Self::EVENT, with.now)?;
        Ok((NewRecoveryCodes::new(with)?, notices))
    }

    async fn apply_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        (codes, notices): &Self::Prepared,
        _: bool,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        let user = user::find(conn, by.user_id).await?;
        if user.is_none_or(|user| user.second_factor_since.is_none()) {
            return Ok(Applied::Outdated);
        }
        let number = notices.queue_in_txn(conn, by.user_id, now).await?;
        codes.replace_in_txn(conn, by.user_id, number, now).await
    }

    fn landing(&self, (codes, _): &Self::Prepared, applied: Applied) -> Landing {
        codes.landing(applied, Done::new(Message::DoneSaved))
    }
}
