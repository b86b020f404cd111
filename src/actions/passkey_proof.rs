//! Proof by a passkey: after a password or on a confirm page, where the account is known, and alone, where the passkey
//! names the account.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::db;
use crate::error::AppError;
use crate::extract::Client;
use crate::models::passkey::{self, Passkey};
use crate::models::user::{self, Credentials};
use crate::security::limits::Attempt;
use crate::security::passkeys::{Assertion, Authenticated, PasskeyProblem};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;

/// A passkey whose answer was right, and that is not used yet.
pub struct ProvenPasskey {
    found: Passkey,
    authenticated: Authenticated,
}

/// The answer of a browser to the form of a passkey.
pub struct PasskeyAnswer<'a> {
    /// The sealed state of the form.
    pub sealed: &'a str,
    /// The answer of the browser.
    pub answer: &'a str,
    /// The token that the state is bound to.
    pub bound_to: &'a [u8],
}

/// The account of a passkey, and the passkey as its proof.
pub struct DiscoveredPasskey {
    /// The account.
    pub account: Credentials,
    /// The passkey.
    pub passkey: ProvenPasskey,
}

impl PasskeyAnswer<'_> {
    /// Finds the passkey that the browser named among those of an account, and checks its answer. `except` does not count.
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_of(
        &self,
        state: &AppState,
        user_id: Uuid,
        except: Option<Uuid>,
    ) -> Result<Option<ProvenPasskey>, AppError> {
        let (Some(passkeys), Ok(assertion)) = (&state.passkeys, Assertion::parse(self.answer)) else {
            return Ok(None);
        };
        let found = db::statement(&state.pool, "passkey_find", async |conn| {
            passkey::find_by_credential_id(conn, assertion.credential_id()).await
        });
        let counts = |found: &Passkey| found.user_id == user_id && except != Some(found.id);
        let Some(found) = found.await?.filter(counts) else { return Ok(None) };
        let (stored, sealed) = (&found.credential, self.sealed);
        let checked = passkeys.finish_authentication(user_id, stored, sealed, &assertion, self.bound_to);
        accepted(state, found, checked).await
    }

    /// Finds the passkey that the browser named, with its account, and checks its answer; `None` if it is unknown or wrong,
    /// which look the same, and the time to wait if there were too many attempts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn discover(
        &self,
        state: &AppState,
        client: &Client,
    ) -> Result<Result<Option<DiscoveredPasskey>, Duration>, AppError> {
        let (throttle, attempt) = (&state.throttle, Attempt::PasskeySignIn);
        let charged = match throttle.admit(&state.pool, attempt, client.address, Target::None).await? {
            Admission::Admitted(charged) => charged,
            Admission::Wait(wait) => return Ok(Err(wait)),
        };
        let found = self.find_any(state).await;
        if !matches!(found, Ok(None)) {
            throttle.give_back(&state.pool, &charged).await;
        }
        found.map(Ok)
    }

    async fn find_any(&self, state: &AppState) -> Result<Option<DiscoveredPasskey>, AppError> {
        let (Some(passkeys), Ok(assertion)) = (&state.passkeys, Assertion::parse(self.answer)) else {
            return Ok(None);
        };
        let found = db::statement(&state.pool, "passkey_find_with_account", async |conn| {
            let Some(found) = passkey::find_by_credential_id(conn, assertion.credential_id()).await? else {
                return Ok(None);
            };
            let account = user::find_credentials(conn, found.user_id).await?;
            Ok(account.map(|account| (found, account)))
        });
        let Some((found, account)) = found.await? else { return Ok(None) };
        let (stored, sealed) = (&found.credential, self.sealed);
        let checked = passkeys.finish_discoverable_authentication(
            account.id,
            stored,
            sealed,
            &assertion,
            self.bound_to,
        );
        let passkey = accepted(state, found, checked).await?;
        Ok(passkey.map(|passkey| DiscoveredPasskey { account, passkey }))
    }
}

/// The passkey, if its answer was right and was not used before: a repeated one counts as an attempt. The reason of a
/// refusal is for the operator: the user can only try again.
async fn accepted(
    state: &AppState,
    found: Passkey,
    checked: Result<Authenticated, PasskeyProblem>,
) -> Result<Option<ProvenPasskey>, AppError> {
    let authenticated = match checked {
        Ok(authenticated) => authenticated,
        Err(problem) => {
            log::warn!("user {}: passkey {} was refused: {problem}", found.user_id, found.id);
            return Ok(None);
        }
    };
    let proven = ProvenPasskey { found, authenticated };
    let accepts = db::statement(&state.pool, "passkey_accepts", async |conn| proven.is_valid(conn).await);
    Ok(accepts.await?.then_some(proven))
}

impl ProvenPasskey {
    /// Whether it can still be used: another request may have used or removed it.
    pub async fn is_valid(&self, conn: &mut AsyncPgConnection) -> QueryResult<bool> {
        passkey::accepts(conn, &self.found, self.authenticated.served_at).await
    }

    /// Uses it; returns whether it still could be used.
    pub async fn use_in_txn(&self, conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<bool> {
        let Authenticated { credential, served_at, .. } = &self.authenticated;
        passkey::use_in_txn(conn, &self.found, *served_at, credential, now).await
    }
}
