//! Undo links: each undoes one change, and is stored as a kind and a payload of that kind. The link alone
//! is the proof: only the mailbox that it was sent to has seen it. It needs no session, because the owner
//! may have lost the account. Every undo ends all sessions, revokes all access tokens, withdraws all pending actions, restores the second factors
//! that the account had before the change, makes the password useless and starts a reset: the person who made the change
//! may know the password, and may have added a second factor.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::result::Error as QueryError;
use diesel_async::AsyncPgConnection;

use super::keep_account::KeepAccount;
use super::keep_factors::KeepFactors;
use super::restore_email::RestoreEmail;
use super::secure_account::SecureAccount;
use super::undoable::UndoableChange;
use super::unreadable;
use crate::db;
use crate::domain::{EventKind, SecretToken, TokenDigest};
use crate::error::AppError;
use crate::extract::Client;
use crate::mail::{Draft, OccasionLetters};
use crate::models::undo_link::{self, UndoLink};
use crate::models::{
    access_token, password_reset, pending_action, second_factor, security_event, session, user,
};
use crate::state::AppState;

macro_rules! undos {
    ($($name:ident($undo:ident),)*) => {
        /// An undo of any kind.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Undo {
            $(#[doc = concat!("See [`", stringify!($undo), "`].")] $name($undo),)*
        }

        /// The names of all kinds.
        pub const KINDS: &[&str] = &[$($undo::KIND,)*];

        impl Undo {
            /// The kind of action that is undone.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => $undo::KIND,)* }
            }

            /// The undo as its row holds it.
            #[must_use]
            pub fn value(&self) -> serde_json::Value {
                // A struct of texts always has a JSON form.
                match self { $(Self::$name(undo) => serde_json::json!(undo),)* }
            }

            fn parse(kind: &str, payload: &str) -> QueryResult<Self> {
                let problem = |cause: String| QueryError::DeserializationError(cause.into());
                match kind {
                    $($undo::KIND => {
                        serde_json::from_str(payload).map(Self::$name).map_err(|error| problem(unreadable(&error)))
                    })*
                    unknown => Err(problem(format!("an undo link of kind {unknown}"))),
                }
            }

            fn notice(&self, letters: &OccasionLetters<'_>) -> Result<Option<Draft>, AppError> {
                match self { $(Self::$name(undo) => undo.notice(letters),)* }
            }

            async fn undo_in_txn(
                &self,
                conn: &mut AsyncPgConnection,
                link: &UndoLink,
                notice: Option<&Draft>,
                now: DateTime<Utc>,
            ) -> QueryResult<()> {
                match self { $(Self::$name(undo) => undo.undo_in_txn(conn, link, notice, now).await,)* }
            }
        }
    };
}

undos! {
    ChangeEmail(RestoreEmail),
    DeleteAccount(KeepAccount),
    ResetFactors(KeepFactors),
    SecureAccount(SecureAccount),
}

/// The state of an undo link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UndoState {
    /// It can be used.
    Open(Undo),
    /// It has expired.
    Expired,
    /// It was used or made void.
    Used,
    /// It does not exist, or its account is gone.
    NotFound,
}

fn state_of(link: &UndoLink, now: DateTime<Utc>) -> QueryResult<UndoState> {
    let undo = Undo::parse(&link.kind, &link.payload)?;
    Ok(match link.used_at {
        Some(_) => UndoState::Used,
        None if link.expires_at <= now => UndoState::Expired,
        None => UndoState::Open(undo),
    })
}

/// The state of the link with a token.
pub async fn find(state: &AppState, digest: TokenDigest) -> Result<UndoState, AppError> {
    let now = state.clock.now();
    let found = db::statement(&state.pool, "undo_link_find", async |conn| {
        undo_link::find(conn, digest).await?.map_or(Ok(UndoState::NotFound), |link| state_of(&link, now))
    });
    Ok(found.await?)
}

/// The token of the reset that the use of an undo link starts. It follows from the link, so that a form that was sent
/// twice leads to the same reset.
#[must_use]
pub fn reset_token(link: &SecretToken) -> SecretToken {
    link.derive("password reset by undo link")
}

/// Undoes a change, once. Returns the former state of the link: `Open` means that it was used now.
pub async fn carry_out(
    state: &AppState,
    client: &Client,
    token: &SecretToken,
) -> Result<UndoState, AppError> {
    let (digest, reset, now) = (token.digest(), reset_token(token).digest(), state.clock.now());
    let found = db::statement(&state.pool, "undo_link_find_owner", async |conn| {
        let Some(link) = undo_link::find(conn, digest).await? else {
            return Ok((UndoState::NotFound, None));
        };
        Ok((state_of(&link, now)?, Some(link)))
    });
    let (found, link) = found.await?;
    let (UndoState::Open(undo), Some(link)) = (&found, link) else { return Ok(found) };
    let (language, time_zone) = link.locale;
    let event = client.event(link.user_id, EventKind::UndoLinkUsed, now);
    let locale = client.locale.chosen(language.as_deref(), time_zone.as_deref());
    let notice = undo.notice(&state.letters.about(client.occasion(now, locale)))?;
    let former_state = db::transaction(&state.pool, "undo_link_carry_out", async |conn| {
        let Some(link) = undo_link::find(conn, digest).await? else { return Ok(UndoState::NotFound) };
        let found = state_of(&link, now)?;
        if let UndoState::Open(undo) = &found {
            undo_link::set_used(conn, digest, now).await?;
            undo.undo_in_txn(conn, &link, notice.as_ref(), now).await?;
            let id = link.user_id;
            pending_action::withdraw_all(conn, id, now).await?;
            session::revoke_all(conn, id).await?;
            access_token::revoke_all(conn, id).await?;
            user::replace_password(conn, id, None, now).await?;
            second_factor::restore_in_txn(conn, id, link.number, now).await?;
            user::set_factors_reset_after(conn, id, None, now).await?;
            user::forget_devices(conn, id, now).await?;
            password_reset::create_for(conn, reset, id, now).await?;
            security_event::create(conn, &event).await?;
        }
        Ok(found)
    });
    let former_state = former_state.await?;
    if let UndoState::Open(undo) = &former_state {
        log::info!("undone by its link: {}", undo.kind());
    }
    Ok(former_state)
}
