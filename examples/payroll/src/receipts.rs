//! Verifies receipts: first that unframed signed them for this application (here), then that they belong to what this
//! application asked for (`ledger`).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use tokio::sync::Mutex;
use uuid::Uuid;

/// The media type of a receipt, in its header `typ`: unframed may sign other things with the same keys one day.
const TYPE: &str = "unframed-receipt+jwt";
/// The pause between two requests for keys, however many receipts name unknown ones.
const PAUSE: Duration = Duration::from_secs(10);
/// The length of a public key in base64url: 32 bytes.
const KEY_CHARS: usize = 43;

/// What the user decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The user approved it, with a proof.
    Approved,
    /// The user declined it.
    Declined,
}

/// The claims of a receipt. `docs/CONFIRMATIONS.md` describes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The account that decided.
    pub sub: Uuid,
    /// When, in seconds since 1970.
    pub iat: i64,
    /// Identifies the receipt.
    pub jti: Uuid,
    /// The confirmation.
    pub confirmation: Uuid,
    /// What the user decided.
    pub outcome: Outcome,
    /// The digest of what the user was shown.
    pub displayed: String,
    /// The kind of proof of an approval.
    pub proof: Option<String>,
}

/// Why a receipt is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptProblem {
    /// unframed did not sign it for this application.
    #[error("the receipt is not genuine: {0}")]
    NotGenuine(String),
    /// The keys cannot be read, so nothing can be said about it.
    #[error("unframed's keys cannot be read: {0}")]
    NoKeys(#[from] reqwest::Error),
}

/// Verifies the receipts for one application.
pub struct Verifier {
    client: reqwest::Client,
    keys_url: String,
    rules: Validation,
    keys: Mutex<Keys>,
}

/// The published keys, as far as we have read them.
#[derive(Default)]
struct Keys {
    by_id: HashMap<String, DecodingKey>,
    read_at: Option<Instant>,
}

impl Verifier {
    /// Accepts receipts of this issuer for this application.
    #[must_use]
    pub fn new(client: reqwest::Client, issuer: &str, application: Uuid) -> Self {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[application]);
        rules.set_required_spec_claims(&["iss", "aud", "sub"]);
        // A receipt is a statement about the past: it has no expiry.
        rules.validate_exp = false;
        let keys_url = format!("{issuer}/.well-known/jwks.json");
        Self { client, keys_url, rules, keys: Mutex::default() }
    }

    /// Verifies the signature, the issuer, the audience and the type.
    ///
    /// # Errors
    /// A [`ReceiptProblem`].
    pub async fn verify(&self, receipt: &str) -> Result<Claims, ReceiptProblem> {
        let header = jsonwebtoken::decode_header(receipt).map_err(not_genuine)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(ReceiptProblem::NotGenuine(format!("its typ is not {TYPE}")));
        }
        let key = self.key(&header.kid.unwrap_or_default()).await?;
        let verified = jsonwebtoken::decode::<Claims>(receipt, &key, &self.rules).map_err(not_genuine)?;
        Ok(verified.claims)
    }

    /// The key of an id. An unknown id may be that of a new key, so the keys are read again.
    async fn key(&self, id: &str) -> Result<DecodingKey, ReceiptProblem> {
        // Receipts that come meanwhile wait for the same answer.
        let mut keys = self.keys.lock().await;
        let is_recent = keys.read_at.is_some_and(|at| at.elapsed() < PAUSE);
        if !keys.by_id.contains_key(id) && !is_recent {
            let response = self.client.get(&self.keys_url).send().await?.error_for_status()?;
            let published: JwkSet = response.json().await?;
            keys.by_id = published.keys.iter().filter_map(usable).collect();
            keys.read_at = Some(Instant::now());
        }
        let key = keys.by_id.get(id).cloned();
        key.ok_or_else(|| ReceiptProblem::NotGenuine("no published key has its kid".to_owned()))
    }
}

/// A published key with its id, if it is one of Ed25519.
fn usable(published: &Jwk) -> Option<(String, DecodingKey)> {
    let AlgorithmParameters::OctetKeyPair(key) = &published.algorithm else { return None };
    // The library expects 32 bytes, and panics over fewer.
    if key.curve != EllipticCurve::Ed25519 || key.x.len() != KEY_CHARS {
        return None;
    }
    Some((published.common.key_id.clone()?, DecodingKey::from_jwk(published).ok()?))
}

fn not_genuine(error: jsonwebtoken::errors::Error) -> ReceiptProblem {
    ReceiptProblem::NotGenuine(error.to_string())
}
