//! A new password: long enough, not a known one, not the account's own name or address.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zxcvbn::Score;

use super::{DisplayName, EmailAddress};

/// A password that may be set: 15 to 256 characters (NIST SP 800-63B-4 §3.1.1.2: 15 where the
/// password is the only factor), in NFC (RFC 8265), of any characters, without composition rules.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text may not be set as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Nothing was typed.
    #[error("Enter a password.")]
    Empty,
    /// Fewer than [`Password::MIN_CHARS`].
    #[error("The password needs at least 15 characters. A few unrelated words work well.")]
    TooShort,
    /// More than [`Password::MAX_CHARS`].
    #[error("The password can have at most 256 characters.")]
    TooLong,
    /// Made of passwords that are tried first: common and breached ones, repeats, rows of keys.
    #[error("This password is among the first that an attacker tries. Choose a less common one.")]
    Common,
    /// Made of the account's own name or address.
    #[error("This password is easily guessed from your name or address. Choose another one.")]
    Own,
}

impl Password {
    /// The fewest characters (Unicode scalar values after NFC).
    pub const MIN_CHARS: usize = 15;
    /// The most characters.
    pub const MAX_CHARS: usize = 256;

    /// Checks a password that is to be set. It is kept as typed, spaces included, but for NFC.
    ///
    /// The lists of common and breached passwords, names and words are those of zxcvbn, which also
    /// sees through repeats, rows of keys and `l33t`. What it puts below 10^8 guesses is refused.
    ///
    /// # Errors
    /// A [`PasswordProblem`], whose text is written for the person who typed it.
    pub fn parse(
        typed: &str,
        name: Option<&DisplayName>,
        email: Option<&EmailAddress>,
    ) -> Result<Self, PasswordProblem> {
        use PasswordProblem::{Common, Empty, Own, TooLong, TooShort};
        if typed.is_empty() {
            return Err(Empty);
        }
        let password = normalise(typed);
        match password.chars().count() {
            count if count < Self::MIN_CHARS => return Err(TooShort),
            count if count > Self::MAX_CHARS => return Err(TooLong),
            _ => {}
        }
        // zxcvbn's time grows with the square of the length: what comes later only adds to it.
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

/// NFC: the same password typed on another keyboard or system gives the same bytes.
#[must_use]
pub fn normalise(typed: &str) -> String {
    typed.nfc().collect()
}

/// The words of this account (ASVS 6.2.11): its name, its address and their parts, and ours.
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
    // The longest first, so that taking out a part does not hide the whole.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// How many letters and digits are left of a password when the account's own words are taken out;
/// `None` when it has none of them.
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
    fn length_is_counted_in_characters_and_nothing_else_is_asked_for() {
        use PasswordProblem::{Empty, TooLong, TooShort};
        assert_eq!(Password::parse("", None, None), Err(Empty));
        assert_eq!(Password::parse("gf8Ks0dk3mQx9z", None, None), Err(TooShort));
        assert!(Password::parse("lantern omelet drizzle", None, None).is_ok());
        assert!(Password::parse("\u{2691}\u{2693}!?+#~^\u{2620}|<>=@&%$", None, None).is_ok());
        assert!(Password::parse("грибной сезон открыт рано", None, None).is_ok());
        let long: String = "lantern omelet drizzle ".chars().cycle().take(256).collect();
        assert!(Password::parse(&long, None, None).is_ok());
        assert_eq!(Password::parse(&format!("{long}x"), None, None), Err(TooLong));
        // Counted after NFC: fifteen letters typed as thirty code points are fifteen.
        assert_eq!(Password::parse(&"e\u{301}".repeat(14), None, None), Err(TooShort));
    }

    #[test]
    fn known_and_own_passwords_are_refused() {
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
    fn one_password_typed_in_two_ways_is_the_same() {
        let composed = Password::parse("caf\u{e9} lantern omelet", None, None).unwrap();
        let decomposed = Password::parse("cafe\u{301} lantern omelet", None, None).unwrap();
        assert_eq!(composed, decomposed);
        assert!(!format!("{composed:?}").contains("lantern"));
    }
}
