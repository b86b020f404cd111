//! New passwords: long enough, not commonly used, and not derived from the account's name or email address.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::{DisplayName, EmailAddress};

/// A password that an account may have: 15 to 256 characters in NFC (RFC 8265), or 8 to 256 beside a second factor, without
/// composition rules. Both minima are those of NIST SP 800-63B-4 §3.1.1.2.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is refused as a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// It has no characters.
    #[error("is empty")]
    Empty,
    /// It has fewer than [`Password::MIN_CHARS`].
    #[error("is shorter than 15 characters")]
    TooShort,
    /// It has fewer than [`Password::MIN_CHARS_BESIDE_FACTOR`].
    #[error("is shorter than 8 characters")]
    TooShortBesideFactor,
    /// It has more than [`Password::MAX_CHARS`].
    #[error("is longer than 256 characters")]
    TooLong,
    /// It consists of common or breached passwords, repeats or rows of keys, which attackers try first.
    #[error("is commonly used")]
    Common,
    /// It consists of the account's name or email address.
    #[error("is derived from the name or email address of the account")]
    Own,
}

impl Password {
    /// The minimum length in characters (Unicode scalar values after NFC).
    pub const MIN_CHARS: usize = 15;
    /// The minimum length where the account has a second factor.
    pub const MIN_CHARS_BESIDE_FACTOR: usize = 8;
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 256;
    /// A password needs at least ten to this power guesses: zxcvbn's score 3.
    const LEAST_GUESSES_LOG10: f64 = 8.0;

    /// Checks a new password. Apart from NFC it stays as typed, including spaces.
    ///
    /// zxcvbn has the lists of common and breached passwords, names and words, and recognizes repeats,
    /// rows of keys and `l33t`. A password that it estimates at fewer than 10^8 guesses is refused. The check
    /// takes a few milliseconds at most, whatever was typed: `guesses_log10` says how.
    pub fn parse(
        typed: &str,
        name: Option<&DisplayName>,
        email: Option<&EmailAddress>,
    ) -> Result<Self, PasswordProblem> {
        Self::parse_beside(false, typed, name, email)
    }

    /// As [`Self::parse`], for an account that has a second factor or not.
    pub fn parse_beside(
        second_factor: bool,
        typed: &str,
        name: Option<&DisplayName>,
        email: Option<&EmailAddress>,
    ) -> Result<Self, PasswordProblem> {
        use PasswordProblem::{Common, Empty, Own, TooLong, TooShort, TooShortBesideFactor};
        let (least, too_short) = if second_factor {
            (Self::MIN_CHARS_BESIDE_FACTOR, TooShortBesideFactor)
        } else {
            (Self::MIN_CHARS, TooShort)
        };
        if typed.is_empty() {
            return Err(Empty);
        }
        // NFC composes at most three characters into one (UAX #15, stability of the Hangul syllables and of the
        // longest decompositions), so a longer text need not be normalized. 18 is the most that one decomposes to.
        if typed.chars().nth(18 * Self::MAX_CHARS).is_some() {
            return Err(TooLong);
        }
        let password = normalize(typed);
        match password.chars().count() {
            count if count < least => return Err(too_short),
            count if count > Self::MAX_CHARS => return Err(TooLong),
            _ => {}
        }
        let own = own_words(name, email);
        if rest_without(&own, &password).is_some_and(|rest| rest < least / 2) {
            return Err(Own);
        }
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        if guesses_log10(&password, &own) < Self::LEAST_GUESSES_LOG10 {
            let common = guesses_log10(&password, &[]) < Self::LEAST_GUESSES_LOG10;
            return Err(if common { Common } else { Own });
        }
        Ok(Self(password))
    }

    /// Whether the account needs a second factor beside it.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.chars().count() < Self::MIN_CHARS
    }

    /// The password, for hashing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Normalizes a password to NFC, so that every keyboard and system gives the same bytes for it.
#[must_use]
pub fn normalize(typed: &str) -> String {
    typed.nfc().collect()
}

/// The length of the parts that zxcvbn estimates. It takes time in the square of the length and more.
const PART_CHARS: usize = 24;
/// The parts that are estimated. Further characters only add guesses.
const PARTS: usize = 2;
/// The characters that zxcvbn reads as each letter, too ("l33t").
const L33T: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// The most ways to read the l33t of a part. zxcvbn looks all of them up. The digits alone have four.
const MOST_READINGS: usize = 4;

/// The estimated guesses for a password as a power of ten, up to what is enough. Attackers guess its parts one
/// after the other, so the powers add up.
fn guesses_log10(password: &str, own: &[&str]) -> f64 {
    let chars: Vec<char> = password.chars().collect();
    let mut guesses = 0.0;
    for part in chars.chunks(PART_CHARS).take(PARTS) {
        if guesses < Password::LEAST_GUESSES_LOG10 {
            guesses += zxcvbn::zxcvbn(&with_little_l33t(part), own).guesses_log10();
        }
    }
    guesses
}

/// Keeps the l33t characters that have few readings together. Each other kind becomes a character of its
/// own without a meaning, so that repeats and sequences of it stay what they are.
fn with_little_l33t(part: &[char]) -> String {
    let mut kept = Vec::new();
    let replace = |&char: &char| {
        if kept.contains(&char) || !L33T.iter().any(|readable| readable.contains(char)) {
            return char;
        }
        kept.push(char);
        if readings(&kept) <= MOST_READINGS {
            return char;
        }
        kept.pop();
        // From a private use area of Unicode.
        char::from_u32(0xE000 + u32::from(char)).unwrap_or(char)
    };
    part.iter().map(replace).collect()
}

/// The ways to read some l33t characters: for each letter, one of those that may stand for it.
fn readings(l33t: &[char]) -> usize {
    L33T.iter().map(|readable| l33t.iter().filter(|char| readable.contains(**char)).count().max(1)).product()
}

/// The words that are easy to guess for this account (ASVS 6.2.11): its name, its email address, the
/// parts of both, and the product's name.
fn own_words(name: Option<&DisplayName>, email: Option<&EmailAddress>) -> Vec<String> {
    let mut words = vec!["unframed".to_owned()];
    for text in
        [name.map(DisplayName::as_str), email.map(EmailAddress::as_str), email.map(EmailAddress::local_part)]
            .into_iter()
            .flatten()
    {
        words.push(text.to_lowercase());
        words.extend(
            text.split(|c: char| !c.is_alphanumeric())
                .filter(|part| part.chars().count() > 2)
                .map(str::to_lowercase),
        );
    }
    // The longest first: removing a part first would leave the whole word unrecognized.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// The number of letters and digits that remain when the account's own words are removed from a password;
/// `None` if it has none of them.
fn rest_without(own: &[String], password: &str) -> Option<usize> {
    let lower = password.to_lowercase();
    let rest = own.iter().fold(lower.clone(), |rest, word| rest.replace(word.as_str(), " "));
    (rest != lower).then(|| rest.chars().filter(|c| c.is_alphanumeric()).count())
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_length_in_characters_is_required() {
        use PasswordProblem::{Empty, TooLong, TooShort};
        assert_eq!(Password::parse("", None, None), Err(Empty));
        assert_eq!(Password::parse("gf8Ks0dk3mQx9z", None, None), Err(TooShort));
        assert!(Password::parse("lantern omelet drizzle", None, None).is_ok());
        assert!(Password::parse("\u{2691}\u{2693}!?+#~^\u{2620}|<>=@&%$", None, None).is_ok());
        assert!(Password::parse("грибной сезон открыт рано", None, None).is_ok());
        let long: String = "lantern omelet drizzle ".chars().cycle().take(256).collect();
        assert!(Password::parse(&long, None, None).is_ok());
        assert_eq!(Password::parse(&format!("{long}x"), None, None), Err(TooLong));
        // The length counts after NFC: 28 code points compose to 14 characters.
        assert_eq!(Password::parse(&"e\u{301}".repeat(14), None, None), Err(TooShort));
    }

    #[test]
    fn a_common_password_or_one_derived_from_the_account_is_refused() {
        let ada = DisplayName::parse("Adalovelia Byronova").unwrap();
        let email = EmailAddress::parse("adalovelia.byronova@example.com").unwrap();
        for common in [
            "passwordpassword",
            "123456789012345",
            "qwertyuiopasdfg",
            "aaaaaaaaaaaaaaaaaa",
            "P4ssw0rdP4ssw0rd",
        ] {
            assert_eq!(Password::parse(common, None, None), Err(PasswordProblem::Common), "{common}");
        }
        for own in ["adalovelia.byronova@example.com", "AdaloveliaByronova", "byronova byronova"] {
            let refused = Password::parse(own, Some(&ada), Some(&email));
            assert!(
                matches!(refused, Err(PasswordProblem::Own | PasswordProblem::Common)),
                "{own}: {refused:?}"
            );
        }
    }

    #[test]
    fn common_passwords_are_refused_in_other_spellings_and_good_ones_are_accepted() {
        for common in [
            "P4$$w0rdP4$$w0rd!",
            "passwordpassword1",
            "iloveyouiloveyou",
            "letmeinletmein123",
            "111111111111111",
            "abcdefghijklmnopqrstuvwxyz",
            "1q2w3e4r5t6y7u8i",
            &"password".repeat(32),
            &"a".repeat(256),
        ] {
            assert_eq!(Password::parse(common, None, None), Err(PasswordProblem::Common), "{common}");
        }
        let after_a_weak_head = format!("{}lantern omelet drizzle", "a".repeat(24));
        for good in [
            "lantern omelet drizzle",
            "Drei Ziegen essen laut Salat",
            "q7Vd!kP2x_Zr9#mT",
            "8f14e45fceea167a",
            "zhuāng zǐ mèng dié 14",
            "грибной сезон открыт рано",
            "4@8({[<3691!|70$5+%2",
            "9021 4480 7713 6652",
            &after_a_weak_head,
        ] {
            assert!(Password::parse(good, None, None).is_ok(), "{good}");
        }
    }

    /// Searches for input that is expensive to check. A request can send any of it.
    #[test]
    fn no_input_is_expensive_to_check() {
        use std::time::{Duration, Instant};
        // xorshift (Marsaglia 2003): the same inputs in each run.
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |most: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 11).unwrap() % most
        };
        let words = [
            "password", "qwerty", "p4$$w0rd", "1q2w3e", "abc", "19991231", "ada", "\u{2691}", "e\u{301}",
            "aaaa",
        ];
        let (mut worst, mut input) = (Duration::ZERO, String::new());
        for number in 0..600 {
            let length = 15 + random(242);
            let alphabet: Vec<char> = match number % 4 {
                0 => L33T.concat().chars().collect(),
                1 => L33T.concat().chars().chain('a'..='z').collect(),
                2 => "ab".chars().collect(),
                _ => (' '..='~').collect(),
            };
            let mut typed = String::new();
            while typed.chars().count() < length {
                match random(4) {
                    0 => typed.push_str(words[random(words.len())]),
                    1 if number % 5 == 0 => typed.push_str(&typed.clone()),
                    _ => typed.push(alphabet[random(alphabet.len())]),
                }
            }
            typed = typed.chars().take(256).collect();
            let name: String = typed.chars().filter(|c| !c.is_control()).take(80).collect();
            let (name, email) =
                (DisplayName::parse(&name).ok(), EmailAddress::parse("a.d.a.4.8@example.com").unwrap());
            let time = |_| {
                let start = Instant::now();
                let _ = Password::parse(&typed, name.as_ref(), Some(&email));
                start.elapsed()
            };
            // The least of several runs: other tests use the same processors.
            let time = (0..3).map(time).min().unwrap();
            if time > worst {
                (worst, input) = (time, typed);
            }
        }
        println!("the most expensive input took {worst:?}: {input}");
        assert!(worst < Duration::from_millis(50), "{worst:?}: {input}");
        let huge = "4@8({[<3691!|70$5+%2".repeat(800);
        let start = Instant::now();
        assert_eq!(Password::parse(&huge, None, None), Err(PasswordProblem::TooLong));
        assert!(start.elapsed() < Duration::from_millis(50));
    }

    #[test]
    fn two_unicode_spellings_of_a_password_are_equal() {
        let composed = Password::parse("caf\u{e9} lantern omelet", None, None).unwrap();
        let decomposed = Password::parse("cafe\u{301} lantern omelet", None, None).unwrap();
        assert_eq!(composed, decomposed);
        assert!(!format!("{composed:?}").contains("lantern"));
    }
}
