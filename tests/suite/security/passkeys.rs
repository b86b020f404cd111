//! The ceremonies of passkeys against an authenticator in software, which breaks one rule at a time.

use chrono::{TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::Value;
use unframed::clock::Clock;
use unframed::domain::Origin;
use unframed::security::passkeys::{
    Assertion, Authenticated, Ceremony, LIFETIME, LONGEST_ID, Owner, PasskeyProblem, Passkeys, Registered,
};
use uuid::Uuid;

use crate::harness::authenticator::Conduct;
use crate::harness::{SoftAuthenticator, TestApp};

const ORIGIN: &str = "https://account.example";
const SESSION: &[u8] = b"the digest of a session";

/// A site with a clock of its own, and one account.
struct Site {
    passkeys: Passkeys,
    clock: Clock,
    ada: Uuid,
}

fn passkeys_at(origin: &str, clock: &Clock) -> Option<Passkeys> {
    let secrets = TestApp::configuration(&[]).secret_keys;
    Passkeys::new(&Origin::parse(origin).unwrap(), "Acme", &secrets, clock.clone())
}

impl Site {
    fn new() -> Self {
        let clock = Clock::system();
        Self { passkeys: passkeys_at(ORIGIN, &clock).unwrap(), clock, ada: Uuid::new_v4() }
    }

    fn start(&self, existing: &[&str]) -> Ceremony {
        let owner = Owner { id: self.ada, email: "ada@example.com", display_name: "Ada" };
        self.passkeys.start_registration(owner, existing, SESSION).unwrap()
    }

    fn register(&self, authenticator: &mut SoftAuthenticator) -> Result<Registered, PasskeyProblem> {
        let started = self.start(&[]);
        let answer = authenticator.create(&started.options, ORIGIN);
        self.passkeys.finish_registration(self.ada, &started.sealed, &answer, SESSION)
    }

    fn ask(&self, stored: &str) -> Ceremony {
        self.passkeys.start_authentication(self.ada, &[stored], SESSION).unwrap()
    }

    fn finish(
        &self,
        stored: &str,
        started: &Ceremony,
        answer: &str,
    ) -> Result<Authenticated, PasskeyProblem> {
        let assertion = Assertion::parse(answer)?;
        self.passkeys.finish_authentication(self.ada, stored, &started.sealed, &assertion, SESSION)
    }

    fn sign_in(
        &self,
        authenticator: &mut SoftAuthenticator,
        stored: &str,
    ) -> Result<Authenticated, PasskeyProblem> {
        let started = self.ask(stored);
        self.finish(stored, &started, &authenticator.get(&started.options, ORIGIN))
    }
}

fn is_refused<T: std::fmt::Debug>(result: &Result<T, PasskeyProblem>) -> bool {
    matches!(result, Err(PasskeyProblem::Refused(_)))
}

#[test]
fn a_passkey_is_made_and_proven_and_its_counter_is_kept() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    assert_eq!(made.credential_id.len(), 32);
    assert!(!made.backup_eligible && !made.backed_up);
    let stored: Value = serde_json::from_str(&made.credential).unwrap();
    assert_eq!((&stored["version"], &stored["passkey"]["counter"]), (&1.into(), &1.into()));
    assert_eq!(stored["passkey"]["transports"], serde_json::json!(["internal", "hybrid"]));

    let before = site.clock.now();
    let used = site.sign_in(&mut authenticator, &made.credential).unwrap();
    assert!(used.served_at >= before && used.served_at <= site.clock.now());
    let stored: Value = serde_json::from_str(&used.credential).unwrap();
    assert_eq!(stored["passkey"]["counter"], 2);
    site.sign_in(&mut authenticator, &used.credential).unwrap();
}

#[test]
fn the_options_ask_for_a_verified_user_and_a_discoverable_passkey_without_attestation() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    let started = site.start(&[&made.credential]);
    let options: Value = serde_json::from_str(&started.options).unwrap();
    assert_eq!(options["rp"], serde_json::json!({"name": "Acme", "id": "account.example"}));
    assert_eq!(options["attestation"], "none");
    let selection = &options["authenticatorSelection"];
    assert_eq!(
        (&selection["residentKey"], &selection["userVerification"]),
        (&"required".into(), &"required".into())
    );
    assert_eq!(selection["requireResidentKey"], true);
    let algorithms: Vec<&Value> =
        options["pubKeyCredParams"].as_array().unwrap().iter().map(|one| &one["alg"]).collect();
    assert_eq!(algorithms, [-7, -257]);
    assert!(authenticator.is_excluded(&started.options));

    let asked: Value = serde_json::from_str(&site.ask(&made.credential).options).unwrap();
    assert_eq!((&asked["rpId"], &asked["userVerification"]), (&"account.example".into(), &"required".into()));
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(
        site.passkeys.start_authentication(site.ada, &[], SESSION).unwrap_err(),
        PasskeyProblem::NoPasskey,
        "an empty list would ask for any passkey"
    );
}

#[test]
fn a_passkey_that_breaks_a_rule_is_not_accepted() {
    let good = Conduct::default;
    for conduct in [
        Conduct { origin: Some("https://account.example.evil.example".to_owned()), ..good() },
        Conduct { origin: Some("https://sub.account.example".to_owned()), ..good() },
        Conduct { origin: Some("https://account.example:8443".to_owned()), ..good() },
        Conduct { origin: Some("http://account.example".to_owned()), ..good() },
        Conduct { origin: Some(format!("{ORIGIN}/path")), ..good() },
        Conduct { rp_id: Some("example".to_owned()), ..good() },
        Conduct { client_data_type: Some("webauthn.other"), ..good() },
        Conduct { cross_origin: true, ..good() },
        Conduct { top_origin: Some("https://attacker.example".to_owned()), ..good() },
        Conduct { user_present: false, ..good() },
        Conduct { user_verified: false, ..good() },
        Conduct { backup_eligible: false, backed_up: true, ..good() },
    ] {
        let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
        authenticator.conduct = conduct.clone();
        let result = site.register(&mut authenticator);
        assert!(is_refused(&result), "{conduct:?}: {result:?}");

        authenticator.conduct = good();
        let made = site.register(&mut authenticator).unwrap();
        authenticator.conduct = conduct.clone();
        let result = site.sign_in(&mut authenticator, &made.credential);
        assert!(is_refused(&result), "{conduct:?}: {result:?}");
    }
}

#[test]
fn the_id_of_a_passkey_has_the_length_that_the_standard_allows() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    for (length, good) in [(16, true), (LONGEST_ID, true), (LONGEST_ID + 1, false), (4096, false), (0, false)]
    {
        authenticator.conduct.id_length = length;
        assert_eq!(site.register(&mut authenticator).is_ok(), good, "{length}");
    }
}

#[test]
fn a_false_signature_or_the_passkey_of_another_account_proves_nothing() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    authenticator.conduct.signs = false;
    assert!(is_refused(&site.sign_in(&mut authenticator, &made.credential)));
    authenticator.conduct.signs = true;
    for handle in [Uuid::new_v4().as_bytes().to_vec(), Vec::new(), b"no uuid".to_vec()] {
        authenticator.conduct.user_handle = Some(Some(handle));
        assert!(is_refused(&site.sign_in(&mut authenticator, &made.credential)));
    }
    authenticator.conduct.user_handle = Some(None);
    site.sign_in(&mut authenticator, &made.credential).unwrap();

    // The answer of one passkey does not serve for another one.
    let other = site.register(&mut SoftAuthenticator::new()).unwrap();
    let started = site.ask(&made.credential);
    let answer = authenticator.get(&started.options, ORIGIN);
    assert!(is_refused(&site.finish(&other.credential, &started, &answer)));
}

#[test]
fn a_counter_that_does_not_grow_tells_of_a_copy_unless_there_is_none() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    authenticator.conduct.counts = false;
    let result = site.sign_in(&mut authenticator, &made.credential);
    assert_eq!(result.unwrap_err(), PasskeyProblem::Cloned);
    authenticator.conduct.counts = true;
    site.sign_in(&mut authenticator, &made.credential).unwrap();

    let mut synced = SoftAuthenticator::synced();
    let made = site.register(&mut synced).unwrap();
    let used = site.sign_in(&mut synced, &made.credential).unwrap();
    site.sign_in(&mut synced, &used.credential).unwrap();
}

#[test]
fn the_backup_state_may_change_and_the_eligibility_may_not() {
    for eligible in [false, true] {
        let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
        authenticator.conduct.backup_eligible = eligible;
        let made = site.register(&mut authenticator).unwrap();
        assert_eq!((made.backup_eligible, made.backed_up), (eligible, false));
        authenticator.conduct.backup_eligible = !eligible;
        assert!(is_refused(&site.sign_in(&mut authenticator, &made.credential)));
        authenticator.conduct.backup_eligible = eligible;
        authenticator.conduct.backed_up = true;
        let result = site.sign_in(&mut authenticator, &made.credential);
        if !eligible {
            assert!(is_refused(&result), "{result:?}");
            continue;
        }
        let used = result.unwrap();
        assert!(used.backed_up);
        authenticator.conduct.backed_up = false;
        assert!(!site.sign_in(&mut authenticator, &used.credential).unwrap().backed_up);
    }
}

#[test]
fn a_passkey_alone_names_its_account() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    let sign_in = |authenticator: &mut SoftAuthenticator, owner: Uuid| {
        let started = site.passkeys.start_discoverable_authentication(SESSION).unwrap();
        let options: Value = serde_json::from_str(&started.options).unwrap();
        assert_eq!(options["allowCredentials"], serde_json::json!([]));
        let assertion = Assertion::parse(&authenticator.get(&started.options, ORIGIN)).unwrap();
        let claimed = (assertion.user_id(), assertion.credential_id().to_vec());
        let finish = |sealed: &str| {
            let stored = &made.credential;
            site.passkeys.finish_discoverable_authentication(owner, stored, sealed, &assertion, SESSION)
        };
        let other = site.ask(&made.credential);
        assert!(finish(&other.sealed).is_err(), "a state of an account's sign-in does not serve here");
        (claimed, finish(&started.sealed))
    };
    let (claimed, result) = sign_in(&mut authenticator, site.ada);
    assert_eq!(claimed, (Some(site.ada), made.credential_id.clone()));
    result.unwrap();
    assert!(
        is_refused(&sign_in(&mut authenticator, Uuid::new_v4()).1),
        "the stored one is another account's"
    );
    authenticator.conduct.user_handle = Some(None);
    let (claimed, result) = sign_in(&mut authenticator, site.ada);
    assert_eq!(claimed.0, None);
    assert!(is_refused(&result), "no account is named");
}

#[test]
fn a_form_serves_its_own_session_account_and_step_for_ten_minutes() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let started = site.start(&[]);
    let answer = authenticator.create(&started.options, ORIGIN);
    let finish = |owner: Uuid, sealed: &str, bound_to: &[u8]| {
        site.passkeys.finish_registration(owner, sealed, &answer, bound_to)
    };
    let made = finish(site.ada, &started.sealed, SESSION).unwrap();
    for (owner, sealed, bound_to) in [
        (Uuid::new_v4(), started.sealed.as_str(), SESSION),
        (site.ada, started.sealed.as_str(), b"another session".as_slice()),
        (site.ada, site.ask(&made.credential).sealed.as_str(), SESSION),
        (site.ada, &started.sealed[..started.sealed.len() - 2], SESSION),
        (site.ada, "", SESSION),
        (site.ada, "\u{fc}", SESSION),
        (site.ada, &"A".repeat(10_000), SESSION),
    ] {
        assert_eq!(finish(owner, sealed, bound_to).unwrap_err(), PasskeyProblem::Expired, "{sealed}");
    }
    assert!(
        is_refused(&finish(site.ada, &site.start(&[]).sealed, SESSION)),
        "the answer to another challenge"
    );

    let asked = site.ask(&made.credential);
    let proof = authenticator.get(&asked.options, ORIGIN);
    site.clock.advance(LIFETIME - TimeDelta::seconds(2));
    site.finish(&made.credential, &asked, &proof).unwrap();
    site.clock.advance(TimeDelta::seconds(2));
    assert_eq!(site.finish(&made.credential, &asked, &proof).unwrap_err(), PasskeyProblem::Expired);
    assert_eq!(finish(site.ada, &started.sealed, SESSION).unwrap_err(), PasskeyProblem::Expired);
}

#[test]
fn a_site_without_a_host_name_or_without_a_secure_context_has_no_passkeys() {
    let clock = Clock::system();
    for (origin, available) in [
        ("https://account.example.com", true),
        ("https://account.example.com:8443", true),
        ("http://localhost:8080", true),
        ("http://account.localhost:8080", true),
        ("http://account.example.com", false),
        ("http://127.0.0.1:8080", false),
        ("https://192.0.2.1", false),
        ("https://[2001:db8::1]", false),
        ("http://[::1]:8080", false),
    ] {
        assert_eq!(passkeys_at(origin, &clock).is_some(), available, "{origin}");
    }
    let local = passkeys_at("http://localhost:8080", &clock).unwrap();
    let started = local.start_discoverable_authentication(SESSION).unwrap();
    assert!(started.options.contains(r#""rpId":"localhost""#), "{}", started.options);
    assert!(!format!("{local:?}{started:?}").contains(&started.sealed));
}

#[test]
fn the_fields_of_a_form_with_a_passkey_are_small() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    authenticator.conduct.id_length = LONGEST_ID;
    let started = site.start(&[]);
    let answer = authenticator.create(&started.options, ORIGIN);
    let made = site.passkeys.finish_registration(site.ada, &started.sealed, &answer, SESSION).unwrap();
    // Many passkeys make the options longer, and no field.
    let many = vec![made.credential.as_str(); 50];
    let started = site.passkeys.start_authentication(site.ada, &many, SESSION).unwrap();
    let length =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum::<usize>();
    for fields in [length(&started.sealed), length(&site.start(&many).sealed), length(&answer) / 6] {
        assert!(fields < 1500, "{fields}");
    }
    assert!(length(&answer) + length(&started.sealed) < unframed::app::FORM_LIMIT / 2);
}

#[test]
fn a_stored_passkey_of_another_format_is_told_and_does_not_lock_out_the_others() {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let made = site.register(&mut authenticator).unwrap();
    let later = made.credential.replace("\"version\":1", "\"version\":2");
    let started = site.passkeys.start_authentication(site.ada, &[&later, "{}", &made.credential], SESSION);
    let started = started.unwrap();
    let answer = authenticator.get(&started.options, ORIGIN);
    let result = site.finish(&later, &started, &answer);
    assert_eq!(result.unwrap_err(), PasskeyProblem::Unreadable("version 2".to_owned()));
    site.finish(&made.credential, &started, &answer).unwrap();
    assert!(site.clock.now() <= Utc::now() + TimeDelta::seconds(1));
}

/// The answers of an authenticator to one registration and one authentication.
fn answers() -> (Site, Ceremony, String, String, Ceremony, String) {
    let (site, mut authenticator) = (Site::new(), SoftAuthenticator::new());
    let started = site.start(&[]);
    let created = authenticator.create(&started.options, ORIGIN);
    let made = site.passkeys.finish_registration(site.ada, &started.sealed, &created, SESSION).unwrap();
    let asked = site.ask(&made.credential);
    let proof = authenticator.get(&asked.options, ORIGIN);
    (site, started, created, made.credential, asked, proof)
}

/// The answer with one byte inside a field of base64url changed, or the field cut.
fn damaged(answer: &str, field: &str, at: usize, byte: u8, cut: bool) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut answer: Value = serde_json::from_str(answer).unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(answer["response"][field].as_str().unwrap()).unwrap();
    let at = at % bytes.len();
    if cut {
        bytes.truncate(at);
    } else {
        bytes[at] ^= byte.max(1);
    }
    answer["response"][field] = URL_SAFE_NO_PAD.encode(bytes).into();
    answer.to_string()
}

#[test]
fn no_damaged_answer_is_accepted_or_panics() {
    let (site, started, created, stored, asked, proof) = answers();
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(at in any::<usize>(), byte in any::<u8>(), cut in any::<bool>(), which in 0..5_usize)| {
        if which < 2 {
            let field = ["attestationObject", "clientDataJSON"][which];
            let answer = damaged(&created, field, at, byte, cut);
            // Without an attestation nothing signs the flags, the key and the id.
            let _ = site.passkeys.finish_registration(site.ada, &started.sealed, &answer, SESSION);
        } else {
            let field = ["authenticatorData", "clientDataJSON", "signature"][which - 2];
            let answer = damaged(&proof, field, at, byte, cut);
            prop_assert!(site.finish(&stored, &asked, &answer).is_err(), "{field}");
        }
    });
}

#[test]
fn ill_formed_json_is_malformed_and_quotes_nothing() {
    let (site, started, created, stored, asked, proof) = answers();
    let deep = "[".repeat(11_000);
    let long = created.replace("\"public-key\"", &format!("\"public-key\",\"x\":\"{}\"", "y".repeat(13_000)));
    for text in
        ["", "{}", "null", "[]", "secret", "{\"id\":\"secret\"}", &deep, &long, &proof[..proof.len() / 2]]
    {
        let made = site.passkeys.finish_registration(site.ada, &started.sealed, text, SESSION).unwrap_err();
        let used = site.finish(&stored, &asked, text).unwrap_err();
        for problem in [made, used] {
            assert!(matches!(problem, PasskeyProblem::Malformed(_)), "{text:.20}: {problem:?}");
            assert!(!problem.to_string().contains("secret"), "{problem}");
        }
    }
    assert!(!format!("{:?}", Assertion::parse(&proof).unwrap()).contains("signature"));
}
