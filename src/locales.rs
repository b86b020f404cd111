//! The message catalogue (`locales/`): short texts by key. Pages and emails have templates; no sentence
//! that a user reads stands in Rust.

use std::path::Path;
use std::{fmt, fs, io};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use serde::{Serialize, Serializer};
use tera::{Kwargs, State, Tera, Value};

use crate::domain::display_name::DisplayNameProblem;
use crate::domain::email_address::EmailAddressProblem;
use crate::domain::password::PasswordProblem;

/// The language of every text until users can choose one.
const LANGUAGE: &str = "en";

macro_rules! messages {
    ($($name:ident = $key:literal,)*) => {
        /// A message of the catalogue, by its key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Message {
            $(#[doc = concat!("`", $key, "`")] $name,)*
        }

        impl Message {
            /// All messages that the code can show.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The key in `locales/*/*.ftl`.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key),* }
            }
        }
    };
}

messages! {
    PageOverview = "page-overview",
    PageProfile = "page-profile",
    PageEmail = "page-email",
    PageSessions = "page-sessions",
    PageDelete = "page-delete",
    GroupYou = "group-you",
    GroupSigningIn = "group-signing-in",
    GroupSecurity = "group-security",
    GroupYourData = "group-your-data",
    NameEmpty = "name-empty",
    NameTooLong = "name-too-long",
    NameUnprintable = "name-unprintable",
    EmailEmpty = "email-empty",
    EmailTooLong = "email-too-long",
    EmailMalformed = "email-malformed",
    EmailUnchanged = "email-unchanged",
    EmailDomain = "email-domain",
    NewPasswordAgain = "new-password-again",
    NewPasswordEmpty = "new-password-empty",
    NewPasswordTooShort = "new-password-too-short",
    NewPasswordTooLong = "new-password-too-long",
    NewPasswordCommon = "new-password-common",
    NewPasswordOwn = "new-password-own",
    PasswordEmpty = "password-empty",
    SignInWrong = "sign-in-wrong",
    SignInLimited = "sign-in-limited",
    SignInFirst = "sign-in-first",
    SignUpLimited = "sign-up-limited",
    ConfirmTickMissing = "confirm-tick-missing",
    ConfirmPasswordWrong = "confirm-password-wrong",
    ConfirmWordMissing = "confirm-word-missing",
    ConfirmWordWrong = "confirm-word-wrong",
    ConfirmTooFast = "confirm-too-fast",
    ConfirmForeignStamp = "confirm-foreign-stamp",
    ConfirmSpent = "confirm-spent",
    ConfirmLimited = "confirm-limited",
    FormStale = "form-stale",
    DoneSaved = "done-saved",
    DoneCardOn = "done-card-on",
    DoneCardOff = "done-card-off",
    DoneSignedOut = "done-signed-out",
    DoneCancelled = "done-cancelled",
    DoneKept = "done-kept",
    DoneEmailSent = "done-email-sent",
    DoneEmailSentAgain = "done-email-sent-again",
    DoneEmailChangeCancelled = "done-email-change-cancelled",
    DoneSessionEnded = "done-session-ended",
    DoneSessionEndedBefore = "done-session-ended-before",
    RefusedPage = "refused-page",
    RefusedForm = "refused-form",
    RefusedPrefetch = "refused-prefetch",
    ErrorBadRequest = "error-bad-request",
    ErrorDuplicateField = "error-duplicate-field",
    ErrorUnreadableForm = "error-unreadable-form",
    ErrorCardSwitch = "error-card-switch",
    ErrorUnreadableReport = "error-unreadable-report",
    ErrorSignedOut = "error-signed-out",
    ErrorRefused = "error-refused",
    ErrorStaleForm = "error-stale-form",
    ErrorNotFound = "error-not-found",
    ErrorAccountGone = "error-account-gone",
    ErrorMethod = "error-method",
    ErrorNotAcceptable = "error-not-acceptable",
    ErrorTooSlow = "error-too-slow",
    ErrorTooLarge = "error-too-large",
    ErrorTooLong = "error-too-long",
    ErrorMediaType = "error-media-type",
    ErrorRange = "error-range",
    ErrorMisdirected = "error-misdirected",
    ErrorUnprocessable = "error-unprocessable",
    ErrorLimited = "error-limited",
    ErrorClient = "error-client",
    ErrorUnavailable = "error-unavailable",
    ErrorCommitUnknown = "error-commit-unknown",
    ErrorInternal = "error-internal",
}

impl Message {
    /// The message of a key; `None` for a key that the code cannot show.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|message| message.key() == key)
    }
}

/// Serializes a message as its key; templates show it with `message(key=…)`.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl From<DisplayNameProblem> for Message {
    fn from(problem: DisplayNameProblem) -> Self {
        match problem {
            DisplayNameProblem::Empty => Self::NameEmpty,
            DisplayNameProblem::TooLong => Self::NameTooLong,
            DisplayNameProblem::Unprintable => Self::NameUnprintable,
        }
    }
}

impl From<EmailAddressProblem> for Message {
    fn from(problem: EmailAddressProblem) -> Self {
        match problem {
            EmailAddressProblem::Empty => Self::EmailEmpty,
            EmailAddressProblem::TooLong => Self::EmailTooLong,
            EmailAddressProblem::Malformed => Self::EmailMalformed,
        }
    }
}

impl From<PasswordProblem> for Message {
    fn from(problem: PasswordProblem) -> Self {
        match problem {
            PasswordProblem::Empty => Self::NewPasswordEmpty,
            PasswordProblem::TooShort => Self::NewPasswordTooShort,
            PasswordProblem::TooLong => Self::NewPasswordTooLong,
            PasswordProblem::Common => Self::NewPasswordCommon,
            PasswordProblem::Own => Self::NewPasswordOwn,
        }
    }
}

/// The messages of one language.
pub struct Catalogue(FluentBundle<FluentResource>);

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueProblem {
    /// The folder or a file of it cannot be read.
    #[error("{folder}: {cause}")]
    Unreadable {
        /// The folder of the language.
        folder: String,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A file is not valid Fluent, or two files define the same message.
    #[error("{file}: {faults}")]
    Malformed {
        /// The file.
        file: String,
        /// The faults of the file.
        faults: String,
    },
    /// The code shows a message that the catalogue lacks.
    #[error("{folder} has no message {key}")]
    Missing {
        /// The folder of the language.
        folder: String,
        /// The key.
        key: &'static str,
    },
}

impl Catalogue {
    /// Reads `locales/en/*.ftl` below a folder and checks that it has every message.
    ///
    /// # Errors
    /// A [`CatalogueProblem`]: the server must not start.
    pub fn load(assets_dir: &Path) -> Result<Self, CatalogueProblem> {
        let folder = assets_dir.join("locales").join(LANGUAGE);
        let shown = folder.display().to_string();
        let unreadable = |cause| CatalogueProblem::Unreadable { folder: shown.clone(), cause };
        let language = LANGUAGE.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // Isolation marks (U+2068, U+2069) would stand in plain-text emails and in the gate's lines.
        bundle.set_use_isolating(false);
        let entries = fs::read_dir(&folder).map_err(unreadable)?;
        let mut files: Vec<_> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(unreadable)?;
        files.retain(|file| file.extension().is_some_and(|ending| ending == "ftl"));
        files.sort();
        for file in files {
            let malformed = |faults: &dyn fmt::Debug| CatalogueProblem::Malformed {
                file: file.display().to_string(),
                faults: format!("{faults:?}"),
            };
            let text = fs::read_to_string(&file).map_err(unreadable)?;
            let resource = FluentResource::try_new(text).map_err(|(_, faults)| malformed(&faults))?;
            bundle.add_resource(resource).map_err(|faults| malformed(&faults))?;
        }
        let catalogue = Self(bundle);
        let missing = Message::ALL.iter().find(|message| catalogue.find(message.key(), None, None).is_none());
        missing.map_or(Ok(catalogue), |message| {
            Err(CatalogueProblem::Missing { folder: shown.clone(), key: message.key() })
        })
    }

    /// A message that needs no value.
    #[must_use]
    pub fn text(&self, message: Message) -> String {
        // `load` has found every message; the key would only stand here for one that needs a value.
        self.find(message.key(), None, None).unwrap_or_else(|| message.key().to_owned())
    }

    /// The longer text that belongs to an error's title.
    #[must_use]
    pub fn detail(&self, message: Message) -> String {
        self.find(message.key(), Some("text"), None).unwrap_or_default()
    }

    fn find(&self, key: &str, attribute: Option<&str>, count: Option<i64>) -> Option<String> {
        let message = self.0.get_message(key)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        let mut values = FluentArgs::new();
        values.set("count", count.unwrap_or_default());
        let mut faults = Vec::new();
        let text = self.0.format_pattern(pattern, Some(&values), &mut faults).into_owned();
        faults.is_empty().then_some(text)
    }
}

/// Gives templates the function `message(key, count)`: the text of a message, or no text without a key. A
/// key that the catalogue lacks is an error.
pub fn register(tera: &mut Tera, catalogue: std::sync::Arc<Catalogue>) {
    tera.register_function("message", move |values: Kwargs, _: &State| -> tera::TeraResult<String> {
        let key = values.get::<&Value>("key")?.and_then(Value::as_str).unwrap_or_default();
        if key.is_empty() {
            return Ok(String::new());
        }
        let count = values.get::<&Value>("count")?.and_then(Value::as_i64);
        let text = catalogue.find(key, None, count);
        text.ok_or_else(|| tera::Error::message(format!("the catalogue has no message {key:?}")))
    });
}

#[cfg(test)]
mod tests {
    use fluent_syntax::ast::Entry;

    use super::*;

    #[test]
    fn the_catalogue_and_the_code_name_the_same_messages() {
        let text = include_str!("../locales/en/messages.ftl");
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        let written: Vec<&str> = resource
            .entries()
            .filter_map(
                |entry| if let Entry::Message(message) = entry { Some(message.id.name) } else { None },
            )
            .collect();
        let named: Vec<&str> = Message::ALL.iter().map(|message| message.key()).collect();
        assert_eq!(written, named, "left: locales/en, right: src/locales.rs, in one order");
        let errors = named.iter().filter(|key| key.starts_with("error-"));
        let catalogue = Catalogue::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        for key in errors {
            assert!(catalogue.find(key, Some("text"), None).is_some(), "{key} has no text");
        }
    }

    #[test]
    fn a_message_counts_in_its_language() {
        let catalogue = Catalogue::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let ended = |count| catalogue.find(Message::DoneSessionEnded.key(), None, Some(count)).unwrap();
        assert_eq!(ended(0), "You weren’t signed in anywhere else.");
        assert_eq!(ended(1), "Signed out of 1 other place.");
        assert_eq!(ended(7), "Signed out of 7 other places.");
        assert!(catalogue.find("no-such-message", None, None).is_none());
    }
}
