//! The name of an access token, by which its owner tells it from the others.

use super::DisplayName;
use super::display_name::DisplayNameProblem;

/// A name of 1 to 50 characters that follows the rules of a [`DisplayName`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 50;

    /// Trims, normalizes and checks what the user typed.
    pub fn parse(typed: &str) -> Result<Self, DisplayNameProblem> {
        DisplayName::parse_within(typed, Self::MAX_CHARS).map(Self)
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
    use crate::domain::any_text::{config, text};

    #[test]
    fn a_name_has_fifty_characters_at_most() {
        assert_eq!(TokenName::parse(" Backup ").unwrap().as_str(), "Backup");
        assert!(TokenName::parse(&"x".repeat(50)).is_ok());
        assert_eq!(TokenName::parse(&"x".repeat(51)), Err(DisplayNameProblem::TooLong));
        assert_eq!(TokenName::parse(" "), Err(DisplayNameProblem::Empty));
        assert_eq!(TokenName::parse("a\u{202E}b"), Err(DisplayNameProblem::Unprintable));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_name_is_a_short_display_name(typed in text()) {
            match TokenName::parse(&typed) {
                Ok(name) => {
                    let display_name = DisplayName::parse(&typed).unwrap();
                    prop_assert_eq!(display_name.as_str(), name.as_str());
                    prop_assert!(name.as_str().chars().count() <= TokenName::MAX_CHARS);
                }
                Err(DisplayNameProblem::TooLong) => prop_assert!(typed.chars().count() > TokenName::MAX_CHARS),
                Err(problem) => prop_assert_eq!(DisplayName::parse(&typed), Err(problem)),
            }
        }
    }
}
