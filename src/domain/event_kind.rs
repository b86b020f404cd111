//! The kinds of security events: what the activity page of an account can list.

macro_rules! event_kinds {
    ($($(#[$meta:meta])* $kind:ident = $name:literal,)*) => {
        /// A kind of security event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventKind {
            $($(#[$meta])* $kind,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The name in the database, in exports and in the output of `unframed admin`. A name that was
            /// used once keeps its meaning.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// The kind of a name; `None` for a name that another version wrote.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

event_kinds! {
    /// The account was created by a sign-up link.
    AccountCreated = "account-created",
    /// A sign-in from a device that had signed in before.
    SignedIn = "signed-in",
    /// A sign-in from a device that had not signed in before.
    SignedInNewDevice = "signed-in-new-device",
    /// The password was typed again in a browser that was signed in.
    SignedInAgain = "signed-in-again",
    /// A sign-in with a wrong password.
    SignInFailed = "sign-in-failed",
    /// A wrong password or word on a confirm page.
    ProofFailed = "proof-failed",
    /// A browser signed itself out.
    SignedOut = "signed-out",
    /// A browser was signed out from another one.
    SessionEnded = "session-ended",
    /// All other browsers were signed out.
    OtherSessionsEnded = "other-sessions-ended",
    /// The name was changed.
    NameChanged = "name-changed",
    /// The public card was switched on.
    CardEnabled = "card-enabled",
    /// The public card was switched off.
    CardDisabled = "card-disabled",
    /// Another email address was asked for.
    EmailChangeRequested = "email-change-requested",
    /// A change of email address was cancelled before its link was used.
    EmailChangeCancelled = "email-change-cancelled",
    /// The email address was changed.
    EmailChanged = "email-changed",
    /// The password was changed with the former one.
    PasswordChanged = "password-changed",
    /// An authenticator app was added.
    AuthenticatorAdded = "authenticator-added",
    /// A passkey was added.
    PasskeyAdded = "passkey-added",
    /// A second factor was removed.
    FactorRemoved = "second-factor-removed",
    /// New recovery codes were made.
    RecoveryCodesMade = "recovery-codes-made",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery-code-used",
    /// A sign-in with the right password and a wrong second factor.
    SecondFactorFailed = "second-factor-failed",
    /// A link to choose a new password was asked for.
    PasswordResetRequested = "password-reset-requested",
    /// A new password was chosen by a mailed link.
    PasswordReset = "password-reset",
    /// The deletion of the account was requested.
    DeletionRequested = "deletion-requested",
    /// The deletion was cancelled.
    DeletionCancelled = "deletion-cancelled",
    /// The data of the account were exported.
    DataExported = "data-exported",
    /// A request of an application was approved.
    ConfirmationApproved = "confirmation-approved",
    /// A request of an application was declined.
    ConfirmationDeclined = "confirmation-declined",
    /// A personal access token was made.
    AccessTokenCreated = "access-token-created",
    /// A personal access token was revoked.
    AccessTokenRevoked = "access-token-revoked",
    /// A change was undone by its link, and every session ended.
    UndoLinkUsed = "undo-link-used",
    /// An operator created the account.
    CreatedByOperator = "created-by-operator",
    /// An operator imported the account from another system.
    ImportedByOperator = "imported-by-operator",
    /// An operator disabled the account.
    DisabledByOperator = "disabled-by-operator",
    /// An operator enabled the account.
    EnabledByOperator = "enabled-by-operator",
    /// An operator ended all sessions.
    SessionsEndedByOperator = "sessions-ended-by-operator",
    /// An operator sent a link to choose a new password.
    ResetSentByOperator = "reset-sent-by-operator",
    /// An operator requested the removal of all second factors.
    FactorResetRequestedByOperator = "second-factor-reset-requested-by-operator",
    /// All second factors were removed at the request of an operator.
    FactorsResetByOperator = "second-factors-reset-by-operator",
    /// An operator requested the deletion of the account.
    DeletionRequestedByOperator = "deletion-requested-by-operator",
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

    #[test]
    fn each_name_is_of_one_kind() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()), Some(*kind));
        }
        assert_eq!(EventKind::parse("Signed-in"), None);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn only_a_name_is_parsed(
            text in prop_oneof![text(), made_of(&["signed", "-", "in", "out", "again", "name", "changed"])],
        ) {
            if let Some(kind) = EventKind::parse(&text) {
                prop_assert_eq!(kind.name(), text);
            }
        }
    }
}
