//! The name of a second factor, by which its owner tells it from the others.

use super::DisplayName;
use super::display_name::DisplayNameProblem;

/// A name of 1 to 40 characters that follows the rules of a [`DisplayName`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorName(String);

impl FactorName {
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 40;

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
    fn a_name_has_forty_characters_at_most() {
        assert_eq!(FactorName::parse(" Phone ").unwrap().as_str(), "Phone");
        assert!(FactorName::parse(&"x".repeat(40)).is_ok());
        assert_eq!(FactorName::parse(&"x".repeat(41)), Err(DisplayNameProblem::TooLong));
        assert_eq!(FactorName::parse(" "), Err(DisplayNameProblem::Empty));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_name_is_a_short_display_name(typed in text()) {
            match FactorName::parse(&typed) {
                Ok(name) => {
                    let display_name = DisplayName::parse(&typed).unwrap();
                    prop_assert_eq!(display_name.as_str(), name.as_str());
                    prop_assert!(name.as_str().chars().count() <= FactorName::MAX_CHARS);
                }
                Err(DisplayNameProblem::TooLong) => prop_assert!(typed.chars().count() > FactorName::MAX_CHARS),
                Err(problem) => prop_assert_eq!(DisplayName::parse(&typed), Err(problem)),
            }
        }
    }
}
