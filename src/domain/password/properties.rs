//! Properties of new passwords. A check takes milliseconds, so the texts are few.

use proptest::prelude::*;

use super::*;
use crate::domain::any_text::{character, config, made_of, text};

/// Texts of about the right length, and texts that are common.
fn typed() -> impl Strategy<Value = String> {
    let fitting = proptest::collection::vec(character(), 10..300).prop_map(String::from_iter);
    let common = made_of(&[
        "password", "qwerty", "12345", "ada", "lovelace", "P4$$w0rd", " ", "lantern", "omelet", "\u{e9}",
    ]);
    prop_oneof![2 => fitting, 2 => common, 1 => text()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 2, ..config() })]

    #[test]
    fn an_accepted_password_is_in_its_normal_form_and_long_enough(typed in typed()) {
        let name = DisplayName::parse("Ada Lovelace").unwrap();
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let parsed = Password::parse(&typed, Some(&name), Some(&email));
        let Ok(password) = parsed else { return Ok(()) };
        let chars = password.as_str().chars().count();
        prop_assert!((Password::MIN_CHARS..=Password::MAX_CHARS).contains(&chars));
        prop_assert_eq!(password.as_str(), normalize(&typed));
        prop_assert_eq!(Password::parse(password.as_str(), Some(&name), Some(&email)), Ok(password.clone()));
        prop_assert!(Password::parse(&typed, None, None).is_ok(), "own words only make a password weaker");
        prop_assert_eq!(format!("{password:?}"), "Password(..)");
    }

    #[test]
    fn the_length_alone_refuses_a_text_that_is_too_short_or_too_long(typed in text()) {
        let chars = normalize(&typed).chars().count();
        let problem = Password::parse(&typed, None, None).err();
        prop_assert_eq!(problem == Some(PasswordProblem::Empty), chars == 0);
        prop_assert_eq!(problem == Some(PasswordProblem::TooShort), (1..Password::MIN_CHARS).contains(&chars));
        prop_assert_eq!(problem == Some(PasswordProblem::TooLong), chars > Password::MAX_CHARS);
    }
}
