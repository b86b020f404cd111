//! The secret that an account shares with an authenticator app, and the codes that follow from it (TOTP, RFC 6238).

use std::fmt;

use chrono::{DateTime, Utc};
use rand::TryRng as _;
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// A shared secret of 160 random bits (RFC 4226 §4, R6). Its codes have six digits, a new one every 30 seconds, from
/// HMAC-SHA-1: what every app supports.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticatorSecret([u8; 20]);

impl AuthenticatorSecret {
    /// The duration of a time step in seconds.
    pub const STEP_SECONDS: u64 = 30;
    /// The digits of a code.
    pub const DIGITS: usize = 6;
    /// The steps before and after the present one whose codes are accepted: for clocks that differ, and codes that
    /// change while they are typed (RFC 6238 §5.2).
    const DRIFT: u16 = 1;

    /// Generates a new secret. It fails only if the operating system gives no random bytes.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0; 20];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The secret with these bytes; `None` unless there are 20.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id of the authenticator with this secret in an account: an account cannot have the same one twice. It does not
    /// show the secret.
    #[must_use]
    pub fn id(&self, user_id: Uuid) -> Uuid {
        let mut hash = Sha256::new();
        hash.update(b"authenticator");
        hash.update(user_id.as_bytes());
        hash.update(self.0);
        let digest: [u8; 32] = hash.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        // A version for ids that follow from something (RFC 9562 §5.8).
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }

    /// The key to type into an app: base32 (RFC 4648) in groups of four.
    #[must_use]
    pub fn key(&self) -> String {
        let key = Secret::from(self.0).to_base32();
        let groups: Vec<String> =
            key.chars().collect::<Vec<_>>().chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }

    /// The secret of a key, with or without spaces.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
        Self::from_bytes(Secret::try_from_base32(key).ok()?.as_ref())
    }

    /// The address that an app reads from a QR code or a link: `otpauth://totp/…` (the Key URI format of Google
    /// Authenticator). `issuer` and `account` are the names that the app shows.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> String {
        // The format separates the two names by a colon.
        let plain = |name: &str| name.replace(':', " ");
        let totp = self.builder().with_issuer(Some(plain(issuer))).with_account_name(plain(account));
        totp.build_noncompliant().to_url().unwrap_or_default()
    }

    /// The time step whose code was typed: the present one, the one before or the one after. `None` for a wrong code.
    /// A code must be accepted once: the caller compares the step with the last one.
    #[must_use]
    pub fn matching_step(&self, typed: &str, now: DateTime<Utc>) -> Option<i64> {
        let step = self.totp().check(typed, u64::try_from(now.timestamp()).ok()?)?;
        i64::try_from(step).ok()
    }

    /// The code that an app shows at a time.
    #[must_use]
    pub fn code(&self, at: DateTime<Utc>) -> String {
        self.totp().generate(u64::try_from(at.timestamp()).unwrap_or_default()).to_string()
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_secret(self.0)
            .with_step_duration(Self::STEP_SECONDS)
            .with_digits(6)
            .with_skew(Self::DRIFT)
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }
}

impl fmt::Debug for AuthenticatorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticatorSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = AuthenticatorSecret::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(at(seconds)), code);
            assert_eq!(secret.matching_step(code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_accepted_one_step_early_and_one_late_and_no_more() {
        let secret = AuthenticatorSecret::generate().unwrap();
        let (now, step) = (at(2_000_000_010), 2_000_000_010 / 30);
        for (ahead, accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = secret.code(now + TimeDelta::seconds(30 * ahead));
            let found = secret.matching_step(&code, now);
            assert_eq!(found, accepted.then_some(step + ahead), "{ahead} steps");
        }
    }

    #[test]
    fn an_app_reads_the_secret_from_the_key_and_from_the_address() {
        let secret = AuthenticatorSecret::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(secret.key(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = secret.uri("Acme: Payroll & Co", "ada@example.com");
        assert_eq!(
            uri,
            "otpauth://totp/Acme%20%20Payroll%20%26%20Co:ada%40example.com?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%20Payroll%20%26%20Co"
        );
        assert!(!format!("{secret:?}").contains("GEZD"));
        assert_eq!(AuthenticatorSecret::from_bytes(b"short"), None);
        assert_eq!(AuthenticatorSecret::of_key(&secret.key()), Some(secret));
        assert_eq!(AuthenticatorSecret::of_key("GEZD GNBV"), None);
        assert_eq!(AuthenticatorSecret::of_key("not a key"), None);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn only_a_code_of_six_digits_matches(
            bytes in any::<[u8; 20]>(),
            typed in prop_oneof![text(), "[0-9]{6}", "[0-9]{0,12}"],
            seconds in 0..4_000_000_000_i64,
        ) {
            let secret = AuthenticatorSecret(bytes);
            if let Some(step) = secret.matching_step(&typed, at(seconds)) {
                prop_assert_eq!(secret.code(at(step * 30)), typed);
                prop_assert!((step - seconds / 30).abs() <= 1);
            }
        }
    }
}
