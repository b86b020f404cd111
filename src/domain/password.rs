//! New passwords: long enough, not commonly used, and not derived from the account's name or email address.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;

use super::{DisplayName, EmailAddress};

/// A password that an account may have: 15 to 256 characters in NFC (RFC 8265), without composition
/// rules. NIST SP 800-63B-4 §3.1.1.2 requires 15 where the password is the only factor.
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
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 256;

    /// Checks a new password. Apart from NFC it stays as typed, including spaces.
    ///
    /// zxcvbn has the lists of common and breached passwords, names and words, and recognizes repeats,
    /// rows of keys and `l33t`. A password that it estimates at fewer than 10^8 guesses is refused.
    pub fn parse(
        typed: &str,
        name: Option<&DisplayName>,
        email: Option<&EmailAddress>,
    ) -> Result<Self, PasswordProblem> {
        use PasswordProblem::{Common, Empty, Own, TooLong, TooShort};
        if typed.is_empty() {
            return Err(Empty);
        }
        let password = normalize(typed);
        match password.chars().count() {
            count if count < Self::MIN_CHARS => return Err(TooShort),
            count if count > Self::MAX_CHARS => return Err(TooLong),
            _ => {}
        }
        // zxcvbn takes time in the square of the length, and further characters only add guesses.
        let head: String = password.chars().take(64).collect();
        let own = own_words(name, email);
        if rest_without(&own, &password).is_some_and(|rest| rest < Self::MIN_CHARS / 2) {
            return Err(Own);
        }
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        if zxcvbn::zxcvbn(&head, &own).score() < Score::Three {
            let without = zxcvbn::zxcvbn(&head, &[]);
            return Err(if without.score() < Score::Three { Common } else { Own });
        }
        Ok(Self(password))
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
    fn two_unicode_spellings_of_a_password_are_equal() {
        let composed = Password::parse("caf\u{e9} lantern omelet", None, None).unwrap();
        let decomposed = Password::parse("cafe\u{301} lantern omelet", None, None).unwrap();
        assert_eq!(composed, decomposed);
        assert!(!format!("{composed:?}").contains("lantern"));
    }
}
