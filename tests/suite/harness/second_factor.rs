//! The second factors of a test's user: an authenticator app that shows codes, and recovery codes on paper.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use regex::Regex;
use reqwest::StatusCode;
use unframed::actions::{
    AddAuthenticator, AddPasskey, MakeRecoveryCodes, RemoveFactor, SensitiveAction as _,
};
use unframed::domain::AuthenticatorSecret;

use super::authenticator::SoftAuthenticator;
use super::{Answer, Browser};

/// The second factors that a user holds.
#[derive(Clone, Default)]
pub struct HeldFactors {
    secret: Option<AuthenticatorSecret>,
    /// Whether the account has a second factor.
    factors: bool,
    /// The secret of an app that is being added.
    offered: Option<AuthenticatorSecret>,
    /// The device that keeps passkeys.
    device: Option<Arc<Mutex<SoftAuthenticator>>>,
    recovery_codes: Vec<String>,
}

/// The secret that a page offers to an authenticator app.
pub fn offered_secret(page: &Answer) -> AuthenticatorSecret {
    let key = page.find("<code>([A-Z2-7 ]+)</code>").unwrap_or_else(|| panic!("no key: {}", page.body));
    let alphabet = base32::Alphabet::Rfc4648 { padding: false };
    let bytes = base32::decode(alphabet, &key.replace(' ', "")).expect("base32");
    AuthenticatorSecret::from_bytes(&bytes).expect("a secret")
}

impl Browser {
    /// Adds an authenticator app through the pages, and writes the recovery codes down.
    pub async fn add_authenticator(&self) {
        Box::pin(self.carry_out(AddAuthenticator::START, &[])).await;
    }

    /// Keeps the app that a confirmed action added, and writes down the recovery codes that the next page shows.
    pub(super) async fn keep_factors(&self, confirmed: &Answer) {
        if confirmed.status != StatusCode::SEE_OTHER {
            return;
        }
        let offered = self.held.lock().unwrap().offered.take();
        if let Some(added) = offered {
            self.held.lock().unwrap().secret = Some(added);
        }
        let path = confirmed.header("location").unwrap_or_default();
        if path.ends_with("?done=factor-removed") {
            let left = self.get("/settings/two-factor").await;
            let mut held = self.held.lock().unwrap();
            if left.body.contains("You have no second factor yet.") {
                (held.secret, held.device, held.factors) = (None, None, false);
            }
        }
        if !path.starts_with(&format!("{}/", MakeRecoveryCodes::START)) {
            return;
        }
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let code = Regex::new("<code>([0-9a-z-]{29})</code>").expect("a pattern");
        let codes: Vec<String> = code.captures_iter(&page.body).map(|found| found[1].to_owned()).collect();
        assert_eq!(codes.len(), 10, "{}", page.body);
        let mut held = self.held.lock().unwrap();
        (held.recovery_codes, held.factors) = (codes, true);
    }

    /// Makes sure that the user can begin an action that needs a second factor.
    pub async fn prepare_for(&self, start: &str) {
        let needs = [RemoveFactor::START, MakeRecoveryCodes::START].contains(&start);
        if needs && !self.held.lock().unwrap().factors {
            self.add_authenticator().await;
        }
    }

    /// Adds a passkey through the pages, and writes the recovery codes down.
    pub async fn add_passkey(&self) {
        Box::pin(self.carry_out(AddPasskey::START, &[])).await;
    }

    /// The device that keeps the user's passkeys.
    pub fn device(&self) -> Arc<Mutex<SoftAuthenticator>> {
        let mut held = self.held.lock().unwrap();
        held.device.get_or_insert_with(|| Arc::new(Mutex::new(SoftAuthenticator::new()))).clone()
    }

    /// Takes another device in hand, and returns the former one.
    pub fn take_device(&self, device: Arc<Mutex<SoftAuthenticator>>) -> Arc<Mutex<SoftAuthenticator>> {
        let former = self.device();
        self.held.lock().unwrap().device = Some(device);
        former
    }

    /// Takes a new device in hand, and returns the former one.
    pub fn take_new_device(&self) -> Arc<Mutex<SoftAuthenticator>> {
        self.take_device(Arc::new(Mutex::new(SoftAuthenticator::new())))
    }

    /// The answer of the device to a page that asks for a passkey.
    pub fn passkey(&self, page: &Answer) -> String {
        let options = page.find(r#"data-options="([^"]+)""#).unwrap_or_else(|| panic!("{}", page.body));
        let options = options.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#x2F;", "/");
        let options =
            options.replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let device = self.device();
        let mut device = device.lock().unwrap();
        if page.body.contains(r#"data-passkey="create""#) {
            device.create(&options, self.origin())
        } else {
            device.get(&options, self.origin())
        }
    }

    /// Takes over the secret that a page offers, and returns the code that the app shows.
    pub fn scan(&self, page: &Answer) -> String {
        let secret = offered_secret(page);
        let code = secret.code(self.state.clock.now());
        self.held.lock().unwrap().offered = Some(secret);
        code
    }

    /// The next code of the authenticator app, after the time in which the last one was shown.
    pub fn code(&self) -> String {
        self.state.clock.advance(TimeDelta::seconds(30));
        let held = self.held.lock().unwrap();
        held.secret.as_ref().expect("an authenticator app").code(self.state.clock.now())
    }

    /// The secret of the authenticator app.
    pub fn held_secret(&self) -> AuthenticatorSecret {
        self.held.lock().unwrap().secret.clone().expect("an authenticator app")
    }

    /// A recovery code that was not used yet.
    pub fn recovery_code(&self) -> String {
        self.held.lock().unwrap().recovery_codes.pop().expect("a recovery code")
    }

    /// Gives the user of another browser the same second factors.
    pub fn share_factors_with(&self, other: &Self) {
        let held = self.held.lock().unwrap().clone();
        *other.held.lock().unwrap() = held;
    }
}
