//! The answers of authenticators. The first line says which part the rest is; all others are right.
//! Nothing here can sign, so no authentication succeeds.
#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use unframed::clock::Clock;
use unframed::security::passkeys::{Assertion, Ceremony, Owner, Passkeys};
use unframed_fuzz::{keys, own};
use uuid::Uuid;

const ADA: Uuid = Uuid::from_u128(7);
const SESSION: &[u8] = b"a session";
/// What an authenticator signs: the digest of the host, the flags UP and UV, and a counter that has grown.
const AUTHENTICATOR: &[u8] = include_bytes!("../corpus/passkeys/authenticator_data");
/// A passkey without an attestation, whose private key is 1.
const ATTESTATION: &[u8] = include_bytes!("../corpus/passkeys/attestation_object");

static PASSKEYS: LazyLock<Passkeys> =
    LazyLock::new(|| Passkeys::new(&own(), "Acme", &keys(), Clock::system()).expect("passkeys"));

/// The passkey as stored.
static STORED: LazyLock<String> = LazyLock::new(|| {
    let started = start();
    let answer = attestation(&client_data("webauthn.create", &started), part(ATTESTATION).1);
    let made = PASSKEYS.finish_registration(ADA, &started.sealed, &answer, SESSION);
    made.expect("the seed is a passkey").credential
});

fn start() -> Ceremony {
    let owner = Owner { id: ADA, email: "ada@example.com", display_name: "Ada" };
    PASSKEYS.start_registration(owner, &[], SESSION).expect("a ceremony")
}

/// The name of the part, and its content.
fn part(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    (&input[..end], input.get(end + 1..).unwrap_or_default())
}

fn client_data(kind: &str, started: &Ceremony) -> Vec<u8> {
    let options: Value = serde_json::from_str(&started.options).expect("JSON");
    let data = json!({"type": kind, "challenge": options["challenge"], "origin": own().as_str()});
    data.to_string().into_bytes()
}

fn attestation(client_data: &[u8], object: &[u8]) -> String {
    let [client_data, object] = [client_data, object].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let response = json!({"attestationObject": object, "clientDataJSON": client_data});
    json!({"id": "AQ", "rawId": "AQ", "type": "public-key", "response": response, "clientExtensionResults": {}}).to_string()
}

fn assertion(client_data: &[u8], data: &[u8], signature: &[u8]) -> String {
    let [client_data, data, signature] =
        [client_data, data, signature].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let response = json!({"authenticatorData": data, "clientDataJSON": client_data, "signature": signature});
    json!({"id": "AQ", "rawId": "AQ", "type": "public-key", "response": response, "clientExtensionResults": {}}).to_string()
}

fn register(answer: impl Fn(&[u8]) -> String) {
    let started = start();
    let answer = answer(&client_data("webauthn.create", &started));
    let _ = PASSKEYS.finish_registration(ADA, &started.sealed, &answer, SESSION);
}

fn authenticate(answer: impl Fn(&[u8]) -> String) {
    let started = PASSKEYS.start_authentication(ADA, &[&STORED], SESSION).expect("a ceremony");
    let Ok(answer) = Assertion::parse(&answer(&client_data("webauthn.get", &started))) else { return };
    let (_, _) = (answer.credential_id(), answer.user_id());
    let proven = PASSKEYS.finish_authentication(ADA, &STORED, &started.sealed, &answer, SESSION);
    assert!(proven.is_err(), "a forged signature");
}

fuzz_target!(|input: &[u8]| {
    let (name, bytes) = part(input);
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match name {
        b"attestation" => register(|_| text()),
        b"attestation object" => register(|client_data| attestation(client_data, bytes)),
        b"client data" => {
            register(|_| attestation(bytes, part(ATTESTATION).1));
            authenticate(|_| assertion(bytes, part(AUTHENTICATOR).1, &[0; 70]));
        }
        b"assertion" => authenticate(|_| text()),
        b"authenticator data" => authenticate(|client_data| assertion(client_data, bytes, &[0; 70])),
        b"signature" => authenticate(|client_data| assertion(client_data, part(AUTHENTICATOR).1, bytes)),
        _ => {}
    }
});
