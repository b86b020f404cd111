//! An authenticator with its browser, in software: it answers the options of a page as `navigator.credentials` does,
//! with `toJSON()` (Web Authentication Level 3, §5.1 and §6). It can misbehave.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// An authenticator that keeps its passkeys.
pub struct SoftAuthenticator {
    passkeys: Vec<SoftPasskey>,
    /// How it behaves from now on.
    pub conduct: Conduct,
}

struct SoftPasskey {
    id: Vec<u8>,
    rp_id: String,
    user_handle: Vec<u8>,
    key: EcdsaKeyPair,
    counter: u32,
}

/// How an authenticator and its browser behave.
#[derive(Clone, Debug)]
pub struct Conduct {
    /// The origin in the client data, in place of the page's.
    pub origin: Option<String>,
    /// The RP ID that is hashed, in place of the one of the options.
    pub rp_id: Option<String>,
    /// The type in the client data, in place of the right one.
    pub client_data_type: Option<&'static str>,
    /// Whether the page is in a frame of another site.
    pub cross_origin: bool,
    /// The origin of the outermost page, if the page is in a frame.
    pub top_origin: Option<String>,
    /// The flag UP: the user touched it.
    pub user_present: bool,
    /// The flag UV: the user proved who they are.
    pub user_verified: bool,
    /// The flag BE: the passkey may be copied to other devices.
    pub backup_eligible: bool,
    /// The flag BS: it is copied.
    pub backed_up: bool,
    /// Whether the counter grows by one with each signature.
    pub counts: bool,
    /// Whether a signature is right.
    pub signs: bool,
    /// The user handle of an assertion, in place of the stored one. `Some(None)` leaves it out.
    pub user_handle: Option<Option<Vec<u8>>>,
    /// The length of the ids of new passkeys.
    pub id_length: usize,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            origin: None,
            rp_id: None,
            client_data_type: None,
            cross_origin: false,
            top_origin: None,
            user_present: true,
            user_verified: true,
            backup_eligible: false,
            backed_up: false,
            counts: true,
            signs: true,
            user_handle: None,
            id_length: 32,
        }
    }
}

fn decoded(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().expect("a text")).expect("base64url")
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A byte string of CBOR (RFC 8949 §3).
fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("a short text").to_be_bytes();
    [&[0x59], length.as_slice(), bytes].concat()
}

impl SoftAuthenticator {
    /// An authenticator without passkeys, whose counter grows.
    pub fn new() -> Self {
        Self { passkeys: Vec::new(), conduct: Conduct::default() }
    }

    /// An authenticator whose passkeys are copied to all devices of the user, without a counter.
    pub fn synced() -> Self {
        let conduct = Conduct { backup_eligible: true, backed_up: true, counts: false, ..Conduct::default() };
        Self { passkeys: Vec::new(), conduct }
    }

    /// Whether it has one of the passkeys that the options exclude: `InvalidStateError` in a browser.
    pub fn is_excluded(&self, options: &str) -> bool {
        let options: Value = serde_json::from_str(options).expect("JSON");
        let excluded = options["excludeCredentials"].as_array().map(Vec::as_slice).unwrap_or_default();
        excluded.iter().any(|one| self.passkeys.iter().any(|own| own.id == decoded(&one["id"])))
    }

    /// `navigator.credentials.create()` on a page of `origin`.
    pub fn create(&mut self, options: &str, origin: &str) -> String {
        assert!(!self.is_excluded(options), "the authenticator has a passkey of this account already");
        let options: Value = serde_json::from_str(options).expect("JSON");
        let offered = options["pubKeyCredParams"].as_array().expect("algorithms");
        assert!(offered.iter().any(|one| one["alg"] == -7), "ES256 is not offered: {options}");
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random)
            .expect("a key");
        let mut id = vec![0; self.conduct.id_length];
        ring::rand::SecureRandom::fill(&random, &mut id).expect("random bytes");
        let rp_id = options["rp"]["id"].as_str().expect("an RP ID").to_owned();

        // The point without its first byte, which says that it is not compressed.
        let point = key.public_key().as_ref()[1..].to_vec();
        let (x, y) = point.split_at(32);
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat();
        let length = u16::try_from(id.len()).expect("a short id").to_be_bytes();
        let attested = [[0; 16].as_slice(), &length, &id, &cose].concat();
        let counter = u32::from(self.conduct.counts);
        let data = [self.authenticator_data(&rp_id, 0x40, counter), attested].concat();
        let attestation =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".as_slice(), &byte_string(&data)].concat();
        let client_data = self.client_data("webauthn.create", &options, origin);
        let answer = json!({
            "id": encoded(&id),
            "rawId": encoded(&id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "attestationObject": encoded(attestation),
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(client_data),
                "publicKeyAlgorithm": -7,
                "transports": ["internal", "hybrid", "telepathy"],
            },
            "clientExtensionResults": {"credProps": {"rk": true}},
        });
        let user_handle = decoded(&options["user"]["id"]);
        self.passkeys.push(SoftPasskey { id, rp_id, user_handle, key, counter });
        answer.to_string()
    }

    /// `navigator.credentials.get()` on a page of `origin`, with the newest passkey that the options allow.
    pub fn get(&mut self, options: &str, origin: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        let allowed = options["allowCredentials"].as_array().cloned().unwrap_or_default();
        let conduct = self.conduct.clone();
        let at = self
            .passkeys
            .iter()
            .rposition(|own| {
                options["rpId"] == *own.rp_id
                    && (allowed.is_empty() || allowed.iter().any(|one| decoded(&one["id"]) == own.id))
            })
            .expect("the authenticator has no passkey for these options");
        self.passkeys[at].counter += u32::from(conduct.counts);
        let passkey = &self.passkeys[at];
        let data = self.authenticator_data(&passkey.rp_id, 0, passkey.counter);
        let client_data = self.client_data("webauthn.get", &options, origin);
        let mut signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        if !conduct.signs {
            signed.push(0);
        }
        let signature = passkey.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        let user_handle = conduct.user_handle.unwrap_or_else(|| Some(passkey.user_handle.clone()));
        let mut answer = json!({
            "id": encoded(&passkey.id),
            "rawId": encoded(&passkey.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": {
                "authenticatorData": encoded(&data),
                "clientDataJSON": encoded(client_data),
                "signature": encoded(signature),
            },
            "clientExtensionResults": {},
        });
        if let Some(handle) = user_handle {
            answer["response"]["userHandle"] = encoded(handle).into();
        }
        answer.to_string()
    }

    /// The authenticator data (§6.1) without the attested part.
    fn authenticator_data(&self, rp_id: &str, more_flags: u8, counter: u32) -> Vec<u8> {
        let Conduct { user_present, user_verified, backup_eligible, backed_up, .. } = self.conduct;
        let flags = u8::from(user_present)
            | u8::from(user_verified) << 2
            | u8::from(backup_eligible) << 3
            | u8::from(backed_up) << 4
            | more_flags;
        let hashed = Sha256::digest(self.conduct.rp_id.as_deref().unwrap_or(rp_id));
        [hashed.as_slice(), &[flags], &counter.to_be_bytes()].concat()
    }

    /// The client data (§5.8.1), which the browser writes.
    fn client_data(&self, kind: &str, options: &Value, origin: &str) -> Vec<u8> {
        let mut data = json!({
            "type": self.conduct.client_data_type.unwrap_or(kind),
            "challenge": options["challenge"],
            "origin": self.conduct.origin.as_deref().unwrap_or(origin),
            "crossOrigin": self.conduct.cross_origin,
        });
        if let Some(top) = &self.conduct.top_origin {
            data["topOrigin"] = top.as_str().into();
        }
        data.to_string().into_bytes()
    }
}
