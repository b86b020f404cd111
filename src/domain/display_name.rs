//! The name of an account on its pages: any script, one line, no invisible characters.

use unicode_normalization::UnicodeNormalization;

use super::invisible::{is_blank, is_invisible};

/// A name to display: 1 to 80 characters in NFC, without control or bidirectional control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// Why a text is not a [`DisplayName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisplayNameProblem {
    /// It has nothing but spaces.
    #[error("is empty")]
    Empty,
    /// It has more than [`DisplayName::MAX_CHARS`].
    #[error("is longer than 80 characters")]
    TooLong,
    /// It has a line break, a control character, an invisible or a bidirectional control character.
    #[error("has a line break or an invisible character")]
    Unprintable,
}

impl DisplayName {
    /// The maximum length in characters (Unicode scalar values after NFC).
    pub const MAX_CHARS: usize = 80;

    /// Trims, normalizes and checks what the user typed.
    pub fn parse(typed: &str) -> Result<Self, DisplayNameProblem> {
        Self::parse_within(typed, Self::MAX_CHARS).map(Self)
    }

    /// The same for the name of another thing, which has at most so many characters.
    pub(super) fn parse_within(typed: &str, most_chars: usize) -> Result<String, DisplayNameProblem> {
        let name: String = typed.trim().nfc().collect();
        if name.is_empty() {
            return Err(DisplayNameProblem::Empty);
        }
        if name.chars().any(is_invisible) || is_blank(&name) {
            return Err(DisplayNameProblem::Unprintable);
        }
        if name.chars().count() > most_chars {
            return Err(DisplayNameProblem::TooLong);
        }
        Ok(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, short, text};

    #[test]
    fn a_name_is_trimmed_and_normalized() {
        assert_eq!(DisplayName::parse("  Zoe\u{0308} ").unwrap().as_str(), "Zo\u{00EB}");
        assert_eq!(DisplayName::parse("李小龍").unwrap().as_str(), "李小龍");
        assert!(DisplayName::parse("👩\u{200D}💻").is_ok());
    }

    #[test]
    fn an_empty_long_or_unprintable_name_is_refused() {
        use DisplayNameProblem::{Empty, TooLong, Unprintable};
        for (typed, problem) in [
            (" \t ", Empty),
            ("a\nb", Unprintable),
            ("\u{202E}nimda", Unprintable),
            ("\u{200B}", Unprintable),
            ("\u{200D}", Unprintable),
            ("\u{200C}", Unprintable),
            ("\u{FE0F}", Unprintable),
            ("\u{200D}\u{200C}\u{E0100}", Unprintable),
            ("\u{2800}", Unprintable),
            ("\u{200D} \u{200D}", Unprintable),
            ("a\0b", Unprintable),
            ("a\u{AD}b", Unprintable),
            ("a\u{34F}b", Unprintable),
            (&"x".repeat(81), TooLong),
        ] {
            assert_eq!(DisplayName::parse(typed), Err(problem), "{typed:?}");
        }
        assert!(DisplayName::parse(&"ß".repeat(80)).is_ok());
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_name_of_any_text_is_one_visible_line_in_its_normal_form(
            typed in prop_oneof![text(), short(90), r"[\u{200C}\u{200D}\u{FE0F}\u{2003}\u{2800} a]{1,4}"],
        ) {
            let shown_as_nothing = ['\u{200C}', '\u{200D}', '\u{FE0F}', '\u{2800}'];
            let Ok(name) = DisplayName::parse(&typed) else { return Ok(()) };
            let shown = name.as_str();
            prop_assert_eq!(DisplayName::parse(shown), Ok(name.clone()));
            prop_assert!((1..=DisplayName::MAX_CHARS).contains(&shown.chars().count()));
            prop_assert!(!shown.chars().any(is_invisible));
            let shows_nothing = |c: char| c.is_whitespace() || shown_as_nothing.contains(&c);
            prop_assert!(!shown.chars().all(shows_nothing));
            prop_assert_eq!(shown, shown.trim().nfc().collect::<String>());
        }

        #[test]
        fn a_name_is_accepted_with_any_spaces_around_it(
            name in "[a-z\u{e4}\u{674e}]{1,80}",
            space in "[ \t\u{3000}]{0,9}",
        ) {
            let typed = format!("{space}{name}{space}");
            let parsed = DisplayName::parse(&typed).unwrap();
            prop_assert_eq!(parsed.as_str(), name);
        }
    }
}
