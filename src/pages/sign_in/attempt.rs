//! An attempt to sign in with a password, from the admission to the session or to the second factor.

use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use super::session_start::SessionStart;
use crate::actions::sign_in_proof::SignInProof;
use crate::db;
use crate::domain::{EmailAddress, EventKind, SecretToken};
use crate::error::AppError;
use crate::extract::Client;
use crate::models::pending_sign_in::{self, NewPendingSignIn};
use crate::models::user::{self, Credentials, UserUpdate};
use crate::models::{security_event, throttle};
use crate::security::device_cookie::KnownDevice;
use crate::security::limits::Attempt;
use crate::security::password_hashing::{Comparison, Work};
use crate::security::throttle::{Admission, Target};
use crate::state::AppState;
use crate::view::see_other;

/// An attempt to sign in.
pub(super) struct SignInAttempt<'a> {
    pub(super) state: &'a AppState,
    pub(super) client: &'a Client,
    pub(super) request: &'a HttpRequest,
    pub(super) address: &'a EmailAddress,
    /// The credentials of the address, if it has an account.
    pub(super) found: Option<Credentials>,
}

/// The result of an attempt.
pub(super) enum Outcome {
    /// The password is right. The response leads to the page that follows, or to the one that asks for a second factor.
    Right(HttpResponse),
    /// An operator disabled the account.
    Disabled,
    /// The password is wrong, or there is no account.
    Wrong,
}

impl SignInAttempt<'_> {
    fn device(&self) -> Option<KnownDevice> {
        let account = self.found.as_ref()?;
        let (devices, now) = (&self.state.devices, self.state.clock.now());
        devices.known(self.request, account.id, account.devices_forgotten_at, now)
    }

    /// Counts the attempt before anything is done for it. A device that the account knows has attempts of its own,
    /// which strangers cannot spend.
    pub(super) async fn admit(&self) -> Result<Admission, AppError> {
        let (throttle, pool, network) = (&self.state.throttle, &self.state.pool, self.client.address);
        if let Some(device) = self.device() {
            let (attempt, target) = (Attempt::KnownDeviceSignIn, Target::Device(device));
            if let Some(charged) = throttle.admit_first(pool, attempt, network, target).await? {
                return Ok(Admission::Admitted(charged));
            }
        }
        let target = Target::Member(self.address, self.found.as_ref().map(|found| found.id));
        Ok(throttle.admit(pool, Attempt::SignIn, network, target).await?)
    }

    /// Compares the password, and starts a session or asks for a second factor, unless the password is wrong, there is no
    /// account, or either changed meanwhile.
    pub(super) async fn run(&self, typed: &str, remember: bool, path: &str) -> Result<Outcome, AppError> {
        let (state, client, request, address) = (self.state, self.client, self.request, self.address);
        let stored = self.found.as_ref().and_then(|found| found.password_hash.clone());
        let work = if self.device().is_some() { Work::KnownDeviceSignIn } else { Work::SignIn };
        let compared = state.hashing.compare(work, client.address, typed, stored.clone()).await?;
        let (Comparison::Right { renewed }, Some(hash), Some(account)) = (compared, stored, &self.found)
        else {
            return Ok(Outcome::Wrong);
        };
        if account.disabled_at.is_some() {
            log::info!("sign-in: user {} is disabled", account.id);
            return Ok(Outcome::Disabled);
        }
        let (hash, renewed) = (hash.as_str(), renewed.as_deref());
        let response = if account.second_factor_since.is_some() {
            self.ask_for_second_factor(account, hash, renewed, remember, path).await?
        } else {
            let start = SessionStart { state, client, request, account, address, remember, path };
            start.run(SignInProof::Password { hash, renewed }).await?
        };
        Ok(response.map_or(Outcome::Wrong, Outcome::Right))
    }

    /// Stores that the password was right, and leads to the page that asks for a second factor; `None` if the account or
    /// its password changed meanwhile.
    async fn ask_for_second_factor(
        &self,
        account: &Credentials,
        hash: &str,
        renewed: Option<&str>,
        remembered: bool,
        next_path: &str,
    ) -> Result<Option<HttpResponse>, AppError> {
        let (state, address, id) = (self.state, self.address, account.id);
        let (token, now, stored) = (SecretToken::generate()?, state.clock.now(), renewed.unwrap_or(hash));
        let digest = token.digest();
        let new = NewPendingSignIn {
            digest,
            user_id: id,
            password_hash: stored,
            remembered,
            next_path,
            created_at: now,
        };
        let waits = db::transaction(&state.pool, "pending_sign_in_create", async |conn| {
            let kept = user::set_password_hash(conn, id, address, hash, stored, now).await?;
            if kept == UserUpdate::Stored {
                pending_sign_in::create(conn, &new).await?;
            }
            Ok(kept == UserUpdate::Stored)
        });
        if !waits.await? {
            return Ok(None);
        }
        let mut response = see_other("/sign-in/second-factor");
        let cookie = state.sign_in_cookie.carry_until_closed(&token);
        response.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
        Ok(Some(response))
    }

    /// Lists a wrong password in the activity of the account. Without an account it does the same work.
    pub(super) async fn note_failure(&self) {
        let (state, id, now) =
            (self.state, self.found.as_ref().map(|found| found.id), self.state.clock.now());
        let event = self.client.event(id.unwrap_or_else(Uuid::new_v4), EventKind::SignInFailed, now);
        let event = if id.is_some() { event } else { event.of_nobody() };
        let charges = state.throttle.charges_for(Attempt::FailureEvent, Target::Member(self.address, id));
        // A flood finds the bucket spent, and begins no transaction.
        let spent = db::statement(&state.pool, "throttle_find_failure_wait", async |conn| {
            Ok(throttle::find_wait(conn, &charges, now).await?.is_some())
        });
        if spent.await.unwrap_or(true) {
            return;
        }
        let noted = db::transaction(&state.pool, "security_event_sign_in_failed", async |conn| {
            if throttle::admit_in_txn(conn, &charges, now).await? {
                security_event::create(conn, &event).await?;
            }
            Ok(())
        });
        // The transaction has logged its error, and the answer to a wrong password is the same.
        let _ = noted.await;
    }
}
