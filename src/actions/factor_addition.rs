//! What adding any second factor writes besides the factor: mails with an undo link, and for the first factor recovery
//! codes and the end of all that began without one.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::make_recovery_codes::NewRecoveryCodes;
use super::notices::Notices;
use super::sensitive_action::{Applied, Landing, Preparation};
use crate::domain::EventKind;
use crate::error::AppError;
use crate::extract::Done;
use crate::models::pending_action::Owner;
use crate::models::second_factor::{self, SecondFactors};
use crate::models::{access_token, email_change, session, user};

/// The recovery codes and mails of an addition.
pub struct FactorAddition {
    codes: NewRecoveryCodes,
    notices: Notices,
}

impl FactorAddition {
    /// Prepares an addition.
    ///
    /// # Errors
    /// A fault in a template, or no random bytes.
    pub fn prepare(with: &Preparation<'_>, event: EventKind) -> Result<Self, AppError> {
        let to = with.member.email()?;
        Ok(Self {
            codes: NewRecoveryCodes::new(with)?,
            notices: Notices::with_link(&with.letters, &to, with.former_addresses, event, with.now)?,
        })
    }

    /// Queues the mails; returns the number of their undo link, for the row of the factor.
    pub async fn tell_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        now: DateTime<Utc>,
    ) -> QueryResult<i64> {
        self.notices.queue_in_txn(conn, by.user_id, now).await
    }

    /// Writes what follows the row of the factor. `former` are the factors before it.
    pub async fn finish_in_txn(
        &self,
        conn: &mut AsyncPgConnection,
        by: Owner,
        former: &SecondFactors,
        number: i64,
        now: DateTime<Utc>,
    ) -> QueryResult<Applied> {
        second_factor::refresh_in_txn(conn, by.user_id, number, now).await?;
        if former.is_empty() {
            // What began with the password alone ends: sessions, access tokens, known devices, whose guesses at codes are
            // counted apart, and a change of email address that waits for its link.
            session::revoke_others(conn, by.user_id, by.session_id).await?;
            access_token::revoke_all(conn, by.user_id).await?;
            user::forget_devices(conn, by.user_id, now).await?;
            email_change::withdraw_open(conn, by.user_id, None, now).await?;
        } else {
            // The owner has a factor again, so a removal of all of them that waits is no longer needed.
            user::keep_factors(conn, by.user_id, now).await?;
        }
        self.codes.create_first_in_txn(conn, by.user_id, former, number, now).await
    }

    /// The page that shows the recovery codes, or where there are none, the list of second factors.
    #[must_use]
    pub fn landing(&self, applied: Applied, done: Done) -> Landing {
        self.codes.landing(applied, done)
    }
}
