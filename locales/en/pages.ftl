# The texts of the page templates, by template. A test checks that templates use every key, and that all languages have
# the same keys and values. The only markup is <strong>…</strong>. Do not use ", < or & as characters: the texts are not escaped.

## Shared

account = Account
cancel = Cancel
card-on = On
change-your-email = Change your email address
continue = Continue
create-an-account = Create an account
current-address = Current address
delete-account = Delete account
email-address = Email address
field-error = Error:
forgot-password = Forgot your password?
go-to-account = Go to your account
go-to-start = Go to the start page
have-an-account = Already have an account?
keep-account = Keep account
language-and-time = Language and time
language-as-browser = As your browser asks
link-broken = This link doesn’t work
name = Name
new-address = New address
new-email-address = New email address
next-page-proof = The next page asks for proof that it’s you.
no-new-accounts = New accounts can’t be created here now.
password = Password
public-card = Public card
sign-in = Sign in
sign-out = Sign out
sign-out-everywhere-else = Sign out everywhere else
sign-up = Sign up
sign-up-closed = Sign-up is closed
where-signed-in = Where you’re signed in

## action.html: the steps of every sensitive action

action-arrival = You came from outside { $site }. Nothing has changed.
action-order = Tick the box, then { $proof ->
    [password] enter your password
    [passkey] press the button and use your passkey
    [code] enter your code
   *[recovery_code] enter a recovery code
}. The button comes last.
action-order-word = Tick the box, then { $proof ->
    [password] enter your password
    [passkey] press the button and use your passkey
    [code] enter your code
   *[recovery_code] enter a recovery code
} and type the word shown. The button comes last.
action-your-password = Your password
action-code = Code from your authenticator app
action-code-hint = Or one of your recovery codes.
action-passkey = The button asks for your passkey: your device checks that it’s you.
action-passkey-other = Use a code instead
action-recovery-code = Recovery code
action-recovery-code-hint = No other second factor is left to confirm this.
action-word = Type <strong>{ $word }</strong> to confirm this for the account of <strong>{ $email }</strong>.
action-word-label = Type { $word }
action-word-hint = The digits change each time this page is shown.
action-tick-first = Tick the box to show the button.

## actions/change_email.html

change-email-undo-title = Restore your email address
change-email-link = We’ll email a link to the new address. Your address changes when you open that link and press the button there.
change-email-until-then = Your current address keeps working until then. We’ll email that address about this change, with a link to undo it for 7 days.
change-email-tick = I want to change my email address to { $email }.
change-email-button = Change address
change-email-undo = Your account will use <strong>{ $email }</strong> again, whatever its email address is now. If the account is waiting to be deleted, we’ll keep it. You and everyone else will be signed out.
change-email-undo-then = Then choose a new password: the person who made the change knew yours. If another email address loses the account, we’ll tell that address.
change-email-undo-button = Restore address

## actions/delete_account.html

delete-account-title = Delete your account
delete-account-undo-title = Keep your account
delete-account-lead = This deletes the account of <strong>{ $email }</strong>.
delete-account-at-once = You’re signed out everywhere at once. Your public card is hidden, and a pending change of email address is cancelled.
delete-account-when = In 7 days we permanently delete your account and data.
delete-account-signed-out = You’re signed out everywhere at once, here too.
delete-account-hidden = Your public card is hidden, and a pending change of email address is cancelled.
delete-account-deleted = Your account and data are permanently deleted in 7 days.
delete-account-keep = Until then you can keep your account: sign in and select “Keep account”, or use the link that we email you.
delete-account-tick = I want to delete my account.
delete-account-undo = Your account will not be deleted. You and everyone else will be signed out, and your present password stops working. Then choose a new one.

## actions/change_password.html

change-your-password = Change your password
change-password-at-once = From now on, you sign in with the new password.
change-password-others = You’re signed out everywhere else, and your access tokens stop working. A change of email address that waits for its link is cancelled.
change-password-no-others = You stay signed in on your other devices.
change-password-notice = We’ll email you about this change.
change-password-tick = I want to change the password of my account.
change-password-button = Change password

## actions/secure_account.html

secure-account-title = Secure your account
secure-account-lead = Press the button if someone else has used your account. You and everyone else will be signed out, and the present password stops working.
secure-account-then = If the email address was changed since, the account gets <strong>{ $email }</strong> back, and a deletion is cancelled. Then choose a new password.
secure-account-button = Secure account

## actions/reset_factors.html

reset-factors-undo-title = Keep your second factors
reset-factors-undo = Your account keeps its second factors, or gets them back if we have removed them. You and everyone else will be signed out, and your present password stops working.
reset-factors-undo-then = If the email address was changed since, the account gets <strong>{ $email }</strong> back, and a deletion is cancelled. Then choose a new password.
reset-factors-undo-button = Keep second factors

## actions/export_data.html

export-data-lead = Download everything that your account holds, as one JSON file.
export-data-what = Your profile, where you’re signed in, your activity of the last 400 days, and changes and emails that wait.
export-data-not = Not your password, and no link or cookie that opens the account.
export-data-download = You can download the file for 10 minutes, in this browser only.
export-data-care = The file holds IP addresses and times. Keep it where only you can read it.
export-data-notice = We’ll email you about this export.
export-data-tick = I want to download the data of my account.
export-data-button = Prepare file

## actions/revoke_other_sessions.html

revoke-others-lead = This signs you out everywhere except here.
revoke-others-at-once = You’re signed out everywhere except here, at once.
revoke-others-again = To use your account there again, sign in with your password.
revoke-others-tick = I want to sign out everywhere else.
revoke-others-button = Sign out others

## components/error_summary.html

error-summary-title = There is a problem

## layout.html

title-error = Error: { $title }
layout-skip = Skip to the content
layout-back = Back to { $service }
layout-signed-in-as = Signed in as
layout-help = Help
layout-privacy = Privacy
layout-accessibility = Accessibility
layout-promise = No scripts. Never shown inside another site.
layout-promise-script = One script, for passkeys. Never shown inside another site.

## pages/card.html

card-joined = Joined { $month }

## confirmations.html, confirmations/over.html, request.html and actions/approve_confirmation.html

approve-title = Confirm a request
approve-lead = <strong>{ $application }</strong> asks you to confirm this:
approve-until = You can decide until { $until }.
approve-needs-factor = This request needs a second factor, and your account has none. Add one and open this page again, or decline.
approve-decline = Decline
approve-receipt = <strong>{ $application }</strong> learns that you approved exactly this, when, and with which kind of proof.
approve-back = You then go back to <strong>{ $origin }</strong>.
approve-notice = We’ll email you about it.
approve-tick = I approve what { $application } asks for.
approve-button = Approve
request-from = Written by <strong>{ $application }</strong>, not by { $site }:
request-approved-title = You approved this
request-declined-title = You declined this
request-withdrawn-title = This request was withdrawn
request-expired-title = This request has expired
request-disabled-title = This request can’t be decided
request-unknown-title = We can’t find this request
request-approved = You have already approved this request of <strong>{ $application }</strong>. It counts once, so there is nothing left to do here.
request-declined = You declined this request of <strong>{ $application }</strong>. If that was a mistake, start again there.
request-withdrawn = <strong>{ $application }</strong> withdrew its request. Nothing was approved.
request-expired = The time for this request of <strong>{ $application }</strong> is over. Nothing was approved. Start again there if you still want it.
request-disabled = <strong>{ $application }</strong> can no longer ask for anything here. Nothing was approved.
request-unknown = It may be for another account, or it was asked for a long time ago. Nothing was approved. Check which account you’re signed in to.
request-back = Go back to { $application }

## pages/confirm/over.html

over-expired-title = This took too long
over-used-title = This is already done
over-withdrawn-title = This was cancelled
over-unknown-title = We can’t find this
over-expired = You have 10 minutes to confirm a change, and they have passed. Nothing has changed. Start again if you still want it.
over-used = You have already confirmed this change. It is made only once, so there is nothing left to do.
over-withdrawn = Nothing has changed. The change was cancelled, replaced by a newer one, stopped after too many wrong passwords, or stopped by a request to delete your account or a link from one of our emails. Start again if you still want it.
over-unknown = The change may belong to another sign-in. Nothing has changed. Start again from your settings if you want it.

## pages/deletion_scheduled.html

deletion-scheduled-title = Deletion requested
deletion-scheduled-lead = We’ve emailed you the date and a link to keep your account.
deletion-scheduled-keep = You’re signed out everywhere. If you change your mind, use that link, or sign in and select “Keep account”.

## pages/email_change.html

email-change-title = Confirm your new email address
email-change-used-title = Your email address is changed
email-change-again-title = Your email address was changed again
email-change-taken-title = This email address is taken
email-change-after = After this change, sign in with the new address. We’ll email your current address about it, with a link to undo it for 7 days.
email-change-not-you = If you didn’t ask for this, close this page. Nothing has changed.
email-change-button = Use new address
email-change-used = Your email address is now <strong>{ $email }</strong>. Use it to sign in from now on.
email-change-again = This link changed your email address, but the address was changed again since, or the change was undone. A link works once.
email-change-taken = Another account now uses { $wanted }. Nothing has changed: your email address is still { $current }.
email-change-expired = This link worked for 24 hours and has expired. Nothing has changed. Ask for another link in your account.
email-change-withdrawn = Nothing has changed. The change was stopped, a newer one replaced it, or your account is waiting to be deleted. If you asked again, use the link in the newest email.
email-change-unknown = Check that you copied the whole link. It may be too old.

## pages/error.html

error-page-minutes =
    { $count ->
        [one] Try again in { $count } minute.
       *[other] Try again in { $count } minutes.
    }
error-page-seconds =
    { $count ->
        [one] Try again in { $count } second.
       *[other] Try again in { $count } seconds.
    }
error-page-tell-us = If this keeps happening, ask us for help.
error-page-status = Error { $status }
error-page-request-id = If you ask for help, give this id:

## pages/forgot_password.html

forgot-password-lead = Enter your email address. We’ll email you a link to choose a new password.
forgot-password-sent = We’ve sent an email to the address you entered. Open the link in it to choose a new password. It works for 10 minutes.
forgot-password-no-email = No email? Look in your spam folder. If you’ve asked before, use the newest email you have: we send at most two an hour to one address. If its link has expired, you can get a new one on its page.

## pages/forgot_password/new_password.html

new-password-page-title = Choose a new password
new-password-page-lead = Your old password stops working, and you’re signed out everywhere.
new-password-page-new = New password
new-password-page-button = Save password
new-password-page-expired = This link has expired. Nothing has changed.
new-password-page-used = A link was used to choose a new password since. A link works once.
new-password-page-withdrawn = The account’s email address has changed since this link was sent. Nothing has changed.

## pages/home.html

home-title = Your account, safe from hidden clicks
home-lead = Manage your account here: your name, how you sign in, and where you’re signed in. No other site can show these pages inside its own and make you click them.
home-frames-title = Not inside another site
home-frames = Every page here, error pages too, tells your browser not to show it inside another site. If a request comes from inside another page all the same, we refuse it before we check who you are.
home-sessions-title = See where you’re signed in
home-sessions = Every place is listed with its device, its IP address and its last use. Sign out of any of them, or of all the others at once.
home-forms-title = Plain forms, no scripts
home-forms = The pages work with a keyboard, a screen reader and your password manager. If there’s a problem with a form, everything you typed is still there, except passwords.

## pages/settings.html

settings-title = Overview
settings-deletion = Your account will be deleted on { $day }.
settings-waiting = Waiting for you to confirm { $email } by { $until }.
settings-waiting-link = Send the email again or cancel the change
settings-change-name = Change name
settings-card-off = Off
settings-card-hidden = Hidden
settings-see-card = See public card
settings-set-up-card = Set up public card
settings-change-email = Change email address
settings-password-set = Set
settings-change-password = Change password
settings-two-factor-on = On
settings-two-factor-off = Off
settings-two-factor-set-up = Set up
settings-two-factor-change = Change
settings-change-language = Change language and time
settings-only-here = Only here
settings-here-and =
    { $count ->
        [one] Here and in { $count } other place
       *[other] Here and in { $count } other places
    }
settings-see-sessions = See where you’re signed in
settings-activity-kept = The last 400 days
settings-see-activity = See activity
settings-your-data = Your data
settings-your-data-file = As one file
settings-your-account = Your account
settings-will-be-deleted = Will be deleted on { $day }
settings-active = Active

## pages/settings/activity.html

activity-lead = What happened with your account in the last 400 days, newest first.
activity-address = IP address { $address }
activity-none = Nothing happened in the last 400 days.
activity-older = Older activity
activity-newest = Newest activity
activity-not-you = Was something here not you?

## pages/settings/delete.html

settings-delete-title = Your account will be deleted
settings-delete-lead = We permanently delete the account of <strong>{ $email }</strong> and its data after { $until }.
settings-delete-until-then = Until then its public card is hidden, and you can’t change its email address. If you keep the account, nothing is deleted.

## pages/settings/email.html

settings-email-lead = You sign in with <strong>{ $email }</strong>.
settings-email-waiting = Waiting for you to confirm <strong>{ $email }</strong> by { $until }. See below.
settings-email-hint = We’ll email a link there, to check that it’s yours. We send at most one such email an hour to an address.
settings-email-change = Change to { $email }
settings-email-open = Open the link in the email that we sent there. It works until { $until }. A new request replaces this one.
settings-email-send-again = Send the email again
settings-email-cancel = Cancel change

## pages/settings/email/awaits_deletion.html

awaits-deletion-title = You can’t change your email address now
awaits-deletion-lead = Your account will be deleted after { $until }. You can’t change its email address while it is waiting to be deleted.
awaits-deletion-keep = To change your email address, keep your account first.

## pages/settings/export.html

export-ready-title = Your export is ready
export-ready = Download the file before { $until }. Only this browser can.
export-download = Download file
export-over-title = This export is no longer here
export-over = An export can be downloaded for 10 minutes, only in the browser that asked for it.
export-again = Export again

## pages/settings/language.html

language-now = It is now { $moment }.
language-label = Language
language-hint = We use it on these pages and in emails to you.
language-zone-label = Time zone
language-zone-hint = All dates and times on these pages and in emails to you are in this time zone.
language-utc = UTC
language-save = Save

## pages/settings/password.html

settings-password-others = Sign out everywhere else
settings-password-forgot = Forgot your present password?

## pages/settings/profile.html

profile-title = Profile
profile-your-name = Your name
profile-name-hint = We show this name at the top of these pages and on your public card.
profile-save-name = Save name
profile-card-on-hidden = The card is switched on, but it is hidden while your account is waiting to be deleted.
profile-card-hidden = The card is hidden while your account is waiting to be deleted.
profile-card-link = Anyone with this link can see your name and the month you joined:
profile-card-what = A small page with your name and the month you joined. It is hidden while it is switched off.
profile-card-sites = These sites can show the card inside their pages:
profile-card-sites-when-on = When it is on, these sites can show it inside their pages:
profile-card-no-sites = No other site can show it inside its pages.
profile-card-switch-off = Switch card off
profile-card-switch-on = Switch card on

## pages/settings/sessions.html

sessions-stays = Stays signed in until
sessions-recognise = If you don’t recognise a place, sign out there.
device-unknown = Unknown device
device-script = Script or app
device-on-mac-or-ipad = { $browser } on Mac or iPad
device-on = { $browser } on { $system }
sessions-this-device = This device
sessions-ip-address = IP address
sessions-signed-in = Signed in
sessions-last-active = Last active
sessions-which = : { $device }, { $address }, last active { $moment }
sessions-others-heading = Everywhere else
sessions-others =
    { $count ->
        [one] You’re signed in at { $count } other place. You stay signed in here.
       *[other] You’re signed in at { $count } other places. You stay signed in here.
    }
sessions-no-others = You’re not signed in anywhere else.

## pages/sign_in.html

sign-in-new-here = New here?
sign-in-passkey = Sign in with a passkey
sign-in-remember = Keep me signed in on this device
sign-in-remember-hint =
    { $count ->
        [one] For { $count } day. Not on a device that others use.
       *[other] For { $count } days. Not on a device that others use.
    }

## pages/sign_up.html

sign-up-invite-title = Sign-up is by invitation
sign-up-invite = If you got an invitation by email, open its link.
sign-up-lead = Enter your email address. We’ll email you a link to create your account.
sign-up-hint = You’ll use this address to sign in.
sign-up-button = Send link

## pages/sign_up/new_account.html

new-account-title = Create your account
new-account-taken-title = You already have an account
new-account-used-title = Your account is ready
new-account-name-hint = You can change it later.
new-account-password-hint = 15 characters or more. A few unrelated words work well.
new-password-hint-beside-factor = 8 characters or more.
new-account-button = Create account
new-account-taken = An account with this email address was created in the meantime. Sign in with the password you chose for it.
new-account-used = This link has created your account. A link works once.
new-account-expired = This link has expired. No account was created.
new-account-send-new-link = Send a new link
new-account-ask-invitation = Ask for a new invitation.
new-account-unknown = Check that you copied the whole link. If you have a newer email from us, use the link in that one.
new-account-get-new-link = Get a new link

## pages/sign_up/sent.html

sent-title = Check your email
sent-lead = We’ve sent an email to the address you entered. Open the link in it to go on. It works for 30 minutes.
sent-no-email = No email? Look in your spam folder. If you’ve asked before, use the newest email you have: we send at most two an hour to one address. If its link has expired, you can get a new one on its page.
sent-again = Enter the address again

## pages/signed_out.html

signed-out-title = You were signed out, and nothing was saved
signed-out-copy = You were signed out before you sent the form. Copy what you typed, then sign in and use it again.
signed-out-lead = You were signed out before you sent the form.
signed-out-sign-in = Sign in again

## pages/undo.html

undo-expired = This link worked for 7 days and has expired. Nothing has changed.
undo-used = This link was used, or the change was undone in another way. A link works once.
undo-unknown = Check that you copied the whole link. The account may no longer exist.

## pages/settings/two_factor.html

two-factor-lead = With a second factor, your password alone opens nothing.
two-factor-required = Your team requires a second factor. Add one to use your account.
two-factor-none = You have no second factor yet.
two-factor-apps = Authenticator apps
two-factor-add = Add an app
two-factor-passkeys = Passkeys
two-factor-add-passkey = Add a passkey
two-factor-no-passkeys = Passkeys need a domain name, which this site’s address has not.
two-factor-added = Added
two-factor-last-used = Last used
two-factor-not-used = Not yet
two-factor-remove = Remove
two-factor-codes = Recovery codes
two-factor-codes-left = { $count ->
    [0] You have no recovery code left. Make new ones.
    [one] You have one recovery code left. Make new ones soon.
   *[other] You have { $count } recovery codes left. Each stands in for your second factor once.
}
two-factor-make-codes = Make new codes

## pages/settings/two_factor/authenticator.html

authenticator-title = Add an authenticator app
authenticator-lead = Scan the QR code with an authenticator app, then enter the code that it shows.
authenticator-code = Code that the app shows
authenticator-name = Name of the app or device
authenticator-qr = QR code
authenticator-qr-alt = QR code with the key
authenticator-key = Or type this key into the app:
authenticator-here = Is the app on this device?
authenticator-open = Open the app

## pages/settings/two_factor/remove.html

remove-factor-title = Remove a second factor
remove-factor-which = What to remove
remove-factor-choose = Choose
remove-factor-lead = The next page asks for another proof than the one you remove.

## pages/settings/two_factor/recovery_codes.html

recovery-codes-title = Your recovery codes
recovery-codes-lead = Each code stands in for your second factor once. Keep them where you won’t lose them with your phone. They are shown only now.
recovery-codes-list = Recovery codes
recovery-codes-download = Download as text
recovery-codes-go-on = I have saved them
recovery-codes-over-title = These codes are no longer shown
recovery-codes-over = Recovery codes are shown once, for ten minutes, in the browser that made them. If you haven’t saved them, make new ones.

## pages/sign_in/second_factor.html

second-factor-title = Enter your second factor
second-factor-lead = Your password is right. One step is left.
second-factor-lost = Lost your authenticator app and your recovery codes? Ask the operator of this site to remove your second factor.
second-factor-passkey = Use a passkey
second-factor-or = Or enter a code:
second-factor-again = Sign in as someone else

## actions/add_authenticator.html

add-authenticator-name = Name
add-authenticator-then = From now on, you sign in with your password and a code.
add-factor-sessions = Your other devices are signed out, and need it to sign in again.
add-authenticator-proof = Changes to your account will ask for a code in place of your password.
add-authenticator-notice = We’ll email you about this change.
add-authenticator-tick = I want to add this authenticator app to my account.
add-authenticator-button = Add app

## actions/remove_factor.html

remove-factor-name = Second factor
remove-factor-last = This is your only second factor. You will sign in with your password alone, and your recovery codes stop working.
remove-factor-others = Your other second factors go on working.
remove-factor-notice = We’ll email you about this change, with a link to undo it for 7 days.
remove-factor-tick = I want to remove this second factor from my account.
remove-factor-button = Remove

## actions/make_recovery_codes.html

make-codes-title = Make new recovery codes
make-codes-lead = You get ten new codes, which are shown once.
make-codes-former = Your former recovery codes stop working.
make-codes-notice = We’ll email you about this change.
make-codes-tick = I want to replace my recovery codes.
make-codes-button = Make codes

## Passkeys: components/passkey.html and its pages

passkey-no-script = Passkeys need a script, and your browser runs none here. Everything else works without.
passkey-cancelled = Nothing was sent: the passkey was cancelled or took too long. Try again.
passkey-registered = This device already has a passkey for your account.
passkey-unsupported = Your browser can’t use passkeys. Use another way.

## pages/settings/two_factor/passkey.html

add-passkey-title = Add a passkey
add-passkey-lead = Your device, phone or security key makes the passkey, and asks for your fingerprint, face or PIN.
add-passkey-name = Name of the passkey

## pages/sign_in/passkey.html

passkey-sign-in-title = Sign in with a passkey
passkey-sign-in-lead = Your browser shows the passkeys that you have for this site.
passkey-sign-in-button = Use a passkey
passkey-sign-in-password = Sign in with a password

## actions/add_passkey.html

add-passkey-then = From now on, this passkey signs you in without a password.
add-passkey-proof = Changes to your account will ask for it in place of your password.
add-passkey-notice = We’ll email you about this change.
add-passkey-tick = I want to add this passkey to my account.
add-passkey-button = Add passkey

## pages/settings/tokens.html

tokens-lead = With an access token, a program uses your account without your password.
tokens-api = What a program can do
tokens-none = You have no access tokens.
tokens-may = May
tokens-created = Made
tokens-last-used = Last used
tokens-not-used = Not yet
tokens-expires = Works until
tokens-revoke = Revoke
tokens-new = Make a token
tokens-full = You have 20 access tokens. Revoke one to make another.
tokens-deletion-waits = Access tokens don’t work while your account is waiting to be deleted.

## pages/settings/tokens/new.html

new-token-title = Make an access token
new-token-name = Name
new-token-scopes = The token may
new-token-days = Works for
new-token-lifetime =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }

## pages/settings/tokens/made.html

made-token-title = Your access token
made-token-lead = Copy the token now and keep it like a password. It is shown only now.
made-token-secret = Token
made-token-go-on = I have copied it
made-token-over-title = This token is no longer shown
made-token-over = An access token is shown once, for ten minutes, in the browser that made it. If you haven’t copied it, revoke it and make a new one.

## actions/create_access_token.html

create-token-who = Anyone who has this token can:
create-token-once = The token is shown once, on the next page.
create-token-notice = We’ll email you about this change.
create-token-tick = I want to make this access token.
create-token-button = Make token

## pages/developers/api.html

api-title = The API
api-lead = Programs use your account at <strong>{ $url }</strong> with an access token, which you make in your settings.
api-send = Send the token with each request:
api-document = The same as an OpenAPI document
api-scope = Scope
api-parameters = Parameters
api-body = Fields of the body
api-answers = Answers
api-no-token = No access token needed
