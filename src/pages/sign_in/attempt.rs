//! An attempt to sign in, from the admission to the session.

use actix_web::{HttpRequest, HttpResponse};
use uuid::Uuid;

use crate::actions::notices::{self, Notices};
use crate::db;
use crate::domain::{EmailAddress, EventKind, SecretToken};
use crate::error::AppError;
use crate::extract::Client;
use crate::models::session::{self, NewSession, SignInResult};
use crate::models::user::Credentials;
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
    /// The user is signed in; the response leads to `path` and carries the cookies.
    Started(HttpResponse),
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

    /// Compares the password and starts a session, unless the password is wrong, there is no account, or either
    /// changed meanwhile.
    pub(super) async fn run(&self, typed: &str, remember: bool, path: &str) -> Result<Outcome, AppError> {
        let state = self.state;
        let stored = self.found.as_ref().and_then(|found| found.password_hash.clone());
        let compared =
            state.hashing.compare(Work::SignIn, self.client.address, typed, stored.clone()).await?;
        let (Comparison::Right { renewed }, Some(stored), Some(found)) = (compared, stored, &self.found)
        else {
            return Ok(Outcome::Wrong);
        };
        if found.disabled_at.is_some() {
            log::info!("sign-in: user {} is disabled", found.id);
            return Ok(Outcome::Disabled);
        }
        let token = SecretToken::generate()?;
        if !self.start(found, &stored, renewed.as_deref(), &token, remember).await? {
            return Ok(Outcome::Wrong);
        }
        log::info!("sign-in: user {} from {}", found.id, self.client.address);
        let mut response = see_other(path);
        let lifetime = state.config.session_lifetime(remember);
        let device = state.devices.carry(self.request, found.id, state.clock.now())?;
        for cookie in [state.cookie.carry(&token, lifetime), device] {
            response.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
        }
        Ok(Outcome::Started(response))
    }

    async fn start(
        &self,
        found: &Credentials,
        compared: &str,
        renewed: Option<&str>,
        token: &SecretToken,
        remember: bool,
    ) -> Result<bool, AppError> {
        let (state, client) = (self.state, self.client);
        let (now, digest, client_address) = (state.clock.now(), token.digest(), client.address.to_string());
        let new = NewSession::starting(
            found.id,
            &digest,
            &client.user_agent,
            &client_address,
            now,
            state.config.session_lifetime(remember),
        );
        let former = state.cookie.read(self.request).map(|token| token.digest());
        let notices = if self.device().is_none() { Some(self.notices(found).await?) } else { None };
        let mails = state.throttle.charges_for(Attempt::NewDeviceMail, Target::Account(found.id));
        let event = client.event(found.id, EventKind::SignedInNewDevice, now);
        let started = db::transaction(&state.pool, "session_sign_in", async |conn| {
            let started =
                session::sign_in_in_txn(conn, &new, found.id, self.address, compared, renewed, former)
                    .await?;
            let SignInResult::Started { again } = started else { return Ok(false) };
            let event = match &notices {
                Some(notices) => {
                    if throttle::admit_in_txn(conn, &mails, now).await? {
                        notices.queue_in_txn(conn, found.id, now).await?;
                    }
                    event.clone()
                }
                None if again => event.clone().of_kind(EventKind::SignedInAgain),
                None => event.clone().of_kind(EventKind::SignedIn),
            };
            security_event::create(conn, &event).await?;
            Ok(true)
        });
        Ok(started.await?)
    }

    /// The mails about a sign-in from a new device.
    async fn notices(&self, found: &Credentials) -> Result<Notices, AppError> {
        let (state, now) = (self.state, self.state.clock.now());
        let locale = self.client.locale.chosen(found.language.as_deref(), found.time_zone.as_deref());
        let letters = state.letters.about(self.client.occasion(now, locale));
        let former = notices::former_addresses(state, found.id).await?;
        Notices::with_link(&letters, self.address, &former, EventKind::SignedInNewDevice, now)
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
