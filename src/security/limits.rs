//! All rate limits, in one table; `docs/LIMITS.md` shows it to operators, and a test compares the two.

use std::time::Duration;

use chrono::TimeDelta;

use super::network::Width;

/// A kind of attempt that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attempt {
    /// A sign-in.
    SignIn,
    /// A sign-in from a device that the account knows.
    KnownDeviceSignIn,
    /// A failed sign-in that the activity of the account lists.
    FailureEvent,
    /// A request for a sign-up link.
    SignUp,
    /// The use of a sign-up link, with a name and a password.
    NewAccount,
    /// A request for a link to choose a new password.
    ForgotPassword,
    /// The use of such a link, with a new password.
    ResetPassword,
    /// A password on a confirm page.
    Proof,
    /// A code of an authenticator app.
    Code,
    /// A code of an authenticator app, from a device that the account knows.
    KnownDeviceCode,
    /// A code of an authenticator app, on a confirm page.
    SessionCode,
    /// A recovery code, or a passkey after a password: nobody guesses one.
    StrongFactor,
    /// A passkey that signs in alone.
    PasskeySignIn,
    /// A change of email address that begins.
    EmailChange,
    /// A change of password that begins.
    PasswordChange,
    /// A change of the name, or of the public card.
    ProfileChange,
    /// The download of an export.
    Download,
    /// Another sensitive action that begins.
    Action,
    /// A confirmation that an application asks for.
    Confirmation,
    /// A confirmation for a user who does not exist.
    UnknownUser,
    /// A request to the API with a valid access token.
    ApiCall,
    /// A mail with a sign-up link: a stranger may have asked for it.
    SignUpMail,
    /// A mail with a link to choose a new password: a stranger may have asked for it.
    PasswordMail,
    /// A mail that says that an email address has no account, where someone asked for a new password.
    NoAccountMail,
    /// A mail about a sign-in from a new device.
    NewDeviceMail,
    /// A wrong second factor after the right password, until the owner gets a mail.
    WrongSecondFactor,
    /// A mail about wrong second factors after the right password.
    SecondFactorMail,
    /// A mail to the new email address of a change: it may be a stranger's.
    EmailChangeMail,
}

/// What shares the attempts of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// All attempts from one network.
    Network(Width),
    /// The attempts on one account or email address from one network. So attempts from elsewhere cannot keep
    /// the owner out.
    TargetFromNetwork(Width),
    /// The attempts on one account or email address, from anywhere.
    Target,
}

/// A rate limit: a bucket that holds `attempts` and regains one after the other, all of them in `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is limited.
    pub attempt: Attempt,
    /// Its name in the database, in `unframed admin throttles` and in `docs/LIMITS.md`.
    pub name: &'static str,
    /// What shares the attempts.
    pub sharing: Sharing,
    /// The attempts that a full bucket admits at once.
    pub attempts: i32,
    /// The time in which a spent bucket regains all of them.
    pub period: TimeDelta,
}

impl Limit {
    /// The time in which the bucket regains one attempt.
    #[must_use]
    pub fn cost(&self) -> TimeDelta {
        self.period / self.attempts.max(1)
    }
}

const fn limit(
    attempt: Attempt,
    name: &'static str,
    sharing: Sharing,
    attempts: i32,
    period: TimeDelta,
) -> Limit {
    Limit { attempt, name, sharing, attempts, period }
}

/// The time that a request for a mailed link takes at least. The work differs with what the address has: an account, or
/// too many mails. The time of the response does not show it while that work takes less than this.
pub const MAIL_RESPONSE_TIME: Duration = Duration::from_millis(200);

const QUARTER: TimeDelta = TimeDelta::minutes(15);
const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// The table. An attempt is admitted if all its limits admit it.
pub const LIMITS: &[Limit] = {
    use Attempt::{
        Action, ApiCall, Code, Confirmation, Download, EmailChange, EmailChangeMail, FailureEvent,
        ForgotPassword, KnownDeviceCode, KnownDeviceSignIn, NewAccount, NewDeviceMail, NoAccountMail,
        PasskeySignIn, PasswordChange, PasswordMail, ProfileChange, Proof, ResetPassword, SecondFactorMail,
        SessionCode, SignIn, SignUp, SignUpMail, StrongFactor, UnknownUser, WrongSecondFactor,
    };
    use Sharing::{Network, Target, TargetFromNetwork};
    use Width::{Block, Connection, Site};
    &[
        limit(SignIn, "sign-in, account from connection", TargetFromNetwork(Connection), 10, QUARTER),
        limit(SignIn, "sign-in, account from site", TargetFromNetwork(Site), 20, QUARTER),
        limit(SignIn, "sign-in, account from block", TargetFromNetwork(Block), 40, QUARTER),
        limit(SignIn, "sign-in, connection", Network(Connection), 300, QUARTER),
        limit(SignIn, "sign-in, site", Network(Site), 600, QUARTER),
        limit(SignIn, "sign-in, block", Network(Block), 1200, QUARTER),
        // Strangers cannot spend it. When it is spent itself, the limits above decide.
        limit(KnownDeviceSignIn, "sign-in, known device", Target, 10, QUARTER),
        limit(FailureEvent, "failed sign-in in the activity", Target, 20, HOUR),
        limit(SignUp, "sign-up, connection", Network(Connection), 100, HOUR),
        limit(SignUp, "sign-up, site", Network(Site), 200, HOUR),
        limit(SignUp, "sign-up, block", Network(Block), 400, HOUR),
        limit(NewAccount, "new account, connection", Network(Connection), 100, HOUR),
        limit(NewAccount, "new account, site", Network(Site), 200, HOUR),
        limit(NewAccount, "new account, block", Network(Block), 400, HOUR),
        limit(ForgotPassword, "forgot password, connection", Network(Connection), 100, HOUR),
        limit(ForgotPassword, "forgot password, site", Network(Site), 200, HOUR),
        limit(ForgotPassword, "forgot password, block", Network(Block), 400, HOUR),
        limit(ResetPassword, "reset password, connection", Network(Connection), 100, HOUR),
        limit(ResetPassword, "reset password, site", Network(Site), 200, HOUR),
        limit(ResetPassword, "reset password, block", Network(Block), 400, HOUR),
        limit(Proof, "proof, account from connection", TargetFromNetwork(Connection), 30, QUARTER),
        limit(Proof, "proof, account from site", TargetFromNetwork(Site), 60, QUARTER),
        limit(Proof, "proof, account from block", TargetFromNetwork(Block), 120, QUARTER),
        // A guess is right three times in a million, so the account has few a day, wherever they come from.
        limit(Code, "code, account from connection", TargetFromNetwork(Connection), 10, QUARTER),
        limit(Code, "code, account from site", TargetFromNetwork(Site), 20, QUARTER),
        limit(Code, "code, account from block", TargetFromNetwork(Block), 30, QUARTER),
        limit(Code, "code, account", Target, 50, DAY),
        limit(KnownDeviceCode, "code, known device", Target, 20, DAY),
        // Strangers cannot spend it: a session of this account began with a second factor.
        limit(SessionCode, "code, session", Target, 20, DAY),
        limit(
            StrongFactor,
            "passkey or recovery code, account from connection",
            TargetFromNetwork(Connection),
            10,
            QUARTER,
        ),
        limit(
            StrongFactor,
            "passkey or recovery code, account from site",
            TargetFromNetwork(Site),
            20,
            QUARTER,
        ),
        limit(
            StrongFactor,
            "passkey or recovery code, account from block",
            TargetFromNetwork(Block),
            40,
            QUARTER,
        ),
        limit(PasskeySignIn, "passkey sign-in, connection", Network(Connection), 100, QUARTER),
        limit(PasskeySignIn, "passkey sign-in, site", Network(Site), 200, QUARTER),
        limit(PasskeySignIn, "passkey sign-in, block", Network(Block), 400, QUARTER),
        limit(EmailChange, "email change, account", Target, 10, HOUR),
        limit(ProfileChange, "profile change, account", Target, 60, HOUR),
        limit(Download, "export download, account", Target, 5, QUARTER),
        limit(PasswordChange, "password change, account", Target, 10, HOUR),
        limit(Action, "action, account", Target, 30, HOUR),
        limit(Confirmation, "confirmation, application", Target, 1000, HOUR),
        // Or an application could ask which email addresses have an account.
        limit(UnknownUser, "unknown user, application", Target, 60, HOUR),
        // A token has 256 random bits: only a program that holds it can spend this.
        limit(ApiCall, "API call, access token", Target, 1000, QUARTER),
        // Together six an hour and nineteen a day to one mailbox. Each kind has its own, so that one cannot use up
        // the other.
        limit(SignUpMail, "sign-up mail, hourly", Target, 2, HOUR),
        limit(SignUpMail, "sign-up mail, daily", Target, 6, DAY),
        limit(PasswordMail, "password mail, hourly", Target, 2, HOUR),
        limit(PasswordMail, "password mail, daily", Target, 6, DAY),
        limit(NoAccountMail, "no account mail, hourly", Target, 1, HOUR),
        limit(NoAccountMail, "no account mail, daily", Target, 3, DAY),
        limit(NewDeviceMail, "new device mail, hourly", Target, 5, HOUR),
        limit(NewDeviceMail, "new device mail, daily", Target, 20, DAY),
        // By account: the count of a sign-in starts at zero each time that the password is typed.
        limit(WrongSecondFactor, "wrong second factor without a mail", Target, 4, DAY),
        limit(SecondFactorMail, "second factor mail, hourly", Target, 2, HOUR),
        limit(SecondFactorMail, "second factor mail, daily", Target, 6, DAY),
        limit(EmailChangeMail, "email change mail, hourly", Target, 1, HOUR),
        limit(EmailChangeMail, "email change mail, daily", Target, 4, DAY),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = LIMITS.iter().map(|limit| limit.name).collect();
        assert_eq!(names.len(), LIMITS.len());
    }

    #[test]
    fn a_wider_network_has_more_attempts() {
        for pair in LIMITS.windows(2) {
            let widths = pair.iter().map(|limit| match limit.sharing {
                Sharing::Network(width) | Sharing::TargetFromNetwork(width) => width as i32,
                Sharing::Target => -1,
            });
            let widths: Vec<i32> = widths.collect();
            if pair[0].attempt == pair[1].attempt && widths[0] >= 0 && widths[1] > widths[0] {
                assert!(pair[1].attempts > pair[0].attempts, "{pair:?}");
            }
        }
    }
}
