//! The passkey as the database stores it: JSON with the version of the format.

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Credential;

use super::PasskeyProblem;

/// The version of the format below: the credential of webauthn-rs 0.6. It holds the public key, no secret.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    version: u32,
    passkey: T,
}

pub(super) fn write(passkey: Credential) -> Result<String, PasskeyProblem> {
    let stored = Stored { version: VERSION, passkey };
    serde_json::to_string(&stored).map_err(|error| PasskeyProblem::Unreadable(error.to_string()))
}

pub(super) fn read(text: &str) -> Result<Credential, PasskeyProblem> {
    let unreadable = |error: serde_json::Error| PasskeyProblem::Unreadable(error.to_string());
    // A format of another version may be written differently.
    let Stored { version, passkey } =
        serde_json::from_str::<Stored<serde_json::Value>>(text).map_err(unreadable)?;
    if version != VERSION {
        return Err(PasskeyProblem::Unreadable(format!("version {version}")));
    }
    serde_json::from_value(passkey).map_err(unreadable)
}

/// Reads the passkeys of an account. One that cannot be read does not lock out the others.
pub(super) fn read_all(texts: &[&str]) -> Vec<Credential> {
    let read = texts.iter().map(|text| read(text).inspect_err(|problem| log::error!("{problem}")));
    read.filter_map(Result::ok).collect()
}
