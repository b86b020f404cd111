//! The texts of a confirmation, as the application that asks for it wrote them: a title, and details with a label and a
//! value. Our pages show them in a frame of their own, so each is one line without any character that could leave it.

use serde::{Deserialize, Serialize};

use super::plain_line::{self, PlainLineProblem};

/// The most characters of a title (Unicode scalar values after NFC).
pub const TITLE_CHARS: usize = 120;
/// The most characters of a label.
pub const LABEL_CHARS: usize = 40;
/// The most characters of a value.
pub const VALUE_CHARS: usize = 300;

macro_rules! line {
    ($(#[$meta:meta])* $name:ident, $most:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Normalizes and checks what an application wrote.
            ///
            /// # Errors
            /// A [`PlainLineProblem`].
            pub fn parse(text: &str) -> Result<Self, PlainLineProblem> {
                plain_line::parse(text, $most).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = PlainLineProblem;

            fn try_from(text: String) -> Result<Self, PlainLineProblem> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

line! {
    /// What the user is asked to confirm, such as "Pay 1,200 € to Bob".
    ConfirmationTitle, TITLE_CHARS
}

line! {
    /// The label of a detail, such as "Account".
    DetailLabel, LABEL_CHARS
}

line! {
    /// The value of a detail.
    DetailValue, VALUE_CHARS
}

/// A detail of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Its label.
    pub label: DetailLabel,
    /// Its value.
    pub value: DetailValue,
}

/// The most details of a confirmation.
pub const MOST_DETAILS: usize = 12;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_normalization::char::is_combining_mark;

    use super::*;
    use crate::domain::any_text::{config, short, text};
    use crate::domain::invisible::is_invisible;

    #[test]
    fn a_text_is_one_line_in_its_normal_form() {
        for (written, shown) in [
            ("  Pay   1\u{a0}200 € to Zoe\u{308} ", "Pay 1\u{a0}200 € to Zo\u{eb}"),
            ("حذف المشروع", "حذف المشروع"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("<b>not bold</b> & \"quoted\"", "<b>not bold</b> & \"quoted\""),
        ] {
            assert_eq!(ConfirmationTitle::parse(written).unwrap().as_str(), shown);
        }
    }

    #[test]
    fn a_text_that_could_leave_its_place_is_refused() {
        use PlainLineProblem::{Empty, Piled, TooLong, Unprintable};
        for (written, problem) in [
            ("", Empty),
            ("   ", Empty),
            ("Pay\nSigned in as Ada", Unprintable),
            ("Pay\r", Unprintable),
            ("Pay\t5", Unprintable),
            ("Pay\0", Unprintable),
            ("Pay\u{85}", Unprintable),
            ("Pay\u{2028}", Unprintable),
            ("\u{202E}yap", Unprintable),
            ("\u{2066}Pay", Unprintable),
            ("Pay\u{200B}", Unprintable),
            ("Pay\u{FEFF}", Unprintable),
            ("Pay\u{AD}", Unprintable),
            ("\u{2800}", Unprintable),
            ("\u{200D}", Unprintable),
            ("a\u{332}\u{332}\u{332}\u{332}\u{332}", Piled),
            (&"x".repeat(121), TooLong(120)),
        ] {
            assert_eq!(ConfirmationTitle::parse(written), Err(problem), "{written:?}");
        }
        assert!(ConfirmationTitle::parse(&"ß".repeat(120)).is_ok());
        assert_eq!(DetailLabel::parse(&"x".repeat(41)), Err(TooLong(40)));
        assert_eq!(DetailValue::parse(&"x".repeat(301)), Err(TooLong(300)));
    }

    #[test]
    fn a_text_that_a_row_holds_is_checked_when_it_is_read() {
        assert!(serde_json::from_str::<ConfirmationTitle>(r#""Pay""#).is_ok());
        assert!(serde_json::from_str::<ConfirmationTitle>(r#""Pay\n""#).is_err());
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_text_is_one_visible_line_that_stays_as_it_is(written in prop_oneof![text(), short(130)]) {
            let (title, label, value) =
                (ConfirmationTitle::parse(&written), DetailLabel::parse(&written), DetailValue::parse(&written));
            let Ok(text) = &value else {
                prop_assert!(title.is_err() && label.is_err());
                return Ok(());
            };
            let shown = text.as_str();
            let chars = shown.chars().count();
            prop_assert_eq!(DetailValue::parse(shown), Ok(text.clone()));
            prop_assert_eq!(title.is_ok(), chars <= TITLE_CHARS);
            prop_assert_eq!(label.is_ok(), chars <= LABEL_CHARS);
            prop_assert!((1..=VALUE_CHARS).contains(&chars));
            prop_assert!(!shown.chars().any(|c| is_invisible(c) || c.is_control()));
            prop_assert!(!shown.contains("  ") && !shown.starts_with(' ') && !shown.ends_with(' '));
            prop_assert_eq!(shown.nfc().collect::<String>(), shown);
            let marks: Vec<bool> = shown.chars().map(is_combining_mark).collect();
            prop_assert!(!marks.windows(5).any(|five| five.iter().all(|mark| *mark)));
        }
    }
}
