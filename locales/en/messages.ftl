# Short messages, by key. The texts of the page templates are in pages.ftl, the emails in mail/.
# src/locales.rs names each key; a test compares the two.

## Navigation

page-overview = Overview
page-profile = Profile
page-language = Language and time
page-email = Email address
page-password = Password
page-two-factor = Two-factor sign-in
page-sessions = Where you’re signed in
page-activity = Activity
page-tokens = Access tokens
page-export = Export your data
page-delete = Delete account
group-you = You
group-signing-in = Signing in
group-security = Security
group-your-data = Your data

## Names

name-empty = Enter your name.
name-too-long = Your name must be 80 characters or fewer.
name-unprintable = Your name includes a character that can’t be shown. Remove line breaks and invisible characters.

## Email addresses

email-empty = Enter an email address.
email-too-long = The email address must be 254 characters or fewer.
email-malformed = Enter an email address in the correct format, like name@example.com.
email-unchanged = This is already your email address. Enter a different one.
email-domain = You can’t create an account with an email address of this domain. Use the one that your organization gave you.

## Passwords

new-password-again = Enter a password again.
new-password-empty = Enter a password.
new-password-too-short = Your password must be 15 characters or more. A few unrelated words work well.
new-password-too-short-beside-factor = Your password must have 8 characters or more.
new-password-too-long = Your password must be 256 characters or fewer.
new-password-common = This password is one of the first that attackers try. Choose a less common one.
new-password-own = This password is easy to guess from your name or email address. Choose a different one.
password-empty = Enter your password.
factor-name-empty = Enter a name, such as Phone.
factor-name-too-long = The name must have 40 characters or fewer.
factor-name-unprintable = Leave out line breaks and invisible characters.
factor-choose = Choose what to remove.
factors-too-many = You have 5 authenticator apps. Remove one before you add another.
factor-needs-recovery-code = This is your only second factor, so only a recovery code can confirm that you remove it, and you have none left. Make new recovery codes first.
factor-needs-long-password = Without a second factor, your password must have 15 characters or more. Change your password first.
passkeys-too-many = You have 10 passkeys. Remove one before you add another.
passkey-unavailable = This site can’t use passkeys: its address is no domain name.
passkey-needs-script = Your browser sent no passkey: it runs no scripts on this page. Use another way.
passkey-refused = That passkey did not work. Try again, or use another way.
token-name-empty = Enter a name, such as Backup.
token-name-too-long = The name must have 50 characters or fewer.
token-scopes-none = Choose at least one thing that the token may do.
token-days-unknown = Choose one of the times in the list.
tokens-too-many = You have 20 access tokens. Revoke one before you make another.
code-empty = Enter a code.
code-wrong = That code is wrong or was used before. Enter the newest code.
code-wrong-new = That code doesn’t fit this key. Enter the newest one.

## Signing in and up

sign-in-wrong = The email address or the password is wrong. Check both.
sign-in-limited = There were too many attempts from your network. Try again in { $count ->
    [one] one minute
   *[other] { $count } minutes
}.
sign-in-first = Sign in to continue.
sign-in-again = You signed in some time ago. Enter your password to go on.
sign-in-disabled = This account is disabled.
sign-up-limited = There were too many sign-ups from your network. Try again in { $count ->
    [one] one minute
   *[other] { $count } minutes
}.
forgot-password-limited = There were too many attempts from your network. Try again in { $count ->
    [one] one minute
   *[other] { $count } minutes
}.

## Confirm pages

confirm-tick-missing = Tick the box to show that you want this.
confirm-code-wrong = That code is wrong or was used before. Tick the box again, then enter the newest code.
confirm-passkey-refused = That passkey did not work. Tick the box again, then try again or use a code.
confirm-password-wrong = That password is wrong. Tick the box again, then enter your password.
confirm-word-missing = Type the word and the digits shown.
confirm-word-wrong = That doesn’t match. Type the new word and digits shown.
# The word that the user types, in small letters.
confirm-word-delete = delete
confirm-too-fast = Nothing has changed. Check the details, then confirm.
confirm-foreign-stamp = This form belonged to another page. Nothing has changed. Check the details here, then confirm.
confirm-spent = This form was already sent. Nothing has changed. Check the details, then confirm.
confirm-limited = There were too many attempts from your network. Nothing has changed. Try again in { $count ->
    [one] one minute
   *[other] { $count } minutes
}.
confirmation-needs-factor = This request needs a second factor, and your account has none.

## Forms

form-stale = This form had expired. Nothing has changed. Check it and send it again.

## Languages and time

language-unknown = Choose a language from the list.
time-zone-unknown = Choose a time zone from the list.
region-africa = Africa
region-america = Americas
region-antarctica = Antarctica
region-arctic = Arctic
region-asia = Asia
region-atlantic = Atlantic Ocean
region-australia = Australia
region-europe = Europe
region-indian = Indian Ocean
region-pacific = Pacific Ocean

## What was just done

done-saved = Your changes are saved.
done-language = We now use this language and time zone.
done-card-on = Your public card is on.
done-card-off = Your public card is off.
done-sign-in-over = That sign-in is over: it took too long, or there were too many wrong codes. Sign in again.
done-signed-out = You’re signed out.
done-cancelled = Cancelled. Nothing has changed.
done-kept = Your account will not be deleted.
done-password-changed = Your password is changed. You’re signed out everywhere: sign in with the new one.
done-undone = Done. You are signed out everywhere, and the former password no longer works. Choose a new one.
done-authenticator-added = Your authenticator app is added.
done-passkey-added = Your passkey is added.
done-factor-removed = The second factor is removed.
done-own-password-changed = Your password is changed, and you’re signed out everywhere else.
done-password-kept-others = Your password is changed. You’re still signed in on your other devices.
done-email-sent = We’ve sent an email to your new address. Open its link to finish the change.
done-email-sent-again = We’ve sent the email to your new address again, unless it got one within the last hour.
done-email-change-cancelled = The change is cancelled. Your email address stays the same.
done-session-ended =
    { $count ->
        [0] You weren’t signed in anywhere else.
        [one] Signed out of 1 other place.
       *[other] Signed out of { $count } other places.
    }
done-session-ended-before = You were already signed out there.
done-token-revoked = The access token is revoked. It no longer works.
done-token-revoked-before = That access token no longer worked.

## What happened with an account

event-account-created = Account created
event-signed-in = Signed in
event-signed-in-new-device = Signed in on a new device
event-signed-in-again = Signed in again in the same browser
event-sign-in-failed = Someone tried to sign in with a wrong password
event-proof-failed = Wrong password or word on a confirm page
event-signed-out = Signed out
event-session-ended = Signed out on another device
event-other-sessions-ended = Signed out everywhere else
event-name-changed = Name changed
event-card-enabled = Public card switched on
event-card-disabled = Public card switched off
event-email-change-requested = Change of email address requested
event-email-change-cancelled = Change of email address cancelled
event-email-changed = Email address changed
event-password-changed = Password changed
event-authenticator-added = Authenticator app added
event-passkey-added = Passkey added
event-second-factor-removed = Second factor removed
event-recovery-codes-made = New recovery codes made
event-recovery-code-used = Recovery code used
event-second-factor-failed = Someone signed in with your password and a wrong second factor
event-password-reset-requested = Link for a new password requested
event-password-reset = New password chosen with a link from an email
event-deletion-requested = Deletion of the account requested
event-deletion-cancelled = Deletion of the account cancelled
event-data-exported = Data exported
event-confirmation-approved = Request of an application approved
event-confirmation-declined = Request of an application declined
event-access-token-created = Access token made
event-access-token-revoked = Access token revoked
event-undo-link-used = Link from an email used to undo a change and sign out everywhere
event-created-by-operator = Account created by the operator
event-imported-by-operator = Account imported by the operator
event-disabled-by-operator = Account disabled by the operator
event-enabled-by-operator = Account enabled by the operator
event-sessions-ended-by-operator = Signed out everywhere by the operator
event-reset-sent-by-operator = Link for a new password sent by the operator
event-second-factor-reset-requested-by-operator = Removal of all second factors requested by the operator
event-second-factors-reset-by-operator = All second factors removed by the operator
event-deletion-requested-by-operator = Deletion of the account requested by the operator
event-unknown = Another event

## What an access token may do

scope-settings-read = See your settings and where you’re signed in
scope-settings-write = Change your settings and sign devices out
scope-activity-read = See your activity

## Times that have passed

ago-now = Now
ago-minutes =
    { $count ->
        [one] { $count } minute ago
       *[other] { $count } minutes ago
    }
ago-hours =
    { $count ->
        [one] { $count } hour ago
       *[other] { $count } hours ago
    }
ago-days =
    { $count ->
        [one] { $count } day ago
       *[other] { $count } days ago
    }

## The frame gate, in one line of plain text

refused-page = Refused: this page can’t be shown inside another page.
refused-form = Refused: forms are accepted from our own pages only. Open this site at its own web address and try again.
refused-prefetch = This page isn’t available ahead of time.

## Errors: a title and a text

error-bad-request = We can’t understand this request
    .text = Part of the web address or the form is malformed. Nothing has changed.
error-duplicate-field = We can’t understand this request
    .text = A field of the form was sent twice. Nothing has changed.
error-unreadable-form = We can’t understand this request
    .text = The form couldn’t be read. Nothing has changed.
error-card-switch = We can’t understand this request
    .text = The public card can only be switched on or off. Nothing has changed.
error-unreadable-report = We can’t understand this request
    .text = This is not a browser’s report.
error-signed-out = You’re not signed in
    .text = Sign in to continue.
error-refused = This is not allowed
    .text = The request was refused. Nothing has changed.
error-factor-required = A second factor is missing
    .text = Your account needs a second factor. Add one on the account’s pages first.
error-stale-form = This form had expired
    .text = Nothing has changed. Go back, reload the page and try again.
error-not-found = Page not found
    .text = Check that the web address is complete. The page may no longer exist.
error-account-gone = This account no longer exists
    .text = The account and its data were deleted.
error-method = You can’t open this page directly
    .text = Nothing has changed. Go to your account.
error-not-acceptable = This page is not available in that format
    .text = Your browser asked for a format that we don’t have.
error-too-slow = The request took too long
    .text = Your browser didn’t send all of it in time. Nothing has changed. Try again.
error-too-large = This form is too large
    .text = Nothing was saved. Shorten it and try again.
error-too-long = The web address is too long
    .text = Nothing has changed.
error-media-type = This is not a form
    .text = We accept forms only in the format that browsers send. Nothing has changed.
error-range = That part of the file does not exist
    .text = The file is shorter than the part that was requested.
error-misdirected = This is not the web address of this site
    .text = Open the web address that the server shows when it starts.
error-unprocessable = There is a problem with the form
    .text = Nothing has changed.
error-limited = Too many attempts
    .text = There were too many attempts from your network. Nothing has changed.
error-client = The request was refused
    .text = Nothing has changed.
error-unavailable = We can’t do this right now
    .text = A part of this service isn’t responding. Nothing has changed. Try again soon.
error-commit-unknown = We don’t know whether your change was saved
    .text = We lost the connection to the database at the last moment. Check whether your change is there before you send it again.
error-internal = Something went wrong
    .text = We have logged the problem. Try again later.
