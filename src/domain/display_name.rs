//! What an account is called on its pages: any writing, one line, nothing invisible.

use unicode_normalization::UnicodeNormalization;

/// A name to show: 1 to 80 characters in NFC, without control or direction-changing characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is no [`DisplayName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameProblem {
    /// Nothing but spaces.
    #[error("Enter a name.")]
    Empty,
    /// More than [`DisplayName::MAX_CHARS`].
    #[error("The name can have at most 80 characters.")]
    TooLong,
    /// A line break, a control character, or one that is invisible or turns the writing direction.
    #[error("The name has a character that cannot be shown. Remove line breaks and invisible characters.")]
    Unprintable,
}

impl DisplayName {
    /// The most characters (Unicode scalar values, after NFC).
    pub const MAX_CHARS: usize = 80;

    /// Trims and normalises what was typed.
    ///
    /// # Errors
    /// A [`DisplayNameProblem`], whose text is written for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, DisplayNameProblem> {
        let name: String = typed.trim().nfc().collect();
        if name.is_empty() {
            return Err(DisplayNameProblem::Empty);
        }
        if name.chars().any(is_unprintable) || name.chars().all(|c| c == '\u{200D}') {
            return Err(DisplayNameProblem::Unprintable);
        }
        if name.chars().count() > Self::MAX_CHARS {
            return Err(DisplayNameProblem::TooLong);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Controls, line separators, zero-width spaces and the bidirectional controls of UAX #9, which
/// make one name look like another. U+200C and U+200D stay: Persian and emoji need them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}'
            | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_normalised() {
        assert_eq!(DisplayName::parse("  Zoe\u{0308} ").unwrap().as_str(), "Zo\u{00EB}");
        assert_eq!(DisplayName::parse("李小龍").unwrap().as_str(), "李小龍");
        assert!(DisplayName::parse("👩\u{200D}💻").is_ok());
    }

    #[test]
    fn what_cannot_be_shown_is_refused() {
        use DisplayNameProblem::{Empty, TooLong, Unprintable};
        for (typed, problem) in [
            (" \t ", Empty),
            ("a\nb", Unprintable),
            ("\u{202E}nimda", Unprintable),
            ("\u{200B}", Unprintable),
            ("\u{200D}", Unprintable),
            ("a\0b", Unprintable),
            (&"x".repeat(81), TooLong),
        ] {
            assert_eq!(DisplayName::parse(typed), Err(problem), "{typed:?}");
        }
        assert!(DisplayName::parse(&"ß".repeat(80)).is_ok());
    }
}
