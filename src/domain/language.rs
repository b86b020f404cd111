//! The languages of pages and emails. `locales/` has a folder for each.

use serde::{Serialize, Serializer};

/// A language of pages and emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, where nothing else was asked for.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages.
    pub const ALL: &[Self] = &[Self::English, Self::German];

    /// The language tag (BCP 47). It is also the name of the folder in `locales/`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The tag that decides how dates are written. International readers expect the day before the month, and
    /// 24 hours.
    #[must_use]
    pub(super) const fn date_tag(self) -> &'static str {
        match self {
            Self::English => "en-GB",
            Self::German => "de",
        }
    }

    /// The name of the language, in the language itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag, whatever its region or script is: `de-AT` is German.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.iter().copied().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn a_tag_names_its_language_with_any_region() {
        for (tag, language) in [
            ("de", Some(Language::German)),
            ("DE-at", Some(Language::German)),
            ("en-GB-oed", Some(Language::English)),
            ("", None),
            ("deu", None),
            ("-de", None),
            ("fr", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag:?}");
        }
        for language in Language::ALL {
            assert_eq!(Language::of_tag(language.tag()), Some(*language));
            assert_eq!(Language::of_tag(language.date_tag()), Some(*language));
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn only_the_primary_tag_decides(tag in prop_oneof![text(), "[a-zA-Z]{2}"], region in text()) {
            let language = Language::of_tag(&tag);
            if !tag.contains('-') {
                prop_assert_eq!(Language::of_tag(&format!("{tag}-{region}")), language);
            }
            let primary = tag.split('-').next().unwrap().to_ascii_lowercase();
            let known = Language::ALL.iter().copied().find(|known| known.tag() == primary);
            prop_assert_eq!(language, known);
        }
    }
}
