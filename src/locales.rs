//! The message catalogue (`locales/`): short texts by key. Pages and emails have templates; no sentence
//! that a user reads stands in Rust.

mod shape;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::{fmt, io};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::Entry;
use serde::{Serialize, Serializer};
use tera::{Kwargs, State, Tera, Value};

use self::shape::Shape;
use crate::assets::Assets;
use crate::domain::display_name::DisplayNameProblem;
use crate::domain::email_address::EmailAddressProblem;
use crate::domain::password::PasswordProblem;
use crate::domain::{EventKind, Language};

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
    PageLanguage = "page-language",
    PageEmail = "page-email",
    PagePassword = "page-password",
    PageTwoFactor = "page-two-factor",
    PageSessions = "page-sessions",
    PageActivity = "page-activity",
    PageTokens = "page-tokens",
    PageExport = "page-export",
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
    NewPasswordTooShortBesideFactor = "new-password-too-short-beside-factor",
    NewPasswordTooLong = "new-password-too-long",
    NewPasswordCommon = "new-password-common",
    NewPasswordOwn = "new-password-own",
    PasswordEmpty = "password-empty",
    FactorNameEmpty = "factor-name-empty",
    FactorNameTooLong = "factor-name-too-long",
    FactorNameUnprintable = "factor-name-unprintable",
    FactorChoose = "factor-choose",
    FactorsTooMany = "factors-too-many",
    FactorNeedsRecoveryCode = "factor-needs-recovery-code",
    FactorNeedsLongPassword = "factor-needs-long-password",
    PasskeysTooMany = "passkeys-too-many",
    PasskeyUnavailable = "passkey-unavailable",
    PasskeyNeedsScript = "passkey-needs-script",
    PasskeyRefused = "passkey-refused",
    TokenNameEmpty = "token-name-empty",
    TokenNameTooLong = "token-name-too-long",
    TokenScopesNone = "token-scopes-none",
    TokenDaysUnknown = "token-days-unknown",
    TokensTooMany = "tokens-too-many",
    CodeEmpty = "code-empty",
    CodeWrong = "code-wrong",
    CodeWrongNew = "code-wrong-new",
    SignInWrong = "sign-in-wrong",
    SignInLimited = "sign-in-limited",
    SignInFirst = "sign-in-first",
    SignInAgain = "sign-in-again",
    SignInDisabled = "sign-in-disabled",
    SignUpLimited = "sign-up-limited",
    ForgotPasswordLimited = "forgot-password-limited",
    ConfirmTickMissing = "confirm-tick-missing",
    ConfirmCodeWrong = "confirm-code-wrong",
    ConfirmPasskeyRefused = "confirm-passkey-refused",
    ConfirmPasswordWrong = "confirm-password-wrong",
    ConfirmWordMissing = "confirm-word-missing",
    ConfirmWordWrong = "confirm-word-wrong",
    ConfirmWordDelete = "confirm-word-delete",
    ConfirmTooFast = "confirm-too-fast",
    ConfirmForeignStamp = "confirm-foreign-stamp",
    ConfirmSpent = "confirm-spent",
    ConfirmLimited = "confirm-limited",
    ConfirmationNeedsFactor = "confirmation-needs-factor",
    FormStale = "form-stale",
    LanguageUnknown = "language-unknown",
    TimeZoneUnknown = "time-zone-unknown",
    RegionAfrica = "region-africa",
    RegionAmerica = "region-america",
    RegionAntarctica = "region-antarctica",
    RegionArctic = "region-arctic",
    RegionAsia = "region-asia",
    RegionAtlantic = "region-atlantic",
    RegionAustralia = "region-australia",
    RegionEurope = "region-europe",
    RegionIndian = "region-indian",
    RegionPacific = "region-pacific",
    DoneSaved = "done-saved",
    DoneLanguage = "done-language",
    DoneCardOn = "done-card-on",
    DoneCardOff = "done-card-off",
    DoneSignInOver = "done-sign-in-over",
    DoneSignedOut = "done-signed-out",
    DoneCancelled = "done-cancelled",
    DoneKept = "done-kept",
    DonePasswordChanged = "done-password-changed",
    DoneUndone = "done-undone",
    DoneAuthenticatorAdded = "done-authenticator-added",
    DonePasskeyAdded = "done-passkey-added",
    DoneFactorRemoved = "done-factor-removed",
    DoneOwnPasswordChanged = "done-own-password-changed",
    DonePasswordKeptOthers = "done-password-kept-others",
    DoneEmailSent = "done-email-sent",
    DoneEmailSentAgain = "done-email-sent-again",
    DoneEmailChangeCancelled = "done-email-change-cancelled",
    DoneSessionEnded = "done-session-ended",
    DoneSessionEndedBefore = "done-session-ended-before",
    DoneTokenRevoked = "done-token-revoked",
    DoneTokenRevokedBefore = "done-token-revoked-before",
    EventAccountCreated = "event-account-created",
    EventSignedIn = "event-signed-in",
    EventSignedInNewDevice = "event-signed-in-new-device",
    EventSignedInAgain = "event-signed-in-again",
    EventSignInFailed = "event-sign-in-failed",
    EventProofFailed = "event-proof-failed",
    EventSignedOut = "event-signed-out",
    EventSessionEnded = "event-session-ended",
    EventOtherSessionsEnded = "event-other-sessions-ended",
    EventNameChanged = "event-name-changed",
    EventCardEnabled = "event-card-enabled",
    EventCardDisabled = "event-card-disabled",
    EventEmailChangeRequested = "event-email-change-requested",
    EventEmailChangeCancelled = "event-email-change-cancelled",
    EventEmailChanged = "event-email-changed",
    EventPasswordChanged = "event-password-changed",
    EventAuthenticatorAdded = "event-authenticator-added",
    EventPasskeyAdded = "event-passkey-added",
    EventFactorRemoved = "event-second-factor-removed",
    EventRecoveryCodesMade = "event-recovery-codes-made",
    EventRecoveryCodeUsed = "event-recovery-code-used",
    EventSecondFactorFailed = "event-second-factor-failed",
    EventPasswordResetRequested = "event-password-reset-requested",
    EventPasswordReset = "event-password-reset",
    EventDeletionRequested = "event-deletion-requested",
    EventDeletionCancelled = "event-deletion-cancelled",
    EventDataExported = "event-data-exported",
    EventConfirmationApproved = "event-confirmation-approved",
    EventConfirmationDeclined = "event-confirmation-declined",
    EventAccessTokenCreated = "event-access-token-created",
    EventAccessTokenRevoked = "event-access-token-revoked",
    EventUndoLinkUsed = "event-undo-link-used",
    EventCreatedByOperator = "event-created-by-operator",
    EventImportedByOperator = "event-imported-by-operator",
    EventDisabledByOperator = "event-disabled-by-operator",
    EventEnabledByOperator = "event-enabled-by-operator",
    EventSessionsEndedByOperator = "event-sessions-ended-by-operator",
    EventResetSentByOperator = "event-reset-sent-by-operator",
    EventFactorResetRequestedByOperator = "event-second-factor-reset-requested-by-operator",
    EventFactorsResetByOperator = "event-second-factors-reset-by-operator",
    EventDeletionRequestedByOperator = "event-deletion-requested-by-operator",
    EventUnknown = "event-unknown",
    ScopeSettingsRead = "scope-settings-read",
    ScopeSettingsWrite = "scope-settings-write",
    ScopeActivityRead = "scope-activity-read",
    AgoNow = "ago-now",
    AgoMinutes = "ago-minutes",
    AgoHours = "ago-hours",
    AgoDays = "ago-days",
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
    ErrorFactorRequired = "error-factor-required",
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

impl From<EventKind> for Message {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::AccountCreated => Self::EventAccountCreated,
            EventKind::SignedIn => Self::EventSignedIn,
            EventKind::SignedInNewDevice => Self::EventSignedInNewDevice,
            EventKind::SignedInAgain => Self::EventSignedInAgain,
            EventKind::SignInFailed => Self::EventSignInFailed,
            EventKind::ProofFailed => Self::EventProofFailed,
            EventKind::SignedOut => Self::EventSignedOut,
            EventKind::SessionEnded => Self::EventSessionEnded,
            EventKind::OtherSessionsEnded => Self::EventOtherSessionsEnded,
            EventKind::NameChanged => Self::EventNameChanged,
            EventKind::CardEnabled => Self::EventCardEnabled,
            EventKind::CardDisabled => Self::EventCardDisabled,
            EventKind::EmailChangeRequested => Self::EventEmailChangeRequested,
            EventKind::EmailChangeCancelled => Self::EventEmailChangeCancelled,
            EventKind::EmailChanged => Self::EventEmailChanged,
            EventKind::PasswordChanged => Self::EventPasswordChanged,
            EventKind::AuthenticatorAdded => Self::EventAuthenticatorAdded,
            EventKind::PasskeyAdded => Self::EventPasskeyAdded,
            EventKind::FactorRemoved => Self::EventFactorRemoved,
            EventKind::RecoveryCodesMade => Self::EventRecoveryCodesMade,
            EventKind::RecoveryCodeUsed => Self::EventRecoveryCodeUsed,
            EventKind::SecondFactorFailed => Self::EventSecondFactorFailed,
            EventKind::PasswordResetRequested => Self::EventPasswordResetRequested,
            EventKind::PasswordReset => Self::EventPasswordReset,
            EventKind::DeletionRequested => Self::EventDeletionRequested,
            EventKind::DeletionCancelled => Self::EventDeletionCancelled,
            EventKind::DataExported => Self::EventDataExported,
            EventKind::ConfirmationApproved => Self::EventConfirmationApproved,
            EventKind::ConfirmationDeclined => Self::EventConfirmationDeclined,
            EventKind::AccessTokenCreated => Self::EventAccessTokenCreated,
            EventKind::AccessTokenRevoked => Self::EventAccessTokenRevoked,
            EventKind::UndoLinkUsed => Self::EventUndoLinkUsed,
            EventKind::CreatedByOperator => Self::EventCreatedByOperator,
            EventKind::ImportedByOperator => Self::EventImportedByOperator,
            EventKind::DisabledByOperator => Self::EventDisabledByOperator,
            EventKind::EnabledByOperator => Self::EventEnabledByOperator,
            EventKind::SessionsEndedByOperator => Self::EventSessionsEndedByOperator,
            EventKind::ResetSentByOperator => Self::EventResetSentByOperator,
            EventKind::FactorResetRequestedByOperator => Self::EventFactorResetRequestedByOperator,
            EventKind::FactorsResetByOperator => Self::EventFactorsResetByOperator,
            EventKind::DeletionRequestedByOperator => Self::EventDeletionRequestedByOperator,
        }
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

impl Message {
    /// The problem with the name of a second factor.
    #[must_use]
    pub fn of_factor_name(problem: DisplayNameProblem) -> Self {
        match problem {
            DisplayNameProblem::Empty => Self::FactorNameEmpty,
            DisplayNameProblem::TooLong => Self::FactorNameTooLong,
            DisplayNameProblem::Unprintable => Self::FactorNameUnprintable,
        }
    }
}

impl Message {
    /// The problem with the name of an access token.
    #[must_use]
    pub fn of_token_name(problem: DisplayNameProblem) -> Self {
        match problem {
            DisplayNameProblem::Empty => Self::TokenNameEmpty,
            DisplayNameProblem::TooLong => Self::TokenNameTooLong,
            DisplayNameProblem::Unprintable => Self::FactorNameUnprintable,
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
            PasswordProblem::TooShortBesideFactor => Self::NewPasswordTooShortBesideFactor,
            PasswordProblem::TooLong => Self::NewPasswordTooLong,
            PasswordProblem::Common => Self::NewPasswordCommon,
            PasswordProblem::Own => Self::NewPasswordOwn,
        }
    }
}

/// The messages of all languages.
#[derive(Clone)]
pub struct Catalogues(Vec<(Language, Arc<Catalogue>)>);

impl Catalogues {
    /// Reads `locales/*/*.ftl` and checks that each language has every message.
    ///
    /// # Errors
    /// A [`CatalogueProblem`]: the server must not start.
    pub fn load(assets: &Assets) -> Result<Self, CatalogueProblem> {
        let load = |language: &Language| Ok((*language, Arc::new(Catalogue::load(assets, *language)?)));
        Language::ALL.iter().map(load).collect::<Result<_, _>>().map(Self)
    }

    /// The messages of a language.
    #[must_use]
    pub fn of(&self, language: Language) -> &Arc<Catalogue> {
        let found = self.0.iter().find(|(found, _)| *found == language);
        #[expect(clippy::expect_used, reason = "`load` has read all languages")]
        found.map(|(_, catalogue)| catalogue).expect("a catalogue")
    }
}

/// The messages of one language.
pub struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// The messages that show the same text whatever values they are given, written once.
    fixed: HashMap<String, Value>,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueProblem {
    /// The folder or a file of it cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// A file is not valid Fluent, or two files of ours define the same message.
    #[error("{file}: {faults}")]
    Malformed {
        /// The file.
        file: String,
        /// The faults of the file.
        faults: String,
    },
    /// A message of `OVERRIDES_DIR` cannot stand in for ours.
    #[error("{file}: the message {key} {problem}")]
    Override {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The code shows a message that the catalogue lacks.
    #[error("locales/{folder} has no message {key}")]
    Missing {
        /// The folder of the language.
        folder: &'static str,
        /// The key.
        key: &'static str,
    },
}

impl Catalogue {
    fn load(assets: &Assets, language: Language) -> Result<Self, CatalogueProblem> {
        let folder = language.tag();
        let mut bundle = FluentBundle::new_concurrent(vec![folder.parse().unwrap_or_default()]);
        // Isolation marks (U+2068, U+2069) would stand in plain-text emails and in the gate's lines.
        bundle.set_use_isolating(false);
        let mut ours = BTreeMap::new();
        for file in assets.layers(&format!("locales/{folder}"), ".ftl")? {
            let malformed = |faults: &dyn fmt::Debug| CatalogueProblem::Malformed {
                file: file.to_string(),
                faults: format!("{faults:?}"),
            };
            let resource = FluentResource::try_new(file.text()?).map_err(|(_, faults)| malformed(&faults))?;
            for entry in resource.entries() {
                let Entry::Message(message) = entry else { continue };
                let (key, shape) = (message.id.name.to_owned(), Shape::of(message));
                if !file.is_override {
                    ours.insert(key, shape);
                    continue;
                }
                let plain = Message::of_key(&key).is_some();
                let problem = match ours.get(&key) {
                    Some(own) => shape.problem(own, plain),
                    None => Some("is none of ours".to_owned()),
                };
                if let Some(problem) = problem {
                    return Err(CatalogueProblem::Override { file: file.to_string(), key, problem });
                }
            }
            if file.is_override {
                bundle.add_resource_overriding(resource);
            } else {
                bundle.add_resource(resource).map_err(|faults| malformed(&faults))?;
            }
        }
        let mut catalogue = Self { bundle, fixed: HashMap::new() };
        let fixed = ours.into_keys().filter_map(|key| {
            let text = catalogue.find(&key, None, None)?;
            Some((key, Value::safe_string(&text)))
        });
        catalogue.fixed = fixed.collect();
        let missing =
            Message::ALL.iter().find(|message| catalogue.bundle.get_message(message.key()).is_none());
        missing.map_or(Ok(catalogue), |message| Err(CatalogueProblem::Missing { folder, key: message.key() }))
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

    /// The text of a key that shows the same whatever values it is given.
    #[must_use]
    pub fn fixed(&self, key: &str) -> Option<&str> {
        self.fixed.get(key)?.as_str()
    }

    /// The text of a key; `None` if the catalogue lacks it or a value of it is missing.
    fn find(&self, key: &str, attribute: Option<&str>, values: Option<&FluentArgs<'_>>) -> Option<String> {
        let message = self.bundle.get_message(key)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(attribute) => message.get_attribute(attribute)?.value(),
        };
        let mut faults = Vec::new();
        let text = self.bundle.format_pattern(pattern, values, &mut faults).into_owned();
        faults.is_empty().then_some(text)
    }
}

/// Gives templates the function `message(key, …)`: the text of a message with its values, or no text without
/// a key. Values are escaped; the text of the catalogue is not, so that a message may hold `<strong>`. A key
/// that the catalogue lacks is an error, and so is a value that the message lacks.
pub fn register(tera: &mut Tera, catalogue: Arc<Catalogue>) {
    tera.register_function("message", move |given: Kwargs, state: &State<'_>| -> tera::TeraResult<Value> {
        let key = given.get::<&Value>("key")?.and_then(Value::as_str).unwrap_or_default();
        if key.is_empty() {
            return Ok(Value::safe_string(""));
        }
        if let Some(text) = catalogue.fixed.get(key) {
            return Ok(text.clone());
        }
        let mut values = FluentArgs::new();
        for (name, value) in given.iter().filter(|(_, value)| !value.is_none() && !value.is_undefined()) {
            let name = name.to_string();
            match value.as_i64() {
                Some(number) => values.set(name, number),
                None => values.set(name, state.escape_if_needed(value)?),
            }
        }
        let text = catalogue.find(key, None, Some(&values));
        let text = text.ok_or_else(|| {
            tera::Error::message(format!(
                "the catalogue lacks the message {key:?}, or the page a value of it"
            ))
        })?;
        Ok(Value::safe_string(&text))
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use regex::Regex;

    use super::*;

    fn own() -> Assets {
        Assets::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")), None)
    }

    fn source(language: Language, file: &str) -> String {
        let path = format!("{}/locales/{}/{file}", env!("CARGO_MANIFEST_DIR"), language.tag());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The keys of a file in their order, each with the shape of its message.
    fn messages(language: Language, file: &str) -> Vec<(String, Shape)> {
        let text = source(language, file);
        let resource =
            FluentResource::try_new(text).unwrap_or_else(|(_, faults)| panic!("{file}: {faults:?}"));
        let messages = resource.entries().filter_map(|entry| {
            let Entry::Message(message) = entry else { return None };
            Some((message.id.name.to_owned(), Shape::of(message)))
        });
        messages.collect()
    }

    const FILES: [&str; 2] = ["messages.ftl", "pages.ftl"];

    #[test]
    fn the_catalogue_and_the_code_name_the_same_messages() {
        let written: Vec<String> =
            messages(Language::English, "messages.ftl").into_iter().map(|(key, _)| key).collect();
        let named: Vec<&str> = Message::ALL.iter().map(|message| message.key()).collect();
        assert_eq!(written, named, "left: locales/en, right: src/locales.rs, in one order");
        let catalogues = Catalogues::load(&own()).unwrap();
        for language in Language::ALL {
            for key in named.iter().filter(|key| key.starts_with("error-")) {
                let text = catalogues.of(*language).find(key, Some("text"), None);
                assert!(text.is_some(), "{key} has no text in {language:?}");
            }
        }
    }

    #[test]
    fn each_message_is_in_each_language_with_the_same_values_and_markup() {
        for file in FILES {
            let ours = messages(Language::English, file);
            for language in Language::ALL {
                let theirs = messages(*language, file);
                let keys =
                    |list: &[(String, Shape)]| list.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
                assert_eq!(keys(&ours), keys(&theirs), "{file} in {language:?}, in one order");
                for ((key, ours), (_, theirs)) in ours.iter().zip(&theirs) {
                    assert_eq!(ours, theirs, "{key} in {language:?}");
                    assert_eq!(theirs.problem(ours, file == "messages.ftl"), None, "{key} in {language:?}");
                }
            }
        }
    }

    #[test]
    fn each_message_of_the_pages_is_shown_and_each_shown_is_in_the_catalogue() {
        let literal = Regex::new(r#"message\(key="([a-z0-9-]+)""#).unwrap();
        let mut shown = BTreeMap::new();
        for (name, file) in own().files("templates", ".html").unwrap() {
            let text = file.text().unwrap();
            shown.extend(literal.captures_iter(&text).map(|found| (found[1].to_owned(), name.clone())));
        }
        let written: BTreeSet<String> =
            messages(Language::English, "pages.ftl").into_iter().map(|(key, _)| key).collect();
        let unused: Vec<_> = written.iter().filter(|key| !shown.contains_key(*key)).collect();
        assert!(unused.is_empty(), "locales/en/pages.ftl: no template shows {unused:?}");
        let of_code = |key: &str| Message::of_key(key).is_some();
        let missing: Vec<_> =
            shown.iter().filter(|(key, _)| !written.contains(*key) && !of_code(key)).collect();
        assert!(missing.is_empty(), "locales/en/pages.ftl lacks {missing:?}");
    }

    #[test]
    fn a_message_counts_in_its_language() {
        let catalogues = Catalogues::load(&own()).unwrap();
        let ended = |language, count: i64| {
            let mut values = FluentArgs::new();
            values.set("count", count);
            catalogues.of(language).find(Message::DoneSessionEnded.key(), None, Some(&values)).unwrap()
        };
        assert_eq!(ended(Language::English, 0), "You weren’t signed in anywhere else.");
        assert_eq!(ended(Language::English, 1), "Signed out of 1 other place.");
        assert_eq!(ended(Language::English, 7), "Signed out of 7 other places.");
        assert_ne!(ended(Language::German, 1), ended(Language::German, 7).replace('7', "1"));
        assert!(catalogues.of(Language::German).find("no-such-message", None, None).is_none());
    }

    #[test]
    fn an_override_replaces_single_messages() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("locales/de/ours.ftl");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "page-overview = Mein Bereich\n").unwrap();
        let assets = Assets::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")), Some(folder.path().to_owned()));
        let catalogues = Catalogues::load(&assets).unwrap();
        assert_eq!(catalogues.of(Language::German).text(Message::PageOverview), "Mein Bereich");
        assert_eq!(catalogues.of(Language::English).text(Message::PageOverview), "Overview");
        for (text, told) in [
            ("page-overview Mein Bereich", "ExpectedToken"),
            ("page-overveiw = Mein Bereich", "the message page-overveiw is none of ours"),
            ("done-session-ended = { $cuont } Orte", "uses { $cuont }, which its page does not have"),
            ("error-not-found = Nix", "the message error-not-found must have the attributes {\"text\"}"),
            ("card-joined = { $month } <a href='/'>x</a>", "holds <, which pages would take for markup"),
            ("account = { \"\\u0022\" }", "holds \\, which pages would take for markup"),
            ("page-overview = <strong>Hier</strong>", "holds <strong>, where only plain text is shown"),
        ] {
            fs::write(&file, format!("{text}\n")).unwrap();
            let problem = Catalogues::load(&assets).err().unwrap().to_string();
            assert!(problem.contains("ours.ftl") && problem.contains(told), "{text}: {problem}");
        }
        fs::write(&file, "card-joined = Seit <strong>{ $month }</strong> hier\n").unwrap();
        assert!(Catalogues::load(&assets).is_ok());
    }
}
