//! The device cookie: it says which accounts have signed in with this browser. It opens nothing. A sign-in with it is
//! not told to the owner as one from a new device, and the failures of strangers do not delay it (OWASP, "Slow Down
//! Online Guessing Attacks with Device Cookies").

use std::fmt;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use rand::TryRng as _;
use uuid::Uuid;

use super::keys::Keys;
use crate::config::SecretKeys;
use crate::domain::Origin;

/// The time for which a device stays known without a sign-in. Browsers keep no cookie longer (RFC 6265bis §5.5).
const KNOWN_FOR: TimeDelta = TimeDelta::days(400);
/// The most accounts that one browser stays known to.
const MOST_ACCOUNTS: usize = 5;
const SEPARATOR: char = '.';

/// A browser that an account knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KnownDevice([u8; 16]);

impl KnownDevice {
    /// Identifies the device in a rate limit.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Uuid::from_bytes(self.0)
    }
}

impl fmt::Debug for KnownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownDevice(..)")
    }
}

/// Makes and reads the cookie.
#[derive(Clone, Debug)]
pub struct DeviceCookie {
    secure: bool,
    keys: Keys,
}

/// The part of the cookie that belongs to one account. It does not name the account: only its tag fits.
struct Entry {
    device: [u8; 16],
    signed_in_at: i64,
    tag: [u8; 32],
}

impl Entry {
    const BYTES: usize = 16 + 8 + 32;

    fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; Self::BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (device, rest) = bytes.split_first_chunk()?;
        let (signed_in_at, tag) = rest.split_first_chunk()?;
        Some(Self {
            device: *device,
            signed_in_at: i64::from_be_bytes(*signed_in_at),
            tag: tag.try_into().ok()?,
        })
    }

    fn encode(&self) -> String {
        let at = self.signed_in_at.to_be_bytes();
        URL_SAFE_NO_PAD.encode([self.device.as_slice(), &at, &self.tag].concat())
    }
}

impl DeviceCookie {
    /// The cookie of a site. As with the session cookie, `__Host-` keeps sibling hosts from planting it.
    #[must_use]
    pub fn new(public_url: &Origin, secrets: &SecretKeys) -> Self {
        Self { secure: public_url.is_https(), keys: Keys::derive(secrets, "device cookie") }
    }

    fn name(&self) -> &'static str {
        if self.secure { "__Host-device" } else { "device" }
    }

    fn entries(&self, request: &HttpRequest) -> Vec<Entry> {
        let cookie = request.cookie(self.name());
        let entries = cookie.iter().flat_map(|cookie| cookie.value().split(SEPARATOR));
        entries.filter_map(Entry::decode).take(MOST_ACCOUNTS).collect()
    }

    fn belongs(&self, entry: &Entry, user_id: Uuid) -> bool {
        let at = entry.signed_in_at.to_be_bytes();
        self.keys.verify(&[user_id.as_bytes(), &entry.device, &at], &entry.tag)
    }

    /// The device of a request, if it has signed in to this account since `forgotten_at`.
    #[must_use]
    pub fn known(
        &self,
        request: &HttpRequest,
        user_id: Uuid,
        forgotten_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<KnownDevice> {
        let entry = self.entries(request).into_iter().find(|entry| self.belongs(entry, user_id))?;
        let signed_in_at = DateTime::from_timestamp_micros(entry.signed_in_at)?;
        let counts =
            forgotten_at.is_none_or(|forgotten| forgotten <= signed_in_at) && now - signed_in_at < KNOWN_FOR;
        counts.then_some(KnownDevice(entry.device))
    }

    /// The cookie that makes the browser of a request known to this account, besides the accounts that it is known to.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn carry(
        &self,
        request: &HttpRequest,
        user_id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Cookie<'static>, rand::rngs::SysError> {
        let mut device = [0; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut device)?;
        let (own, others): (Vec<Entry>, Vec<Entry>) =
            self.entries(request).into_iter().partition(|entry| self.belongs(entry, user_id));
        if let Some(known) = own.first() {
            device = known.device;
        }
        let signed_in_at = now.timestamp_micros();
        let tag = self.keys.sign(&[user_id.as_bytes(), &device, &signed_in_at.to_be_bytes()]);
        let entries = std::iter::once(Entry { device, signed_in_at, tag }).chain(others);
        let value: Vec<String> = entries.take(MOST_ACCOUNTS).map(|entry| entry.encode()).collect();
        Ok(Cookie::build(self.name(), value.join(&SEPARATOR.to_string()))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::seconds(KNOWN_FOR.num_seconds()))
            .finish())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;
    use crate::config::Config;
    use crate::domain::any_text::{config, made_of, text};
    use crate::security::session_cookie::SessionCookie;

    fn cookies() -> DeviceCookie {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("postgresql://root@localhost:26257/unframed".to_owned()),
            "SECRET_KEY" => Some("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=".to_owned()),
            "MAIL_URL" => Some("folder:/tmp/unframed-mails".to_owned()),
            _ => None,
        };
        let secrets = Config::read(lookup, "test").unwrap().secret_keys;
        DeviceCookie::new(&Origin::parse("https://account.example.com").unwrap(), &secrets)
    }

    fn request(cookie: &Cookie<'static>) -> HttpRequest {
        TestRequest::default().cookie(cookie.clone()).to_http_request()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_000_000 + seconds, 7_000).unwrap()
    }

    #[test]
    fn a_browser_is_known_to_the_accounts_that_signed_in_with_it() {
        let (cookies, ada, bob) = (cookies(), Uuid::new_v4(), Uuid::new_v4());
        let first = cookies.carry(&TestRequest::default().to_http_request(), ada, at(0)).unwrap();
        assert_eq!(first.name(), "__Host-device");
        assert!(cookies.known(&request(&first), ada, None, at(1)).is_some());
        assert!(cookies.known(&request(&first), bob, None, at(1)).is_none());
        let both = cookies.carry(&request(&first), bob, at(2)).unwrap();
        for user in [ada, bob] {
            assert!(cookies.known(&request(&both), user, None, at(3)).is_some());
        }
        let device = |cookie| cookies.known(&request(cookie), ada, None, at(4)).map(|device| device.id());
        let again = cookies.carry(&request(&both), ada, at(4)).unwrap();
        assert_eq!(device(&first), device(&again), "the device keeps its id");
    }

    #[test]
    fn a_device_is_forgotten_after_400_days_or_when_the_account_forgets_it() {
        let (cookies, ada) = (cookies(), Uuid::new_v4());
        let cookie = cookies.carry(&TestRequest::default().to_http_request(), ada, at(0)).unwrap();
        let known = |forgotten, now| cookies.known(&request(&cookie), ada, forgotten, now).is_some();
        assert!(known(Some(at(0)), at(1)));
        assert!(!known(Some(at(1)), at(2)));
        let almost = at(400 * 24 * 3600 - 1);
        assert!(known(None, almost) && !known(None, almost + TimeDelta::seconds(1)));
    }

    #[test]
    fn at_most_five_accounts_share_a_browser_and_a_forged_cookie_is_of_none() {
        let cookies = cookies();
        let users: Vec<Uuid> = (0..7).map(|_| Uuid::new_v4()).collect();
        let mut cookie = Cookie::new("__Host-device", "..x.é");
        for (user, second) in users.iter().zip(0..) {
            assert!(cookies.known(&request(&cookie), *user, None, at(second)).is_none());
            cookie = cookies.carry(&request(&cookie), *user, at(second)).unwrap();
        }
        let known =
            users.iter().filter(|user| cookies.known(&request(&cookie), **user, None, at(9)).is_some());
        assert_eq!(known.collect::<Vec<_>>(), users[2..].iter().collect::<Vec<_>>());
        let mut forged = cookie.clone();
        let value = cookie.value();
        let changed = if value.as_bytes()[10] == b'A' { "B" } else { "A" };
        forged.set_value(format!("{}{changed}{}", &value[..10], &value[11..]));
        assert!(cookies.known(&request(&forged), users[6], None, at(9)).is_none());
        assert!(cookie.value().len() < 400, "{}", cookie.value().len());
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn any_cookie_header_is_read_and_none_is_a_device_that_we_did_not_sign(
            header in prop_oneof![text(), made_of(&[
                "__Host-device", "__Host-session", "__Host-sign-in", "=", ";", "; ", ".", "\"", "%41", "%zz",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            ])],
        ) {
            let Ok(value) = actix_web::http::header::HeaderValue::from_str(&header) else { return Ok(()) };
            let (cookies, ada) = (cookies(), Uuid::new_v4());
            let request = TestRequest::default().insert_header(("cookie", value)).to_http_request();
            prop_assert!(cookies.known(&request, ada, None, at(0)).is_none());
            let carried = cookies.carry(&request, ada, at(0)).unwrap();
            prop_assert!(carried.value().split(SEPARATOR).count() <= MOST_ACCOUNTS);
            prop_assert!(cookies.known(&self::request(&carried), ada, None, at(1)).is_some());
            let own = Origin::parse("https://account.example.com").unwrap();
            for cookie in [SessionCookie::new(&own), SessionCookie::of_pending_sign_in(&own)] {
                let token = cookie.read(&request).map(|token| token.encode());
                prop_assert!(token.is_none_or(|token| header.contains('%') || header.contains(&token)));
            }
        }
    }
}
