//! Passkeys (W3C Web Authentication Level 3): the two ceremonies, creating a passkey (§7.1) and signing in with one
//! (§7.2). `webauthn-rs` reads what the browser sends and verifies it; this file decides what is asked for and adds the
//! rules that the library leaves out. Each method says which.
//!
//! Between the two steps of a ceremony the server stores nothing: the state travels sealed in a field of the form. So
//! that a state serves once, each stored passkey has the moment at which the challenge of its last use was served, and
//! [`Authenticated::served_at`] must be later: the caller writes it by a conditional update. A registration cannot be
//! repeated because the id of a passkey is unique.

mod answer;
mod ceremony;
mod stored;

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use uuid::Uuid;
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    COSEAlgorithm, Credential, DiscoverableAuthentication, ParsedAttestation, PasskeyRegistration,
    WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::{AllowCredentials, PublicKeyCredentialDescriptor, ResidentKeyRequirement};

pub use self::answer::Assertion;
use self::answer::Attestation;
pub use self::ceremony::Ceremony;
use self::ceremony::{Step, Waiting};
use crate::clock::Clock;
use crate::config::SecretKeys;
use crate::domain::Origin;
use crate::security::seal::{Seal, SealProblem};

/// The time in which a form with a ceremony can be sent.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// The longest id of a passkey (§6.5.1). The library takes longer ones.
pub const LONGEST_ID: usize = 1023;

/// The algorithms that a passkey may sign with (§5.8.5): ES256, which nearly all authenticators have, and RS256 for
/// older ones of Windows. The library does not offer EdDSA, which no authenticator has alone.
const ALGORITHMS: [COSEAlgorithm; 2] = [COSEAlgorithm::ES256, COSEAlgorithm::RS256];

/// Starts and finishes ceremonies.
pub struct Passkeys {
    webauthn: Webauthn,
    origin: String,
    seal: Seal,
    clock: Clock,
}

/// The account that a passkey is made for, as the authenticator shows it (§5.4.3).
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The account's id: the user handle. It says nothing about the user (§14.6.1).
    pub id: Uuid,
    /// The email address.
    pub email: &'a str,
    /// The account's name.
    pub display_name: &'a str,
}

/// A new passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The id that the authenticator gave it.
    pub credential_id: Vec<u8>,
    /// The passkey as JSON, to be stored.
    pub credential: String,
    /// Whether it may be copied to other devices (§6.1.3). It never changes.
    pub backup_eligible: bool,
    /// Whether it is copied now.
    pub backed_up: bool,
}

/// The proof that the user has a passkey, and was verified by its authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// The passkey as JSON with its new counter and backup state, to be stored.
    pub credential: String,
    /// The moment at which the challenge was served. The proof counts only if it is later than the one of the last use.
    pub served_at: DateTime<Utc>,
    /// Whether the passkey is copied now (§6.1.3).
    pub backed_up: bool,
}

/// Why a ceremony fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyProblem {
    /// The answer is not one of a browser.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// The form was served too long ago, or for something else, or not by us.
    #[error("the ceremony has expired, or it belongs to another form")]
    Expired,
    /// The answer breaks a rule of the standard. The reason is for the log.
    #[error("the answer is refused: {0}")]
    Refused(String),
    /// The signature counter did not grow: there may be a copy of the authenticator (§6.1.1).
    #[error("the signature counter did not grow: the authenticator may have been copied")]
    Cloned,
    /// The account has no passkey to ask for.
    #[error("the account has no passkey")]
    NoPasskey,
    /// A stored passkey has a format that this version does not know.
    #[error("a stored passkey cannot be read: {0}")]
    Unreadable(String),
    /// The state cannot be sealed.
    #[error("a ceremony cannot be sealed: {0}")]
    Seal(#[from] SealProblem),
}

impl PasskeyProblem {
    /// Each rule that an answer breaks has one fixed text, without data of the user.
    fn of(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Cloned,
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Passkeys {
    /// The ceremonies of the site at `PUBLIC_URL`. The host is the RP ID (§5.1.2), so that a passkey of this site is
    /// good for no other host, and only answers from exactly this origin count (§13.4.9).
    ///
    /// `None` if browsers offer no passkeys there: to an IP address, which is no RP ID, and over http outside this
    /// machine (Secure Contexts §3.1).
    #[must_use]
    pub fn new(public_url: &Origin, site_name: &str, secrets: &SecretKeys, clock: Clock) -> Option<Self> {
        let host = public_url.host();
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        if is_address || !(public_url.is_https() || public_url.is_loopback()) {
            return None;
        }
        let url = Url::parse(public_url.as_str()).ok()?;
        let webauthn = WebauthnBuilder::new(host, &url).ok()?.rp_name(site_name).build().ok()?;
        Some(Self {
            webauthn,
            origin: public_url.as_str().to_owned(),
            seal: Seal::new(secrets, "passkey ceremony"),
            clock,
        })
    }

    /// Whether a stored passkey has a format that this version knows.
    #[must_use]
    pub fn can_read(stored: &str) -> bool {
        stored::read(stored).is_ok()
    }

    /// Starts the creation of a passkey. `existing` are the stored passkeys of the account, so that one authenticator
    /// does not get two. The form is bound to `bound_to`: the session, for example.
    ///
    /// The library asks for user verification, no attestation, and protection by user verification (credProtect). We
    /// ask for a passkey that needs no user name (`residentKey: required`, §5.4.4), which the library leaves open.
    ///
    /// # Errors
    /// [`PasskeyProblem::Seal`], or [`PasskeyProblem::Refused`] if the owner has no name.
    pub fn start_registration(
        &self,
        owner: Owner<'_>,
        existing: &[&str],
        bound_to: &[u8],
    ) -> Result<Ceremony, PasskeyProblem> {
        let Owner { id, email, display_name } = owner;
        // The library would put the excluded ids into the state, which must stay small.
        let (options, state) = self
            .webauthn
            .start_passkey_registration(id, email, display_name, None)
            .map_err(PasskeyProblem::of)?;
        let mut options = options.public_key;
        options.pub_key_cred_params.retain(|offered| ALGORITHMS.iter().any(|own| *own as i64 == offered.alg));
        let described = stored::read_all(existing).into_iter().map(|passkey| PublicKeyCredentialDescriptor {
            type_: PUBLIC_KEY.to_owned(),
            id: passkey.cred_id,
            transports: passkey.transports,
        });
        options.exclude_credentials = Some(described.collect());
        if let Some(selection) = &mut options.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        if let Some(extensions) = &mut options.extensions {
            // Level 3 has it no more.
            extensions.uvm = None;
        }
        self.serve(&options, Step::Registration(id), state, bound_to)
    }

    /// Finishes the creation of a passkey.
    ///
    /// The library verifies (§7.1) the type, challenge and origin of the client data, the RP ID, user presence and
    /// verification, the algorithm, the attestation and that only a passkey that may be copied is copied. We add that
    /// the origin is exactly ours and not framed (`crossOrigin`, `topOrigin`), and the length of the id. An attestation
    /// that came unasked is not stored.
    ///
    /// # Errors
    /// A [`PasskeyProblem`]: nothing may be stored.
    pub fn finish_registration(
        &self,
        owner: Uuid,
        sealed: &str,
        answer: &str,
        bound_to: &[u8],
    ) -> Result<Registered, PasskeyProblem> {
        let Waiting { state, .. } =
            self.open::<PasskeyRegistration>(Step::Registration(owner), sealed, bound_to)?;
        let answer = Attestation::parse(answer)?;
        answer.check_origin(&self.origin)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(answer.credential(), &state)
            .map_err(PasskeyProblem::of)?;
        if !ALGORITHMS.contains(passkey.cred_algorithm()) {
            return Err(PasskeyProblem::Refused("the algorithm was not offered".to_owned()));
        }
        let mut credential = Credential::from(passkey);
        if credential.cred_id.is_empty() || credential.cred_id.len() > LONGEST_ID {
            return Err(PasskeyProblem::Refused("the id of the passkey is too long".to_owned()));
        }
        credential.attestation = ParsedAttestation::default();
        // Hints for the browser, which the library drops because nothing attests them (§6.5.4: they are never proof).
        credential.transports = answer.transports();
        Ok(Registered {
            credential_id: credential.cred_id.clone(),
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
            credential: stored::write(credential)?,
        })
    }

    /// Asks for one of an account's passkeys.
    ///
    /// # Errors
    /// [`PasskeyProblem::NoPasskey`]: an empty list would ask for any passkey of the site. [`PasskeyProblem::Seal`].
    pub fn start_authentication(
        &self,
        owner: Uuid,
        passkeys: &[&str],
        bound_to: &[u8],
    ) -> Result<Ceremony, PasskeyProblem> {
        let described = stored::read_all(passkeys).into_iter().map(|passkey| AllowCredentials {
            type_: PUBLIC_KEY.to_owned(),
            id: passkey.cred_id,
            transports: passkey.transports,
        });
        let described: Vec<_> = described.collect();
        if described.is_empty() {
            return Err(PasskeyProblem::NoPasskey);
        }
        self.ask(Step::Authentication(owner), described, bound_to)
    }

    /// Asks for any passkey of the site, before the user says who they are.
    ///
    /// # Errors
    /// [`PasskeyProblem::Seal`].
    pub fn start_discoverable_authentication(&self, bound_to: &[u8]) -> Result<Ceremony, PasskeyProblem> {
        self.ask(Step::Discovery, Vec::new(), bound_to)
    }

    /// Verifies the proof for one of an account's passkeys, which the caller has found by
    /// [`Assertion::credential_id`] among those of `owner`.
    ///
    /// The library verifies (§7.2) the type, challenge and origin of the client data, the RP ID, user presence and
    /// verification, that the passkey may be copied exactly if it could be at first, the signature, and that the
    /// counter grows. We add that the origin is exactly ours and not framed (`crossOrigin`, `topOrigin`), and that a
    /// user handle is the account's.
    ///
    /// # Errors
    /// A [`PasskeyProblem`]: nothing is proven.
    pub fn finish_authentication(
        &self,
        owner: Uuid,
        passkey: &str,
        sealed: &str,
        assertion: &Assertion,
        bound_to: &[u8],
    ) -> Result<Authenticated, PasskeyProblem> {
        if assertion.has_user_handle() && assertion.user_id() != Some(owner) {
            return Err(PasskeyProblem::Refused("the passkey names another account".to_owned()));
        }
        self.verify(Step::Authentication(owner), passkey, sealed, assertion, bound_to)
    }

    /// Verifies the proof for a passkey of an account that only the passkey itself named, by
    /// [`Assertion::user_id`]. `owner` is the account that the stored passkey belongs to. The rules are those of
    /// [`Passkeys::finish_authentication`], and the user handle must be there (§7.2).
    ///
    /// # Errors
    /// A [`PasskeyProblem`]: nothing is proven.
    pub fn finish_discoverable_authentication(
        &self,
        owner: Uuid,
        passkey: &str,
        sealed: &str,
        assertion: &Assertion,
        bound_to: &[u8],
    ) -> Result<Authenticated, PasskeyProblem> {
        if assertion.user_id() != Some(owner) {
            return Err(PasskeyProblem::Refused("the passkey names another account".to_owned()));
        }
        self.verify(Step::Discovery, passkey, sealed, assertion, bound_to)
    }

    /// Both kinds of authentication have the library's state of a discoverable one, which holds no passkeys: it stays
    /// small, and the passkey that counts is the stored one, with its present counter. That state also keeps a passkey
    /// from becoming one that may be copied, which the library's other one allows.
    fn ask(
        &self,
        step: Step,
        allowed: Vec<AllowCredentials>,
        bound_to: &[u8],
    ) -> Result<Ceremony, PasskeyProblem> {
        let (options, state) =
            self.webauthn.start_discoverable_authentication().map_err(PasskeyProblem::of)?;
        let mut options = options.public_key;
        options.allow_credentials = allowed;
        options.extensions = None;
        self.serve(&options, step, state, bound_to)
    }

    fn verify(
        &self,
        step: Step,
        passkey: &str,
        sealed: &str,
        assertion: &Assertion,
        bound_to: &[u8],
    ) -> Result<Authenticated, PasskeyProblem> {
        let Waiting { state, served_at } = self.open::<DiscoverableAuthentication>(step, sealed, bound_to)?;
        assertion.check_origin(&self.origin)?;
        let mut credential = stored::read(passkey)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(assertion.credential(), state, &credential)
            .map_err(PasskeyProblem::of)?;
        credential.counter = result.counter();
        credential.backup_state = result.backup_state();
        let backed_up = credential.backup_state;
        Ok(Authenticated { credential: stored::write(credential)?, served_at, backed_up })
    }
}

/// The type of each credential (§5.8.2).
const PUBLIC_KEY: &str = "public-key";

impl std::fmt::Debug for Passkeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passkeys").field("origin", &self.origin).finish_non_exhaustive()
    }
}
