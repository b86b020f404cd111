# The texts of the page templates, by template. A test checks that templates use every key, and that all languages have
# the same keys and values. The only markup is <strong>…</strong>. Do not use ", < or & as characters: the texts are not escaped.

## Shared

account = Konto
cancel = Abbrechen
card-on = Ein
change-your-email = Ihre E-Mail-Adresse ändern
continue = Weiter
create-an-account = Konto erstellen
current-address = Aktuelle Adresse
delete-account = Konto löschen
email-address = E-Mail-Adresse
field-error = Fehler:
forgot-password = Passwort vergessen?
go-to-account = Zu Ihrem Konto
go-to-start = Zur Startseite
have-an-account = Haben Sie schon ein Konto?
keep-account = Konto behalten
language-and-time = Sprache und Zeit
language-as-browser = Wie in Ihrem Browser
link-broken = Dieser Link funktioniert nicht
name = Name
new-address = Neue Adresse
new-email-address = Neue E-Mail-Adresse
next-page-proof = Auf der nächsten Seite weisen Sie nach, dass Sie es sind.
no-new-accounts = Hier können zurzeit keine neuen Konten erstellt werden.
password = Passwort
public-card = Öffentliche Karte
sign-in = Anmelden
sign-out = Abmelden
sign-out-everywhere-else = Überall sonst abmelden
sign-up = Registrieren
sign-up-closed = Registrierung geschlossen
where-signed-in = Wo Sie angemeldet sind

## action.html: the steps of every sensitive action

action-arrival = Sie kommen von außerhalb von { $site }. Nichts hat sich geändert.
action-order = Setzen Sie das Häkchen und { $proof ->
    [password] geben Sie dann Ihr Passwort ein
    [passkey] benutzen Sie dann mit dem Knopf Ihren Passkey
    [code] geben Sie dann Ihren Code ein
   *[recovery_code] geben Sie dann einen Wiederherstellungscode ein
}. Der Knopf kommt zuletzt.
action-order-word = Setzen Sie das Häkchen, { $proof ->
    [password] geben Sie dann Ihr Passwort ein
    [passkey] benutzen Sie zuletzt Ihren Passkey
    [code] geben Sie dann Ihren Code ein
   *[recovery_code] geben Sie dann einen Wiederherstellungscode ein
} und tippen Sie das angezeigte Wort ab. Der Knopf kommt zuletzt.
action-your-password = Ihr Passwort
action-code = Code Ihrer Authenticator-App
action-code-hint = Oder einer Ihrer Wiederherstellungscodes.
action-passkey = Der Knopf fragt nach Ihrem Passkey: Ihr Gerät prüft, dass Sie es sind.
action-passkey-other = Stattdessen einen Code eingeben
action-recovery-code = Wiederherstellungscode
action-recovery-code-hint = Sonst ist kein zweiter Faktor da, der dies bestätigen kann.
action-word = Tippen Sie <strong>{ $word }</strong> ab, um dies für das Konto von <strong>{ $email }</strong> zu bestätigen.
action-word-label = Tippen Sie { $word } ab
action-word-hint = Die Ziffern ändern sich jedes Mal, wenn diese Seite angezeigt wird.
action-tick-first = Mit dem Häkchen erscheint der Knopf.

## actions/change_email.html

change-email-undo-title = Ihre E-Mail-Adresse zurückholen
change-email-link = Wir senden einen Link an die neue Adresse. Ihre Adresse ändert sich, wenn Sie diesen Link öffnen und dort den Knopf drücken.
change-email-until-then = Bis dahin gilt Ihre aktuelle Adresse weiter. Dorthin senden wir eine E-Mail über diese Änderung, mit einem Link, der sie 7 Tage lang rückgängig machen kann.
change-email-tick = Ich möchte meine E-Mail-Adresse in { $email } ändern.
change-email-button = Adresse ändern
change-email-undo = Ihr Konto verwendet dann wieder <strong>{ $email }</strong>, egal welche E-Mail-Adresse es jetzt hat. Wenn das Konto auf seine Löschung wartet, behalten wir es. Sie und alle anderen werden abgemeldet.
change-email-undo-then = Wählen Sie danach ein neues Passwort: Die Person, die die Änderung gemacht hat, kannte Ihres. Wenn eine andere E-Mail-Adresse das Konto verliert, benachrichtigen wir diese Adresse.
change-email-undo-button = Adresse zurückholen

## actions/delete_account.html

delete-account-title = Ihr Konto löschen
delete-account-undo-title = Ihr Konto behalten
delete-account-lead = Damit löschen Sie das Konto von <strong>{ $email }</strong>.
delete-account-at-once = Sie werden sofort überall abgemeldet. Ihre öffentliche Karte wird verborgen, und eine noch nicht bestätigte Änderung der E-Mail-Adresse wird abgebrochen.
delete-account-when = In 7 Tagen löschen wir Ihr Konto und Ihre Daten endgültig.
delete-account-signed-out = Sie werden sofort überall abgemeldet, auch hier.
delete-account-hidden = Ihre öffentliche Karte wird verborgen, und eine noch nicht bestätigte Änderung der E-Mail-Adresse wird abgebrochen.
delete-account-deleted = Ihr Konto und Ihre Daten werden in 7 Tagen endgültig gelöscht.
delete-account-keep = Bis dahin können Sie Ihr Konto behalten: Melden Sie sich an und wählen Sie „Konto behalten“, oder nutzen Sie den Link, den wir Ihnen per E-Mail senden.
delete-account-tick = Ich möchte mein Konto löschen.
delete-account-undo = Ihr Konto wird nicht gelöscht. Sie und alle anderen werden abgemeldet, und Ihr jetziges Passwort gilt nicht mehr. Wählen Sie danach ein neues.

## actions/change_password.html

change-your-password = Passwort ändern
change-password-at-once = Ab sofort melden Sie sich mit dem neuen Passwort an.
change-password-others = Sie werden überall sonst abgemeldet, und Ihre Zugriffstoken funktionieren nicht mehr. Eine Änderung der E-Mail-Adresse, die auf ihren Link wartet, wird abgebrochen.
change-password-no-others = Auf Ihren anderen Geräten bleiben Sie angemeldet.
change-password-notice = Wir senden Ihnen eine E-Mail über diese Änderung.
change-password-tick = Ich möchte das Passwort meines Kontos ändern.
change-password-button = Passwort ändern

## actions/secure_account.html

secure-account-title = Konto sichern
secure-account-lead = Drücken Sie den Knopf, wenn jemand anderes Ihr Konto benutzt hat. Sie und alle anderen werden abgemeldet, und das jetzige Passwort gilt nicht mehr.
secure-account-then = Wurde die E-Mail-Adresse seither geändert, bekommt das Konto <strong>{ $email }</strong> zurück, und eine Löschung wird abgebrochen. Wählen Sie danach ein neues Passwort.
secure-account-button = Konto sichern

## actions/reset_factors.html

reset-factors-undo-title = Ihre zweiten Faktoren behalten
reset-factors-undo = Ihr Konto behält seine zweiten Faktoren oder bekommt sie zurück, falls wir sie entfernt haben. Sie und alle anderen werden abgemeldet, und Ihr jetziges Passwort gilt nicht mehr.
reset-factors-undo-then = Wurde die E-Mail-Adresse seither geändert, bekommt das Konto <strong>{ $email }</strong> zurück, und eine Löschung wird abgebrochen. Wählen Sie danach ein neues Passwort.
reset-factors-undo-button = Zweite Faktoren behalten

## actions/export_data.html

export-data-lead = Laden Sie alles herunter, was Ihr Konto enthält, als eine JSON-Datei.
export-data-what = Ihr Profil, wo Sie angemeldet sind, Ihre Aktivität der letzten 400 Tage sowie Änderungen und E-Mails, die warten.
export-data-not = Nicht Ihr Passwort und keinen Link und kein Cookie, mit denen sich das Konto öffnen lässt.
export-data-download = Sie können die Datei 10 Minuten lang herunterladen, nur in diesem Browser.
export-data-care = Die Datei enthält IP-Adressen und Uhrzeiten. Bewahren Sie sie so auf, dass nur Sie sie lesen können.
export-data-notice = Wir senden Ihnen eine E-Mail über diesen Export.
export-data-tick = Ich möchte die Daten meines Kontos herunterladen.
export-data-button = Datei erstellen

## actions/revoke_other_sessions.html

revoke-others-lead = Damit melden Sie sich überall außer hier ab.
revoke-others-at-once = Sie werden sofort überall außer hier abgemeldet.
revoke-others-again = Um Ihr Konto dort wieder zu nutzen, melden Sie sich mit Ihrem Passwort an.
revoke-others-tick = Ich möchte mich überall sonst abmelden.
revoke-others-button = Andere abmelden

## components/error_summary.html

error-summary-title = Es gibt ein Problem

## layout.html

title-error = Fehler: { $title }
layout-skip = Zum Inhalt springen
layout-back = Zurück zu { $service }
layout-signed-in-as = Angemeldet als
layout-help = Hilfe
layout-privacy = Datenschutz
layout-accessibility = Barrierefreiheit
layout-promise = Keine Skripte. Nie in einer anderen Website angezeigt.
layout-promise-script = Ein Skript, für Passkeys. Nie in einer anderen Website angezeigt.

## pages/card.html

card-joined = Dabei seit { $month }

## confirmations.html, confirmations/over.html, request.html and actions/approve_confirmation.html

approve-title = Eine Anfrage bestätigen
approve-lead = <strong>{ $application }</strong> bittet Sie, dies zu bestätigen:
approve-until = Sie können bis { $until } entscheiden.
approve-needs-factor = Diese Anfrage braucht einen zweiten Faktor, und Ihr Konto hat keinen. Fügen Sie einen hinzu und öffnen Sie diese Seite noch einmal, oder lehnen Sie ab.
approve-decline = Ablehnen
approve-receipt = <strong>{ $application }</strong> erfährt, dass Sie genau dies bestätigt haben, wann, und mit welcher Art von Nachweis.
approve-back = Danach kommen Sie zurück zu <strong>{ $origin }</strong>.
approve-notice = Wir schicken Ihnen eine E-Mail darüber.
approve-tick = Ich billige, worum { $application } bittet.
approve-button = Billigen
request-from = Geschrieben von <strong>{ $application }</strong>, nicht von { $site }:
request-approved-title = Sie haben dies bestätigt
request-declined-title = Sie haben dies abgelehnt
request-withdrawn-title = Diese Anfrage wurde zurückgezogen
request-expired-title = Diese Anfrage ist abgelaufen
request-disabled-title = Über diese Anfrage kann nicht entschieden werden
request-unknown-title = Wir finden diese Anfrage nicht
request-approved = Sie haben diese Anfrage von <strong>{ $application }</strong> schon bestätigt. Sie zählt einmal. Sie müssen hier nichts weiter tun.
request-declined = Sie haben diese Anfrage von <strong>{ $application }</strong> abgelehnt. Wenn das ein Versehen war, beginnen Sie dort von vorn.
request-withdrawn = <strong>{ $application }</strong> hat die Anfrage zurückgezogen. Nichts wurde bestätigt.
request-expired = Die Zeit für diese Anfrage von <strong>{ $application }</strong> ist vorbei. Nichts wurde bestätigt. Beginnen Sie dort von vorn, wenn Sie es noch möchten.
request-disabled = <strong>{ $application }</strong> kann hier um nichts mehr bitten. Nichts wurde bestätigt.
request-unknown = Sie ist vielleicht für ein anderes Konto, oder sie ist lange her. Nichts wurde bestätigt. Prüfen Sie, bei welchem Konto Sie angemeldet sind.
request-back = Zurück zu { $application }

## pages/confirm/over.html

over-expired-title = Das hat zu lange gedauert
over-used-title = Das ist schon erledigt
over-withdrawn-title = Das wurde abgebrochen
over-unknown-title = Wir finden das nicht
over-expired = Für die Bestätigung einer Änderung haben Sie 10 Minuten, und die sind vorbei. Nichts hat sich geändert. Beginnen Sie von vorn, wenn Sie die Änderung noch möchten.
over-used = Sie haben diese Änderung schon bestätigt. Sie wird nur einmal ausgeführt. Sie müssen nichts weiter tun.
over-withdrawn = Nichts hat sich geändert. Die Änderung wurde abgebrochen, durch eine neuere ersetzt, nach zu vielen falschen Passwörtern gestoppt, oder sie wurde durch einen Antrag auf Löschung Ihres Kontos oder einen Link aus einer unserer E-Mails gestoppt. Beginnen Sie von vorn, wenn Sie die Änderung noch möchten.
over-unknown = Die Änderung gehört vielleicht zu einer anderen Anmeldung. Nichts hat sich geändert. Beginnen Sie in Ihren Einstellungen von vorn, wenn Sie die Änderung möchten.

## pages/deletion_scheduled.html

deletion-scheduled-title = Löschung beantragt
deletion-scheduled-lead = Wir haben Ihnen eine E-Mail gesendet, mit dem Datum und mit einem Link, über den Sie Ihr Konto behalten können.
deletion-scheduled-keep = Sie sind überall abgemeldet. Wenn Sie es sich anders überlegen, nutzen Sie diesen Link, oder melden Sie sich an und wählen Sie „Konto behalten“.

## pages/email_change.html

email-change-title = Ihre neue E-Mail-Adresse bestätigen
email-change-used-title = Ihre E-Mail-Adresse ist geändert
email-change-again-title = Ihre E-Mail-Adresse wurde noch einmal geändert
email-change-taken-title = Diese E-Mail-Adresse ist vergeben
email-change-after = Nach dieser Änderung melden Sie sich mit der neuen Adresse an. An Ihre aktuelle Adresse senden wir eine E-Mail darüber, mit einem Link, der die Änderung 7 Tage lang rückgängig machen kann.
email-change-not-you = Wenn Sie das nicht beantragt haben, schließen Sie diese Seite. Nichts hat sich geändert.
email-change-button = Neue Adresse nutzen
email-change-used = Ihre E-Mail-Adresse ist jetzt <strong>{ $email }</strong>. Melden Sie sich ab jetzt damit an.
email-change-again = Dieser Link hat Ihre E-Mail-Adresse geändert. Seither wurde sie noch einmal geändert, oder die Änderung wurde rückgängig gemacht. Ein Link funktioniert nur einmal.
email-change-taken = Ein anderes Konto verwendet jetzt { $wanted }. Nichts hat sich geändert: Ihre E-Mail-Adresse ist weiterhin { $current }.
email-change-expired = Dieser Link galt 24 Stunden und ist abgelaufen. Nichts hat sich geändert. Fordern Sie in Ihrem Konto einen neuen Link an.
email-change-withdrawn = Nichts hat sich geändert. Die Änderung wurde gestoppt, eine neuere hat sie ersetzt, oder Ihr Konto wartet auf seine Löschung. Wenn Sie die Änderung noch einmal beantragt haben, nutzen Sie den Link in der neuesten E-Mail.
email-change-unknown = Prüfen Sie, ob Sie den ganzen Link kopiert haben. Vielleicht ist er zu alt.

## pages/error.html

error-page-minutes =
    { $count ->
        [one] Versuchen Sie es in { $count } Minute noch einmal.
       *[other] Versuchen Sie es in { $count } Minuten noch einmal.
    }
error-page-seconds =
    { $count ->
        [one] Versuchen Sie es in { $count } Sekunde noch einmal.
       *[other] Versuchen Sie es in { $count } Sekunden noch einmal.
    }
error-page-tell-us = Wenn das so bleibt, bitten Sie uns um Hilfe.
error-page-status = Fehler { $status }
error-page-request-id = Wenn Sie um Hilfe bitten, nennen Sie diese Kennung:

## pages/forgot_password.html

forgot-password-lead = Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort wählen.
forgot-password-sent = Wir haben eine E-Mail an die Adresse gesendet, die Sie eingegeben haben. Öffnen Sie den Link darin, um ein neues Passwort zu wählen. Er gilt 10 Minuten.
forgot-password-no-email = Keine E-Mail? Sehen Sie im Spam-Ordner nach. Wenn Sie schon früher einen Link angefordert haben, nutzen Sie die neueste E-Mail, die Sie haben: Wir senden höchstens zwei pro Stunde an eine Adresse. Wenn ihr Link abgelaufen ist, können Sie auf seiner Seite einen neuen anfordern.

## pages/forgot_password/new_password.html

new-password-page-title = Neues Passwort wählen
new-password-page-lead = Ihr altes Passwort gilt dann nicht mehr, und Sie werden überall abgemeldet.
new-password-page-new = Neues Passwort
new-password-page-button = Passwort speichern
new-password-page-expired = Dieser Link ist abgelaufen. Nichts hat sich geändert.
new-password-page-used = Seither wurde mit einem Link ein neues Passwort gewählt. Ein Link funktioniert nur einmal.
new-password-page-withdrawn = Die E-Mail-Adresse des Kontos hat sich geändert, seit dieser Link gesendet wurde. Nichts hat sich geändert.

## pages/home.html

home-title = Ihr Konto, sicher vor versteckten Klicks
home-lead = Verwalten Sie hier Ihr Konto: Ihren Namen, wie Sie sich anmelden und wo Sie angemeldet sind. Keine andere Website kann diese Seiten in ihren eigenen anzeigen und Sie dazu bringen, darauf zu klicken.
home-frames-title = Nicht in einer anderen Website
home-frames = Jede Seite hier, auch jede Fehlerseite, sagt Ihrem Browser, dass er sie nicht in einer anderen Website anzeigen soll. Kommt trotzdem eine Anfrage aus dem Inneren einer anderen Seite, lehnen wir sie ab, bevor wir prüfen, wer Sie sind.
home-sessions-title = Sehen, wo Sie angemeldet sind
home-sessions = Die Liste zeigt jede Stelle mit Gerät, IP-Adresse und letzter Nutzung. Melden Sie sich an einzelnen Stellen ab oder an allen anderen auf einmal.
home-forms-title = Einfache Formulare, keine Skripte
home-forms = Die Seiten funktionieren mit Tastatur, Bildschirmleser und Ihrem Passwort-Manager. Wenn es ein Problem mit einem Formular gibt, steht alles noch da, was Sie eingegeben haben, außer Passwörtern.

## pages/settings.html

settings-title = Übersicht
settings-deletion = Ihr Konto wird am { $day } gelöscht.
settings-waiting = { $email } ist noch nicht bestätigt. Der Link gilt bis zum { $until }.
settings-waiting-link = E-Mail erneut senden oder Änderung abbrechen
settings-change-name = Name ändern
settings-card-off = Aus
settings-card-hidden = Verborgen
settings-see-card = Öffentliche Karte ansehen
settings-set-up-card = Öffentliche Karte einrichten
settings-change-email = E-Mail-Adresse ändern
settings-password-set = Gesetzt
settings-change-password = Passwort ändern
settings-two-factor-on = An
settings-two-factor-off = Aus
settings-two-factor-set-up = Einrichten
settings-two-factor-change = Ändern
settings-change-language = Sprache und Zeit ändern
settings-only-here = Nur hier
settings-here-and =
    { $count ->
        [one] Hier und an { $count } weiteren Stelle
       *[other] Hier und an { $count } weiteren Stellen
    }
settings-see-sessions = Anmeldungen ansehen
settings-activity-kept = Die letzten 400 Tage
settings-see-activity = Aktivität ansehen
settings-your-data = Ihre Daten
settings-your-data-file = Als eine Datei
settings-your-account = Ihr Konto
settings-will-be-deleted = Wird am { $day } gelöscht
settings-active = Aktiv

## pages/settings/activity.html

activity-lead = Was in den letzten 400 Tagen mit Ihrem Konto geschehen ist, das Neueste zuerst.
activity-address = IP-Adresse { $address }
activity-none = In den letzten 400 Tagen ist nichts geschehen.
activity-older = Ältere Aktivität
activity-newest = Neueste Aktivität
activity-not-you = Waren Sie etwas davon nicht selbst?

## pages/settings/delete.html

settings-delete-title = Ihr Konto wird gelöscht
settings-delete-lead = Nach dem { $until } löschen wir das Konto von <strong>{ $email }</strong> und seine Daten endgültig.
settings-delete-until-then = Bis dahin ist seine öffentliche Karte verborgen, und Sie können seine E-Mail-Adresse nicht ändern. Wenn Sie das Konto behalten, wird nichts gelöscht.

## pages/settings/email.html

settings-email-lead = Sie melden sich mit <strong>{ $email }</strong> an.
settings-email-waiting = <strong>{ $email }</strong> ist noch nicht bestätigt. Der Link gilt bis zum { $until }. Mehr dazu weiter unten.
settings-email-hint = Wir senden einen Link dorthin, um zu prüfen, ob die Adresse Ihnen gehört. An eine Adresse senden wir höchstens eine solche E-Mail pro Stunde.
settings-email-change = Wechsel zu { $email }
settings-email-open = Öffnen Sie den Link in der E-Mail, die wir dorthin gesendet haben. Er gilt bis zum { $until }. Ein neuer Antrag ersetzt diesen.
settings-email-send-again = E-Mail erneut senden
settings-email-cancel = Änderung abbrechen

## pages/settings/email/awaits_deletion.html

awaits-deletion-title = Sie können Ihre E-Mail-Adresse jetzt nicht ändern
awaits-deletion-lead = Ihr Konto wird nach dem { $until } gelöscht. Solange es auf seine Löschung wartet, können Sie seine E-Mail-Adresse nicht ändern.
awaits-deletion-keep = Um Ihre E-Mail-Adresse zu ändern, behalten Sie zuerst Ihr Konto.

## pages/settings/export.html

export-ready-title = Ihr Export ist bereit
export-ready = Laden Sie die Datei vor { $until } herunter. Das kann nur dieser Browser.
export-download = Datei laden
export-over-title = Dieser Export ist nicht mehr da
export-over = Ein Export kann 10 Minuten lang heruntergeladen werden, nur in dem Browser, der ihn angefordert hat.
export-again = Noch einmal exportieren

## pages/settings/language.html

language-now = Aktuelle Zeit: { $moment }.
language-label = Sprache
language-hint = Wir verwenden sie auf diesen Seiten und in E-Mails an Sie.
language-zone-label = Zeitzone
language-zone-hint = Alle Datums- und Zeitangaben auf diesen Seiten und in E-Mails an Sie richten sich nach dieser Zeitzone.
language-utc = UTC
language-save = Speichern

## pages/settings/password.html

settings-password-others = Überall sonst abmelden
settings-password-forgot = Jetziges Passwort vergessen?

## pages/settings/profile.html

profile-title = Profil
profile-your-name = Ihr Name
profile-name-hint = Wir zeigen diesen Namen oben auf diesen Seiten und auf Ihrer öffentlichen Karte.
profile-save-name = Name speichern
profile-card-on-hidden = Die Karte ist eingeschaltet, bleibt aber verborgen, solange Ihr Konto auf seine Löschung wartet.
profile-card-hidden = Die Karte bleibt verborgen, solange Ihr Konto auf seine Löschung wartet.
profile-card-link = Alle, die diesen Link haben, sehen Ihren Namen und den Monat, seit dem Sie dabei sind:
profile-card-what = Eine kleine Seite mit Ihrem Namen und dem Monat, seit dem Sie dabei sind. Solange sie ausgeschaltet ist, bleibt sie verborgen.
profile-card-sites = Diese Websites können die Karte in ihren Seiten anzeigen:
profile-card-sites-when-on = Wenn sie eingeschaltet ist, können diese Websites sie in ihren Seiten anzeigen:
profile-card-no-sites = Keine andere Website kann sie in ihren Seiten anzeigen.
profile-card-switch-off = Karte ausschalten
profile-card-switch-on = Karte einschalten

## pages/settings/sessions.html

sessions-stays = Bleibt angemeldet bis
sessions-recognise = Wenn Sie eine Stelle nicht erkennen, melden Sie sich dort ab.
device-unknown = Unbekanntes Gerät
device-script = Skript oder App
device-on-mac-or-ipad = { $browser } auf Mac oder iPad
device-on = { $browser } auf { $system }
sessions-this-device = Dieses Gerät
sessions-ip-address = IP-Adresse
sessions-signed-in = Angemeldet
sessions-last-active = Zuletzt aktiv
sessions-which = : { $device }, { $address }, zuletzt aktiv am { $moment }
sessions-others-heading = Überall sonst
sessions-others =
    { $count ->
        [one] Sie sind an { $count } weiteren Stelle angemeldet. Hier bleiben Sie angemeldet.
       *[other] Sie sind an { $count } weiteren Stellen angemeldet. Hier bleiben Sie angemeldet.
    }
sessions-no-others = Sie sind sonst nirgends angemeldet.

## pages/sign_in.html

sign-in-new-here = Neu hier?
sign-in-passkey = Mit Passkey anmelden
sign-in-remember = Auf diesem Gerät angemeldet bleiben
sign-in-remember-hint =
    { $count ->
        [one] Für { $count } Tag. Nicht auf einem Gerät, das andere benutzen.
       *[other] Für { $count } Tage. Nicht auf einem Gerät, das andere benutzen.
    }

## pages/sign_up.html

sign-up-invite-title = Registrierung nur mit Einladung
sign-up-invite = Wenn Sie eine Einladung per E-Mail erhalten haben, öffnen Sie den Link darin.
sign-up-lead = Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Link, mit dem Sie Ihr Konto erstellen.
sign-up-hint = Mit dieser Adresse melden Sie sich an.
sign-up-button = Link senden

## pages/sign_up/new_account.html

new-account-title = Ihr Konto erstellen
new-account-taken-title = Sie haben schon ein Konto
new-account-used-title = Ihr Konto ist bereit
new-account-name-hint = Sie können ihn später ändern.
new-account-password-hint = Mindestens 15 Zeichen. Gut geeignet sind einige Wörter, die nichts miteinander zu tun haben.
new-password-hint-beside-factor = Mindestens 8 Zeichen.
new-account-button = Konto erstellen
new-account-taken = Inzwischen wurde ein Konto mit dieser E-Mail-Adresse erstellt. Melden Sie sich mit dem Passwort an, das Sie dafür gewählt haben.
new-account-used = Dieser Link hat Ihr Konto erstellt. Ein Link funktioniert nur einmal.
new-account-expired = Dieser Link ist abgelaufen. Es wurde kein Konto erstellt.
new-account-send-new-link = Neuen Link senden
new-account-ask-invitation = Bitten Sie um eine neue Einladung.
new-account-unknown = Prüfen Sie, ob Sie den ganzen Link kopiert haben. Wenn Sie eine neuere E-Mail von uns haben, nutzen Sie den Link darin.
new-account-get-new-link = Neuen Link anfordern

## pages/sign_up/sent.html

sent-title = Sehen Sie in Ihrem Postfach nach
sent-lead = Wir haben eine E-Mail an die Adresse gesendet, die Sie eingegeben haben. Öffnen Sie den Link darin, um fortzufahren. Er gilt 30 Minuten.
sent-no-email = Keine E-Mail? Sehen Sie im Spam-Ordner nach. Wenn Sie schon früher einen Link angefordert haben, nutzen Sie die neueste E-Mail, die Sie haben: Wir senden höchstens zwei pro Stunde an eine Adresse. Wenn ihr Link abgelaufen ist, können Sie auf seiner Seite einen neuen anfordern.
sent-again = Adresse neu eingeben

## pages/signed_out.html

signed-out-title = Sie wurden abgemeldet, und nichts wurde gespeichert
signed-out-copy = Sie wurden abgemeldet, bevor Sie das Formular gesendet haben. Kopieren Sie, was Sie eingegeben haben, melden Sie sich dann an und verwenden Sie es wieder.
signed-out-lead = Sie wurden abgemeldet, bevor Sie das Formular gesendet haben.
signed-out-sign-in = Wieder anmelden

## pages/undo.html

undo-expired = Dieser Link galt 7 Tage und ist abgelaufen. Nichts hat sich geändert.
undo-used = Dieser Link wurde schon benutzt, oder die Änderung wurde auf anderem Weg rückgängig gemacht. Ein Link funktioniert nur einmal.
undo-unknown = Prüfen Sie, ob Sie den ganzen Link kopiert haben. Vielleicht gibt es das Konto nicht mehr.

## pages/settings/two_factor.html

two-factor-lead = Mit einem zweiten Faktor öffnet Ihr Passwort allein nichts.
two-factor-required = Ihr Team verlangt einen zweiten Faktor. Fügen Sie einen hinzu, um Ihr Konto zu benutzen.
two-factor-none = Sie haben noch keinen zweiten Faktor.
two-factor-apps = Authenticator-Apps
two-factor-add = App hinzufügen
two-factor-passkeys = Passkeys
two-factor-add-passkey = Passkey hinzufügen
two-factor-no-passkeys = Passkeys brauchen einen Domainnamen, den die Adresse dieser Website nicht hat.
two-factor-added = Hinzugefügt
two-factor-last-used = Zuletzt benutzt
two-factor-not-used = Noch nicht
two-factor-remove = Entfernen
two-factor-codes = Wiederherstellungscodes
two-factor-codes-left = { $count ->
    [0] Sie haben keinen Wiederherstellungscode mehr. Erstellen Sie neue.
    [one] Sie haben noch einen Wiederherstellungscode. Erstellen Sie bald neue.
   *[other] Sie haben noch { $count } Wiederherstellungscodes. Jeder ersetzt einmal Ihren zweiten Faktor.
}
two-factor-make-codes = Neue Codes

## pages/settings/two_factor/authenticator.html

authenticator-title = Authenticator-App hinzufügen
authenticator-lead = Scannen Sie den QR-Code mit einer Authenticator-App und geben Sie den Code ein, den sie zeigt.
authenticator-code = Code, den die App zeigt
authenticator-name = Name der App oder des Geräts
authenticator-qr = QR-Code
authenticator-qr-alt = QR-Code mit dem Schlüssel
authenticator-key = Oder geben Sie diesen Schlüssel in die App ein:
authenticator-here = Ist die App auf diesem Gerät?
authenticator-open = App öffnen

## pages/settings/two_factor/remove.html

remove-factor-title = Zweiten Faktor entfernen
remove-factor-which = Was entfernt werden soll
remove-factor-choose = Auswählen
remove-factor-lead = Die nächste Seite fragt nach einem anderen Nachweis als dem, den Sie entfernen.

## pages/settings/two_factor/recovery_codes.html

recovery-codes-title = Ihre Wiederherstellungscodes
recovery-codes-lead = Jeder Code ersetzt einmal Ihren zweiten Faktor. Bewahren Sie sie so auf, dass Sie sie nicht mit dem Handy verlieren. Sie werden nur jetzt angezeigt.
recovery-codes-list = Wiederherstellungscodes
recovery-codes-download = Als Text sichern
recovery-codes-go-on = Ich habe sie gespeichert
recovery-codes-over-title = Diese Codes werden nicht mehr angezeigt
recovery-codes-over = Wiederherstellungscodes werden einmal angezeigt, zehn Minuten lang, in dem Browser, der sie erstellt hat. Wenn Sie sie nicht gespeichert haben, erstellen Sie neue.

## pages/sign_in/second_factor.html

second-factor-title = Geben Sie Ihren zweiten Faktor ein
second-factor-lead = Ihr Passwort ist richtig. Es fehlt noch ein Schritt.
second-factor-lost = Authenticator-App und Wiederherstellungscodes verloren? Bitten Sie den Betreiber, Ihren zweiten Faktor zu entfernen.
second-factor-passkey = Passkey benutzen
second-factor-or = Oder geben Sie einen Code ein:
second-factor-again = Als jemand anderes anmelden

## actions/add_authenticator.html

add-authenticator-name = Name
add-authenticator-then = Ab jetzt melden Sie sich mit Ihrem Passwort und einem Code an.
add-factor-sessions = Ihre anderen Geräte werden abgemeldet und brauchen ihn für die nächste Anmeldung.
add-authenticator-proof = Änderungen an Ihrem Konto fragen nach einem Code statt nach dem Passwort.
add-authenticator-notice = Wir schreiben Ihnen eine E-Mail über diese Änderung.
add-authenticator-tick = Ich möchte meinem Konto diese Authenticator-App hinzufügen.
add-authenticator-button = App anlegen

## actions/remove_factor.html

remove-factor-name = Zweiter Faktor
remove-factor-last = Das ist Ihr einziger zweiter Faktor. Sie melden sich dann mit dem Passwort allein an, und Ihre Wiederherstellungscodes funktionieren nicht mehr.
remove-factor-others = Ihre anderen zweiten Faktoren funktionieren weiter.
remove-factor-notice = Wir schreiben Ihnen eine E-Mail über diese Änderung, mit einem Link, der sie 7 Tage lang rückgängig macht.
remove-factor-tick = Ich möchte diesen zweiten Faktor aus meinem Konto entfernen.
remove-factor-button = Entfernen

## actions/make_recovery_codes.html

make-codes-title = Neue Wiederherstellungscodes erstellen
make-codes-lead = Sie bekommen zehn neue Codes, die einmal angezeigt werden.
make-codes-former = Ihre bisherigen Wiederherstellungscodes funktionieren nicht mehr.
make-codes-notice = Wir schreiben Ihnen eine E-Mail über diese Änderung.
make-codes-tick = Ich möchte meine Wiederherstellungscodes ersetzen.
make-codes-button = Codes erstellen

## Passkeys: components/passkey.html and its pages

passkey-no-script = Passkeys brauchen ein Skript, und Ihr Browser führt hier keines aus. Alles andere geht ohne.
passkey-cancelled = Nichts wurde gesendet: Der Passkey wurde abgebrochen oder hat zu lange gedauert. Versuchen Sie es noch einmal.
passkey-registered = Dieses Gerät hat schon einen Passkey für Ihr Konto.
passkey-unsupported = Ihr Browser kann keine Passkeys benutzen. Nehmen Sie einen anderen Weg.

## pages/settings/two_factor/passkey.html

add-passkey-title = Passkey hinzufügen
add-passkey-lead = Ihr Gerät, Handy oder Sicherheitsschlüssel erstellt den Passkey und fragt nach Fingerabdruck, Gesicht oder PIN.
add-passkey-name = Name des Passkeys

## pages/sign_in/passkey.html

passkey-sign-in-title = Mit Passkey anmelden
passkey-sign-in-lead = Ihr Browser zeigt die Passkeys, die Sie für diese Website haben.
passkey-sign-in-button = Passkey benutzen
passkey-sign-in-password = Mit Passwort anmelden

## actions/add_passkey.html

add-passkey-then = Ab jetzt meldet dieser Passkey Sie ohne Passwort an.
add-passkey-proof = Änderungen an Ihrem Konto fragen nach ihm statt nach dem Passwort.
add-passkey-notice = Wir schreiben Ihnen eine E-Mail über diese Änderung.
add-passkey-tick = Ich möchte meinem Konto diesen Passkey hinzufügen.
add-passkey-button = Passkey anlegen

## pages/settings/tokens.html

tokens-lead = Mit einem Zugriffstoken verwendet ein Programm Ihr Konto ohne Ihr Passwort.
tokens-api = Was ein Programm tun kann
tokens-none = Sie haben keine Zugriffstoken.
tokens-may = Darf
tokens-created = Erstellt
tokens-last-used = Zuletzt verwendet
tokens-not-used = Noch nicht
tokens-expires = Gilt bis
tokens-revoke = Widerrufen
tokens-new = Token erstellen
tokens-full = Sie haben 20 Zugriffstoken. Widerrufen Sie eines, um ein weiteres zu erstellen.
tokens-deletion-waits = Zugriffstoken funktionieren nicht, solange Ihr Konto auf seine Löschung wartet.

## pages/settings/tokens/new.html

new-token-title = Zugriffstoken erstellen
new-token-name = Name
new-token-scopes = Das Token darf
new-token-days = Gilt für
new-token-lifetime =
    { $count ->
        [one] { $count } Tag
       *[other] { $count } Tage
    }

## pages/settings/tokens/made.html

made-token-title = Ihr Zugriffstoken
made-token-lead = Kopieren Sie das Token jetzt und bewahren Sie es wie ein Passwort auf. Es wird nur jetzt angezeigt.
made-token-secret = Token
made-token-go-on = Ich habe es kopiert
made-token-over-title = Dieses Token wird nicht mehr angezeigt
made-token-over = Ein Zugriffstoken wird einmal angezeigt, zehn Minuten lang, in dem Browser, der es erstellt hat. Wenn Sie es nicht kopiert haben, widerrufen Sie es und erstellen Sie ein neues.

## actions/create_access_token.html

create-token-who = Wer dieses Token hat, kann das ohne Ihr Passwort tun.
create-token-once = Das Token wird einmal angezeigt, auf der nächsten Seite.
create-token-notice = Wir schreiben Ihnen eine E-Mail über diese Änderung.
create-token-tick = Ich möchte dieses Zugriffstoken erstellen.
create-token-button = Erstellen

## pages/developers/api.html

api-title = Die API
api-lead = Programme verwenden Ihr Konto unter <strong>{ $url }</strong> mit einem Zugriffstoken, das Sie in Ihren Einstellungen erstellen.
api-send = Senden Sie das Token mit jeder Anfrage:
api-document = Dasselbe als OpenAPI-Dokument
api-scope = Scope
api-parameters = Parameter
api-body = Felder des Bodys
api-answers = Antworten
api-no-token = Kein Zugriffstoken nötig
