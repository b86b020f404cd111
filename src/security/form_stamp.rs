//! Stamps, words and tickets of confirm pages. A stamp is the moment at which a page was served, signed
//! for its action and session. The word is different for each rendering and must be typed; it is computed
//! from key, action and moment, so a GET stores nothing, and it is in no form and no URL. A ticket stands
//! in the link of an arrival page, for browsers that do not say where they come from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};

use super::keys::Keys;
use crate::config::SecretKeys;
use crate::domain::TokenDigest;

/// The shortest time in which a person can read a page, tick, type and press. It stops chains of clicks
/// that began before the page appeared; it does not stop a page that was loaded ahead of time.
pub const MIN_HUMAN_TIME: TimeDelta = TimeDelta::milliseconds(1500);
/// The lifetime of an arrival page's ticket.
const TICKET_LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// Signs and reads stamps, words and tickets.
#[derive(Clone, Debug)]
pub struct FormStamp {
    stamp: Keys,
    word: Keys,
    ticket: Keys,
}

/// The result of reading a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampReading {
    /// The form was served at this moment.
    ServedAt(DateTime<Utc>),
    /// The form was served less than [`MIN_HUMAN_TIME`] ago.
    TooRecent,
    /// The stamp is forged, or it belongs to another action or session.
    Invalid,
}

impl FormStamp {
    /// Derives the keys from the secrets.
    #[must_use]
    pub fn new(secrets: &SecretKeys) -> Self {
        Self {
            stamp: Keys::derive(secrets, "form stamp"),
            word: Keys::derive(secrets, "confirmation word"),
            ticket: Keys::derive(secrets, "arrival ticket"),
        }
    }

    /// The stamp of a form for `action`, served to `session` now.
    #[must_use]
    pub fn serve(&self, action: TokenDigest, session: TokenDigest, now: DateTime<Utc>) -> String {
        let moment = now.timestamp_micros();
        let tag = self.stamp.sign(&[action.as_bytes(), session.as_bytes(), &moment.to_be_bytes()]);
        format!("{moment}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Reads the stamp of a form for `action` that `session` sent.
    #[must_use]
    pub fn read(
        &self,
        action: TokenDigest,
        session: TokenDigest,
        stamp: &str,
        now: DateTime<Utc>,
    ) -> StampReading {
        let parts = stamp
            .split_once('.')
            .and_then(|(moment, tag)| Some((moment.parse::<i64>().ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?)));
        let Some((moment, tag)) = parts else { return StampReading::Invalid };
        if !self.stamp.verify(&[action.as_bytes(), session.as_bytes(), &moment.to_be_bytes()], &tag) {
            return StampReading::Invalid;
        }
        match DateTime::from_timestamp_micros(moment) {
            Some(at) if now - at >= MIN_HUMAN_TIME => StampReading::ServedAt(at),
            Some(_) => StampReading::TooRecent,
            None => StampReading::Invalid,
        }
    }

    /// The four digits to type on the rendering of `action` that is served at this moment.
    #[must_use]
    pub fn digits(&self, action: TokenDigest, served_at: DateTime<Utc>) -> String {
        four_digits(self.word.sign(&[action.as_bytes(), &served_at.timestamp_micros().to_be_bytes()]))
    }

    /// The digits that the rendering of `action` that was served at this moment may have shown: one text
    /// for each key.
    #[must_use]
    pub fn accepted_digits(&self, action: TokenDigest, served_at: DateTime<Utc>) -> Vec<String> {
        let moment = served_at.timestamp_micros().to_be_bytes();
        self.word.tags(&[action.as_bytes(), &moment]).map(four_digits).collect()
    }

    /// The ticket of a link to `path`, for `session`.
    #[must_use]
    pub fn ticket(&self, path: &str, session: TokenDigest, now: DateTime<Utc>) -> String {
        let ends = (now + TICKET_LIFETIME).timestamp();
        let tag = self.ticket.sign(&[path.as_bytes(), session.as_bytes(), &ends.to_be_bytes()]);
        format!("{ends}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Whether a ticket is for this path and session and has not expired.
    #[must_use]
    pub fn admits(&self, path: &str, session: TokenDigest, ticket: &str, now: DateTime<Utc>) -> bool {
        let parts = ticket
            .split_once('.')
            .and_then(|(ends, tag)| Some((ends.parse::<i64>().ok()?, URL_SAFE_NO_PAD.decode(tag).ok()?)));
        parts.is_some_and(|(ends, tag)| {
            ends > now.timestamp()
                && self.ticket.verify(&[path.as_bytes(), session.as_bytes(), &ends.to_be_bytes()], &tag)
        })
    }
}

fn four_digits(tag: [u8; 32]) -> String {
    let number = tag.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:04}", number % 10_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Clock;
    use crate::domain::any_text::{config, made_of, text};

    fn digest(byte: u8) -> TokenDigest {
        TokenDigest::from_bytes([byte; 32])
    }

    const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const NEW: &str = "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=";

    fn stamps() -> FormStamp {
        stamps_of(OLD)
    }

    fn stamps_of(secret_keys: &str) -> FormStamp {
        let environment = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://u@localhost/db".to_owned()),
            "MAIL_URL" => Some("folder:mails".to_owned()),
            "PUBLIC_URL" => Some("http://localhost:8080".to_owned()),
            "SECRET_KEY" => Some(secret_keys.to_owned()),
            _ => None,
        };
        FormStamp::new(&crate::config::Config::read(environment, "test").unwrap().secret_keys)
    }

    #[test]
    fn stamps_words_and_tickets_are_valid_while_their_key_is_listed() {
        let now = Clock::system().now();
        let (old, later) = (stamps(), now + MIN_HUMAN_TIME);
        let stamp = old.serve(digest(1), digest(2), now);
        let (digits, ticket) = (old.digits(digest(1), now), old.ticket("/settings/email", digest(2), now));
        for (listed, valid) in
            [(OLD, true), (&format!("{NEW},{OLD}"), true), (&format!("{OLD}, {NEW}"), true), (NEW, false)]
        {
            let stamps = stamps_of(listed);
            let read = stamps.read(digest(1), digest(2), &stamp, later);
            assert_eq!(read == StampReading::ServedAt(now), valid, "{listed}");
            assert_eq!(read == StampReading::Invalid, !valid, "{listed}");
            assert_eq!(stamps.accepted_digits(digest(1), now).contains(&digits), valid, "{listed}");
            assert_eq!(stamps.admits("/settings/email", digest(2), &ticket, now), valid, "{listed}");
        }
        // The first key signs.
        let rotated = stamps_of(&format!("{NEW},{OLD}"));
        let stamp = rotated.serve(digest(1), digest(2), now);
        assert_eq!(stamp, stamps_of(NEW).serve(digest(1), digest(2), now));
        assert_eq!(old.read(digest(1), digest(2), &stamp, later), StampReading::Invalid);
        assert_eq!(rotated.digits(digest(1), now), stamps_of(NEW).digits(digest(1), now));
        assert_eq!(rotated.accepted_digits(digest(1), now)[0], rotated.digits(digest(1), now));
    }

    #[test]
    fn a_stamp_is_valid_for_one_action_and_session_after_human_time() {
        let (stamps, now) = (stamps(), Clock::system().now());
        let stamp = stamps.serve(digest(1), digest(2), now);
        let later = now + MIN_HUMAN_TIME;
        assert_eq!(stamps.read(digest(1), digest(2), &stamp, later), StampReading::ServedAt(now));
        let sooner = later - TimeDelta::milliseconds(1);
        assert_eq!(stamps.read(digest(1), digest(2), &stamp, sooner), StampReading::TooRecent);
        assert_eq!(stamps.read(digest(3), digest(2), &stamp, later), StampReading::Invalid);
        assert_eq!(stamps.read(digest(1), digest(3), &stamp, later), StampReading::Invalid);
        let older =
            stamp.replacen(&now.timestamp_micros().to_string(), &(now.timestamp_micros() - 9).to_string(), 1);
        for forged in ["", "1.x", &older, &stamp[..stamp.len() - 2], "99999999999999999999.AA"] {
            assert_eq!(stamps.read(digest(1), digest(2), forged, later), StampReading::Invalid, "{forged}");
        }
    }

    #[test]
    fn each_rendering_has_its_own_word() {
        let (stamps, now) = (stamps(), Clock::system().now());
        let words: std::collections::HashSet<String> =
            (0..50).map(|later| stamps.digits(digest(1), now + TimeDelta::microseconds(later))).collect();
        assert!(words.len() > 40, "{words:?}");
        assert!(words.iter().all(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())));
    }

    #[test]
    fn a_ticket_opens_one_path_for_one_session_for_a_minute() {
        let (stamps, now) = (stamps(), Clock::system().now());
        let ticket = stamps.ticket("/settings/email", digest(2), now);
        assert!(stamps.admits("/settings/email", digest(2), &ticket, now + TimeDelta::seconds(58)));
        assert!(!stamps.admits("/settings/email", digest(2), &ticket, now + TimeDelta::seconds(60)));
        assert!(!stamps.admits("/settings/delete", digest(2), &ticket, now));
        assert!(!stamps.admits("/settings/email", digest(3), &ticket, now));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn no_text_but_ours_is_a_stamp_or_a_ticket(
            typed in prop_oneof![text(), made_of(&["1796000000000000", "-", "+", "0", ".", "A", "_", "=", "9223372036854775808"])],
            at in 0..60_usize, byte in b' '..=b'~',
        ) {
            let (stamps, now) = (stamps(), DateTime::from_timestamp(1_796_000_000, 0).unwrap());
            let (stamp, ticket) = (stamps.serve(digest(1), digest(2), now), stamps.ticket("/x", digest(2), now));
            let changed = |text: &str| {
                let mut bytes = text.as_bytes().to_vec();
                let at = at % bytes.len();
                bytes[at] = byte;
                String::from_utf8(bytes).unwrap()
            };
            for typed in [typed, changed(&stamp), changed(&ticket)] {
                let read = stamps.read(digest(1), digest(2), &typed, now + MIN_HUMAN_TIME);
                prop_assert_eq!(read == StampReading::Invalid, typed != stamp);
                prop_assert_eq!(stamps.admits("/x", digest(2), &typed, now), typed == ticket);
            }
        }
    }
}
