//! The start of a session, after a proof: what every sign-in writes, mails and sets.

use actix_web::{HttpRequest, HttpResponse};

use crate::actions::notices::{self, Notices};
use crate::actions::sign_in_proof::SignInProof;
use crate::db;
use crate::domain::{EmailAddress, EventKind, SecretToken};
use crate::error::AppError;
use crate::extract::Client;
use crate::models::session::{self, NewSession};
use crate::models::user::Credentials;
use crate::models::{security_event, throttle};
use crate::security::device_cookie::KnownDevice;
use crate::security::limits::Attempt;
use crate::security::throttle::Target;
use crate::state::AppState;
use crate::view::see_other;

/// A sign-in whose proof was right.
pub(super) struct SessionStart<'a> {
    pub(super) state: &'a AppState,
    pub(super) client: &'a Client,
    pub(super) request: &'a HttpRequest,
    pub(super) account: &'a Credentials,
    /// The account's email address.
    pub(super) address: &'a EmailAddress,
    /// Whether the user chose to stay signed in.
    pub(super) remember: bool,
    /// The page that follows.
    pub(super) path: &'a str,
}

impl SessionStart<'_> {
    /// The browser, if the account knows it.
    pub(super) fn device(&self) -> Option<KnownDevice> {
        let (devices, now) = (&self.state.devices, self.state.clock.now());
        devices.known(self.request, self.account.id, self.account.devices_forgotten_at, now)
    }

    /// Starts the session. The response leads to the page that follows and carries the cookies; `None` if the account or the
    /// proof changed meanwhile.
    pub(super) async fn run(&self, proof: SignInProof<'_>) -> Result<Option<HttpResponse>, AppError> {
        let token = SecretToken::generate()?;
        if !self.write(&token, proof).await? {
            return Ok(None);
        }
        let (state, id) = (self.state, self.account.id);
        log::info!("sign-in: user {id} from {}", self.client.address);
        let mut response = see_other(self.path);
        let lifetime = state.config.session_lifetime(self.remember);
        let device = state.devices.carry(self.request, id, state.clock.now())?;
        let mut cookies = vec![state.cookie.carry(&token, lifetime), device];
        if state.sign_in_cookie.read(self.request).is_some() {
            cookies.push(state.sign_in_cookie.clear());
        }
        for cookie in cookies {
            response.add_cookie(&cookie).map_err(|error| AppError::Internal(error.to_string()))?;
        }
        Ok(Some(response))
    }

    async fn write(&self, token: &SecretToken, proof: SignInProof<'_>) -> Result<bool, AppError> {
        let (state, client, id, address) = (self.state, self.client, self.account.id, self.address);
        let (now, digest, client_address) = (state.clock.now(), token.digest(), client.address.to_string());
        let lifetime = state.config.session_lifetime(self.remember);
        let new = NewSession::starting(id, &digest, &client.user_agent, &client_address, now, lifetime);
        let former = state.cookie.read(self.request).map(|token| token.digest());
        let account = self.account;
        let locale = client.locale.chosen(account.language.as_deref(), account.time_zone.as_deref());
        let letters = state.letters.about(client.occasion(now, locale));
        let former_addresses = notices::former_addresses(state, id).await?;
        let event = client.event(id, EventKind::SignedInNewDevice, now);
        let spending = proof.prepare(&letters, self.address, &former_addresses, event.clone(), now)?;
        let new_device = EventKind::SignedInNewDevice;
        let notices = match self.device() {
            Some(_) => None,
            None => Some(Notices::with_link(&letters, self.address, &former_addresses, new_device, now)?),
        };
        let mails = state.throttle.charges_for(Attempt::NewDeviceMail, Target::Account(id));
        let started = db::transaction(&state.pool, "session_sign_in", async |conn| {
            if !spending.spend_in_txn(conn, id, address, now).await? {
                return Ok(false);
            }
            let again = session::start_in_txn(conn, &new, former).await?;
            let event = match &notices {
                Some(notices) => {
                    if throttle::admit_in_txn(conn, &mails, now).await? {
                        notices.queue_in_txn(conn, id, now).await?;
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
}
