//! Chromium's authenticator in software, plugged in through the DevTools protocol (domain `WebAuthn`). It answers at
//! once, as if the user had touched it and was verified.

use serde_json::{Value, json};

use super::driver::Session;

/// An authenticator that is a part of the device and keeps passkeys.
pub struct VirtualAuthenticator {
    id: String,
}

impl VirtualAuthenticator {
    /// Plugs one in, in the window.
    pub async fn plug_in(session: &Session) -> Self {
        session.devtools("WebAuthn.enable", json!({})).await;
        let options = json!({
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let added = session.devtools("WebAuthn.addVirtualAuthenticator", json!({"options": options})).await;
        Self { id: added["authenticatorId"].as_str().expect("an id").to_owned() }
    }

    /// The passkeys that it keeps.
    pub async fn passkeys(&self, session: &Session) -> Vec<Value> {
        let kept = session.devtools("WebAuthn.getCredentials", json!({"authenticatorId": self.id})).await;
        kept["credentials"].as_array().expect("a list").clone()
    }
}
