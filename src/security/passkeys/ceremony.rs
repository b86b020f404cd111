//! The state of a ceremony between its two steps, sealed in a field of the form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{LIFETIME, PasskeyProblem, Passkeys};

/// A ceremony that has started: what the form must hold.
pub struct Ceremony {
    /// The options as JSON, for the attribute `data-options`.
    pub options: String,
    /// The sealed state, for a hidden field.
    pub sealed: String,
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ceremony(..)")
    }
}

/// The step that a state leads to. A state of one step, or of one account, does not serve another.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// Creating a passkey of an account.
    Registration(Uuid),
    /// Proving a passkey of an account.
    Authentication(Uuid),
    /// Proving a passkey of any account.
    Discovery,
}

impl Step {
    /// What the seal is bound to. All parts but the last have one length.
    fn associated_data(self, bound_to: &[u8]) -> Vec<u8> {
        let (kind, owner) = match self {
            Self::Registration(owner) => (1, owner),
            Self::Authentication(owner) => (2, owner),
            Self::Discovery => (3, Uuid::nil()),
        };
        [&[kind], owner.as_bytes().as_slice(), bound_to].concat()
    }
}

/// The longest state that is opened; ours are far shorter.
const LONGEST_STATE: usize = 4096;

/// A state that has been opened.
pub(super) struct Waiting<S> {
    /// The library's state.
    pub(super) state: S,
    /// The moment at which the form was served.
    pub(super) served_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Sealed<S> {
    /// In microseconds, as the databases store moments.
    served_at: i64,
    state: S,
}

impl Passkeys {
    pub(super) fn serve(
        &self,
        options: &impl Serialize,
        step: Step,
        state: impl Serialize,
        bound_to: &[u8],
    ) -> Result<Ceremony, PasskeyProblem> {
        let unwritable = |error: serde_json::Error| PasskeyProblem::Refused(error.to_string());
        let sealed = Sealed { served_at: self.clock.now().timestamp_micros(), state };
        let sealed = serde_json::to_vec(&sealed).map_err(unwritable)?;
        let sealed = self.seal.seal(&sealed, &step.associated_data(bound_to))?;
        Ok(Ceremony {
            options: serde_json::to_string(options).map_err(unwritable)?,
            sealed: URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    pub(super) fn open<S: DeserializeOwned>(
        &self,
        step: Step,
        sealed: &str,
        bound_to: &[u8],
    ) -> Result<Waiting<S>, PasskeyProblem> {
        let opened = Some(sealed)
            .filter(|sealed| sealed.len() <= LONGEST_STATE)
            .and_then(|sealed| URL_SAFE_NO_PAD.decode(sealed).ok())
            .and_then(|sealed| self.seal.open(&sealed, &step.associated_data(bound_to)).ok())
            .and_then(|opened| serde_json::from_slice::<Sealed<S>>(&opened).ok());
        let Sealed { served_at, state } = opened.ok_or(PasskeyProblem::Expired)?;
        let served_at = DateTime::from_timestamp_micros(served_at).ok_or(PasskeyProblem::Expired)?;
        if self.clock.now() - served_at >= LIFETIME {
            return Err(PasskeyProblem::Expired);
        }
        Ok(Waiting { state, served_at })
    }
}
