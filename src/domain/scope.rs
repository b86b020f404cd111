//! What an access token may do.

/// A scope of the API, as tokens and the API's documents name it (RFC 6749, section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read the settings of the account and where it is signed in.
    SettingsRead,
    /// Change settings that are not sensitive, and sign devices out.
    SettingsWrite,
    /// Read the activity of the account.
    ActivityRead,
}

impl Scope {
    /// All scopes, in the order of pages and documents.
    pub const ALL: [Self; 3] = [Self::SettingsRead, Self::SettingsWrite, Self::ActivityRead];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SettingsRead => "settings:read",
            Self::SettingsWrite => "settings:write",
            Self::ActivityRead => "activity:read",
        }
    }
}

/// The scopes of a token: at least one, each once, in the order of [`Scope::ALL`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The scopes that were chosen; `None` if there are none.
    #[must_use]
    pub fn new(chosen: impl Fn(Scope) -> bool) -> Option<Self> {
        let scopes: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| chosen(*scope)).collect();
        (!scopes.is_empty()).then_some(Self(scopes))
    }

    /// Reads names that are separated by spaces. A name of another version counts as none, so that it allows nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::new(|scope| text.split(' ').any(|name| name == scope.name()))
    }

    /// Whether the scopes cover this one.
    #[must_use]
    pub fn cover(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// The scopes.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// The names, separated by spaces.
    #[must_use]
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|scope| scope.name()).collect();
        names.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

    #[test]
    fn scopes_are_read_as_they_are_written_and_unknown_ones_allow_nothing() {
        let all = Scopes::new(|_| true).unwrap();
        assert_eq!(all.text(), "settings:read settings:write activity:read");
        assert_eq!(Scopes::parse(&all.text()), Some(all));
        for text in ["", " ", "settings", "SETTINGS:READ", "settings:read,activity:read", "admin"] {
            assert_eq!(Scopes::parse(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn scopes_cover_exactly_what_was_named(
            text in prop_oneof![text(), made_of(&["settings:read", "settings:write", "activity:read", " "])],
        ) {
            let named = |scope: Scope| text.split(' ').any(|word| word == scope.name());
            match Scopes::parse(&text) {
                Some(scopes) => {
                    prop_assert!(Scope::ALL.iter().all(|scope| scopes.cover(*scope) == named(*scope)));
                    prop_assert_eq!(Scopes::parse(&scopes.text()), Some(scopes));
                }
                None => prop_assert!(!Scope::ALL.into_iter().any(named)),
            }
        }
    }
}
