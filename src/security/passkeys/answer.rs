//! What a browser sends: the JSON of `PublicKeyCredential.toJSON()` (§5.1). Until it is verified, it is a claim.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};
use webauthn_rs_proto::AuthenticatorTransport;

use super::{LONGEST_ID, PasskeyProblem};

/// The longest answer, which leaves room for the rest of a form. With a key of RSA it has about 2,000 bytes; an
/// attestation that came unasked may add a few certificates.
const LONGEST: usize = 12 * 1024;

/// The claim of a new passkey.
pub(super) struct Attestation(RegisterPublicKeyCredential);

/// The claim to have a passkey.
pub struct Assertion(PublicKeyCredential);

/// The part of the client data (§5.8.1) that the library does not check.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<String>,
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyProblem> {
    if text.len() > LONGEST {
        return Err(PasskeyProblem::Malformed("it is too long".to_owned()));
    }
    serde_json::from_str(text).map_err(malformed)
}

/// The message may quote the answer, so only its place is told.
fn malformed(error: serde_json::Error) -> PasskeyProblem {
    let (kind, column) = (error.classify(), error.column());
    PasskeyProblem::Malformed(format!("JSON, {kind:?} at column {column}"))
}

/// The origin must be exactly ours, and the page must not be in a frame of another site (§7.1, §7.2, §13.4.9). The
/// library compares parsed URLs, and looks at `crossOrigin` for new passkeys only.
fn check_origin(client_data: &[u8], own: &str) -> Result<(), PasskeyProblem> {
    let refused = |reason: &str| Err(PasskeyProblem::Refused(reason.to_owned()));
    let data: ClientData = serde_json::from_slice(client_data).map_err(malformed)?;
    if data.origin != own {
        return refused("the page is of another origin");
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return refused("the page is in a frame of another site");
    }
    Ok(())
}

impl Attestation {
    pub(super) fn parse(text: &str) -> Result<Self, PasskeyProblem> {
        parse(text).map(Self)
    }

    pub(super) fn credential(&self) -> &RegisterPublicKeyCredential {
        &self.0
    }

    pub(super) fn check_origin(&self, own: &str) -> Result<(), PasskeyProblem> {
        check_origin(&self.0.response.client_data_json, own)
    }

    /// How browsers may reach the authenticator (§5.8.4), as far as we know the words, each once.
    pub(super) fn transports(&self) -> Option<Vec<AuthenticatorTransport>> {
        let mut known: Vec<AuthenticatorTransport> = Vec::new();
        for transport in self.0.response.transports.iter().flatten() {
            let odd = matches!(transport, AuthenticatorTransport::Unknown | AuthenticatorTransport::Test);
            if !odd && !known.contains(transport) {
                known.push(transport.clone());
            }
        }
        Some(known).filter(|known| !known.is_empty())
    }
}

impl Assertion {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`PasskeyProblem::Malformed`].
    pub fn parse(text: &str) -> Result<Self, PasskeyProblem> {
        let answer: PublicKeyCredential = parse(text)?;
        if answer.raw_id.len() > LONGEST_ID {
            return Err(PasskeyProblem::Malformed("the id of the passkey is too long".to_owned()));
        }
        Ok(Self(answer))
    }

    /// The id of the passkey, by which the stored one is found.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        &self.0.raw_id
    }

    /// The account that the passkey names (§5.1.4). Authenticators may leave it out if the options name passkeys.
    #[must_use]
    pub fn user_id(&self) -> Option<Uuid> {
        Uuid::from_slice(self.0.response.user_handle.as_deref()?).ok()
    }

    pub(super) fn has_user_handle(&self) -> bool {
        self.0.response.user_handle.is_some()
    }

    pub(super) fn credential(&self) -> &PublicKeyCredential {
        &self.0
    }

    pub(super) fn check_origin(&self, own: &str) -> Result<(), PasskeyProblem> {
        check_origin(&self.0.response.client_data_json, own)
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion(..)")
    }
}
