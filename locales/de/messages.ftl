# Short messages, by key. The texts of the page templates are in pages.ftl, the emails in mail/.
# src/locales.rs names each key; a test compares the two.

## Navigation

page-overview = Übersicht
page-profile = Profil
page-language = Sprache und Zeit
page-email = E-Mail-Adresse
page-password = Passwort
page-two-factor = Anmeldung in zwei Schritten
page-sessions = Wo Sie angemeldet sind
page-activity = Aktivität
page-tokens = Zugriffstoken
page-export = Daten exportieren
page-delete = Konto löschen
group-you = Über Sie
group-signing-in = Anmeldung
group-security = Sicherheit
group-your-data = Ihre Daten

## Names

name-empty = Geben Sie Ihren Namen ein.
name-too-long = Ihr Name darf höchstens 80 Zeichen lang sein.
name-unprintable = Ihr Name enthält ein Zeichen, das nicht angezeigt werden kann. Entfernen Sie Zeilenumbrüche und unsichtbare Zeichen.

## Email addresses

email-empty = Geben Sie eine E-Mail-Adresse ein.
email-too-long = Die E-Mail-Adresse darf höchstens 254 Zeichen lang sein.
email-malformed = Geben Sie eine E-Mail-Adresse im richtigen Format ein, zum Beispiel name@example.com.
email-unchanged = Das ist schon Ihre E-Mail-Adresse. Geben Sie eine andere ein.
email-domain = Mit einer E-Mail-Adresse dieser Domain können Sie kein Konto erstellen. Verwenden Sie die Adresse, die Sie von Ihrer Organisation erhalten haben.

## Passwords

new-password-again = Geben Sie noch einmal ein Passwort ein.
new-password-empty = Geben Sie ein Passwort ein.
new-password-too-short = Ihr Passwort muss mindestens 15 Zeichen lang sein. Gut geeignet sind einige Wörter, die nichts miteinander zu tun haben.
new-password-too-short-beside-factor = Ihr Passwort muss mindestens 8 Zeichen lang sein.
new-password-too-long = Ihr Passwort darf höchstens 256 Zeichen lang sein.
new-password-common = Dieses Passwort gehört zu den ersten, die Angreifer ausprobieren. Wählen Sie ein selteneres.
new-password-own = Dieses Passwort ist aus Ihrem Namen oder Ihrer E-Mail-Adresse leicht zu erraten. Wählen Sie ein anderes.
password-empty = Geben Sie Ihr Passwort ein.
factor-name-empty = Geben Sie einen Namen ein, zum Beispiel Handy.
factor-name-too-long = Der Name darf höchstens 40 Zeichen lang sein.
factor-name-unprintable = Lassen Sie Zeilenumbrüche und unsichtbare Zeichen weg.
factor-choose = Wählen Sie, was entfernt werden soll.
factors-too-many = Sie haben 5 Authenticator-Apps. Entfernen Sie eine, bevor Sie eine weitere hinzufügen.
factor-needs-recovery-code = Das ist Ihr einziger zweiter Faktor. Nur ein Wiederherstellungscode kann bestätigen, dass Sie ihn entfernen, und Sie haben keinen mehr. Erstellen Sie zuerst neue.
factor-needs-long-password = Ohne zweiten Faktor muss Ihr Passwort mindestens 15 Zeichen lang sein. Ändern Sie zuerst Ihr Passwort.
passkeys-too-many = Sie haben 10 Passkeys. Entfernen Sie einen, bevor Sie einen weiteren hinzufügen.
passkey-unavailable = Hier gibt es keine Passkeys: Die Adresse der Website ist kein Domainname.
passkey-needs-script = Ihr Browser hat keinen Passkey gesendet: Er führt auf dieser Seite keine Skripte aus. Nehmen Sie einen anderen Weg.
passkey-refused = Dieser Passkey hat nicht funktioniert. Versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.
token-name-empty = Geben Sie einen Namen ein, zum Beispiel Datensicherung.
token-name-too-long = Der Name darf höchstens 50 Zeichen lang sein.
token-scopes-none = Wählen Sie mindestens eine Sache, die das Token darf.
token-days-unknown = Wählen Sie eine der Zeiten aus der Liste.
tokens-too-many = Sie haben 20 Zugriffstoken. Widerrufen Sie eines, bevor Sie ein weiteres erstellen.
code-empty = Geben Sie einen Code ein.
code-wrong = Dieser Code ist falsch oder wurde schon benutzt. Geben Sie den neuesten Code ein.
code-wrong-new = Dieser Code passt nicht zu diesem Schlüssel. Geben Sie den neuesten ein.

## Signing in and up

sign-in-wrong = Die E-Mail-Adresse oder das Passwort ist falsch. Prüfen Sie beides.
sign-in-limited = Aus Ihrem Netzwerk gab es zu viele Versuche. Versuchen Sie es in { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
} noch einmal.
sign-in-first = Melden Sie sich an, um fortzufahren.
sign-in-again = Ihre Anmeldung ist eine Weile her. Geben Sie Ihr Passwort ein, um fortzufahren.
sign-in-disabled = Dieses Konto ist gesperrt.
sign-up-limited = Aus Ihrem Netzwerk gab es zu viele Registrierungen. Versuchen Sie es in { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
} noch einmal.
forgot-password-limited = Aus Ihrem Netzwerk gab es zu viele Versuche. Versuchen Sie es in { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
} noch einmal.

## Confirm pages

confirm-tick-missing = Setzen Sie das Häkchen, um zu zeigen, dass Sie das möchten.
confirm-code-wrong = Dieser Code ist falsch oder wurde schon benutzt. Setzen Sie das Häkchen noch einmal und geben Sie dann den neuesten Code ein.
confirm-passkey-refused = Dieser Passkey hat nicht funktioniert. Setzen Sie das Häkchen noch einmal und versuchen Sie es dann erneut, oder nehmen Sie einen Code.
confirm-password-wrong = Dieses Passwort ist falsch. Setzen Sie das Häkchen noch einmal und geben Sie dann Ihr Passwort ein.
confirm-word-missing = Tippen Sie das angezeigte Wort und die Ziffern ab.
confirm-word-wrong = Das stimmt nicht überein. Tippen Sie das neue Wort und die neuen Ziffern ab.
# The word that the user types, in small letters.
confirm-word-delete = entfernen
confirm-too-fast = Nichts hat sich geändert. Prüfen Sie die Angaben und bestätigen Sie dann.
confirm-foreign-stamp = Dieses Formular gehörte zu einer anderen Seite. Nichts hat sich geändert. Prüfen Sie die Angaben hier und bestätigen Sie dann.
confirm-spent = Dieses Formular wurde schon gesendet. Nichts hat sich geändert. Prüfen Sie die Angaben und bestätigen Sie dann.
confirm-limited = Aus Ihrem Netzwerk gab es zu viele Versuche. Nichts hat sich geändert. Versuchen Sie es in { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
} noch einmal.
confirmation-needs-factor = Diese Anfrage braucht einen zweiten Faktor, und Ihr Konto hat keinen.

## Forms

form-stale = Dieses Formular war abgelaufen. Nichts hat sich geändert. Prüfen Sie es und senden Sie es noch einmal.

## Languages and time

language-unknown = Wählen Sie eine Sprache aus der Liste.
time-zone-unknown = Wählen Sie eine Zeitzone aus der Liste.
region-africa = Afrika
region-america = Amerika
region-antarctica = Antarktis
region-arctic = Arktis
region-asia = Asien
region-atlantic = Atlantik
region-australia = Australien
region-europe = Europa
region-indian = Indischer Ozean
region-pacific = Pazifik

## What was just done

done-saved = Ihre Änderungen sind gespeichert.
done-language = Wir verwenden jetzt diese Sprache und diese Zeitzone.
done-card-on = Ihre öffentliche Karte ist eingeschaltet.
done-card-off = Ihre öffentliche Karte ist ausgeschaltet.
done-sign-in-over = Diese Anmeldung ist vorbei: Sie hat zu lange gedauert, oder es gab zu viele falsche Codes. Melden Sie sich noch einmal an.
done-signed-out = Sie sind abgemeldet.
done-cancelled = Abgebrochen. Nichts hat sich geändert.
done-kept = Ihr Konto wird nicht gelöscht.
done-password-changed = Ihr Passwort ist geändert. Sie sind überall abgemeldet: Melden Sie sich mit dem neuen an.
done-undone = Erledigt. Sie sind überall abgemeldet, und das bisherige Passwort gilt nicht mehr. Wählen Sie ein neues.
done-authenticator-added = Ihre Authenticator-App ist hinzugefügt.
done-passkey-added = Ihr Passkey ist hinzugefügt.
done-factor-removed = Der zweite Faktor ist entfernt.
done-own-password-changed = Ihr Passwort ist geändert, und Sie sind überall sonst abgemeldet.
done-password-kept-others = Ihr Passwort ist geändert. Auf Ihren anderen Geräten sind Sie weiter angemeldet.
done-email-sent = Wir haben eine E-Mail an Ihre neue Adresse gesendet. Öffnen Sie den Link darin, um die Änderung abzuschließen.
done-email-sent-again = Wir haben die E-Mail noch einmal an Ihre neue Adresse gesendet, falls dort in der letzten Stunde noch keine angekommen ist.
done-email-change-cancelled = Die Änderung ist abgebrochen. Ihre E-Mail-Adresse bleibt dieselbe.
done-session-ended =
    { $count ->
        [0] Sie waren sonst nirgends angemeldet.
        [one] An 1 weiteren Stelle abgemeldet.
       *[other] An { $count } weiteren Stellen abgemeldet.
    }
done-session-ended-before = Sie waren dort schon abgemeldet.
done-token-revoked = Das Zugriffstoken ist widerrufen. Es funktioniert nicht mehr.
done-token-revoked-before = Dieses Zugriffstoken hat schon nicht mehr funktioniert.

## Was mit einem Konto geschehen ist

event-account-created = Konto erstellt
event-signed-in = Anmeldung
event-signed-in-new-device = Anmeldung auf einem neuen Gerät
event-signed-in-again = Erneute Anmeldung im selben Browser
event-sign-in-failed = Anmeldeversuch mit falschem Passwort
event-proof-failed = Falsches Passwort oder Wort auf einer Bestätigungsseite
event-signed-out = Abmeldung
event-session-ended = Abmeldung auf einem anderen Gerät
event-other-sessions-ended = Abmeldung überall sonst
event-name-changed = Name geändert
event-card-enabled = Öffentliche Karte eingeschaltet
event-card-disabled = Öffentliche Karte ausgeschaltet
event-email-change-requested = Änderung der E-Mail-Adresse beantragt
event-email-change-cancelled = Änderung der E-Mail-Adresse abgebrochen
event-email-changed = E-Mail-Adresse geändert
event-password-changed = Passwort geändert
event-authenticator-added = Authenticator-App hinzugefügt
event-passkey-added = Passkey hinzugefügt
event-second-factor-removed = Zweiter Faktor entfernt
event-recovery-codes-made = Neue Wiederherstellungscodes erstellt
event-recovery-code-used = Wiederherstellungscode benutzt
event-second-factor-failed = Anmeldung mit Ihrem Passwort und einem falschen zweiten Faktor
event-password-reset-requested = Link für ein neues Passwort angefordert
event-password-reset = Neues Passwort mit einem Link aus einer E-Mail gewählt
event-deletion-requested = Löschung des Kontos beantragt
event-deletion-cancelled = Löschung des Kontos abgebrochen
event-data-exported = Daten exportiert
event-confirmation-approved = Anfrage einer Anwendung bestätigt
event-confirmation-declined = Anfrage einer Anwendung abgelehnt
event-access-token-created = Zugriffstoken erstellt
event-access-token-revoked = Zugriffstoken widerrufen
event-undo-link-used = Mit einem Link aus einer E-Mail eine Änderung rückgängig gemacht und überall abgemeldet
event-created-by-operator = Konto vom Betreiber erstellt
event-imported-by-operator = Konto vom Betreiber importiert
event-disabled-by-operator = Konto vom Betreiber gesperrt
event-enabled-by-operator = Konto vom Betreiber entsperrt
event-sessions-ended-by-operator = Vom Betreiber überall abgemeldet
event-reset-sent-by-operator = Link für ein neues Passwort vom Betreiber gesendet
event-second-factor-reset-requested-by-operator = Entfernung aller zweiten Faktoren vom Betreiber angefordert
event-second-factors-reset-by-operator = Alle zweiten Faktoren vom Betreiber entfernt
event-deletion-requested-by-operator = Löschung des Kontos vom Betreiber beantragt
event-unknown = Ein anderes Ereignis

## What an access token may do

scope-settings-read = Ihre Einstellungen sehen, und wo Sie angemeldet sind
scope-settings-write = Ihre Einstellungen ändern und Geräte abmelden
scope-activity-read = Ihre Aktivität sehen

## Times that have passed

ago-now = Gerade eben
ago-minutes =
    { $count ->
        [one] Vor { $count } Minute
       *[other] Vor { $count } Minuten
    }
ago-hours =
    { $count ->
        [one] Vor { $count } Stunde
       *[other] Vor { $count } Stunden
    }
ago-days =
    { $count ->
        [one] Vor { $count } Tag
       *[other] Vor { $count } Tagen
    }

## The frame gate, in one line of plain text

refused-page = Abgelehnt: Diese Seite kann nicht in einer anderen Seite angezeigt werden.
refused-form = Abgelehnt: Formulare nehmen wir nur von unseren eigenen Seiten an. Öffnen Sie diese Website unter ihrer eigenen Webadresse und versuchen Sie es noch einmal.
refused-prefetch = Diese Seite kann nicht im Voraus geladen werden.

## Errors: a title and a text

error-bad-request = Wir verstehen diese Anfrage nicht
    .text = Ein Teil der Webadresse oder des Formulars ist fehlerhaft. Nichts hat sich geändert.
error-duplicate-field = Wir verstehen diese Anfrage nicht
    .text = Ein Feld des Formulars wurde doppelt gesendet. Nichts hat sich geändert.
error-unreadable-form = Wir verstehen diese Anfrage nicht
    .text = Das Formular konnte nicht gelesen werden. Nichts hat sich geändert.
error-card-switch = Wir verstehen diese Anfrage nicht
    .text = Die öffentliche Karte kann nur ein- oder ausgeschaltet werden. Nichts hat sich geändert.
error-unreadable-report = Wir verstehen diese Anfrage nicht
    .text = Das ist kein Bericht eines Browsers.
error-signed-out = Sie sind nicht angemeldet
    .text = Melden Sie sich an, um fortzufahren.
error-refused = Das ist nicht erlaubt
    .text = Die Anfrage wurde abgelehnt. Nichts hat sich geändert.
error-factor-required = Ein zweiter Faktor fehlt
    .text = Ihr Konto braucht einen zweiten Faktor. Fügen Sie zuerst auf den Seiten des Kontos einen hinzu.
error-stale-form = Dieses Formular war abgelaufen
    .text = Nichts hat sich geändert. Gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal.
error-not-found = Seite nicht gefunden
    .text = Prüfen Sie, ob die Webadresse vollständig ist. Vielleicht gibt es die Seite nicht mehr.
error-account-gone = Dieses Konto gibt es nicht mehr
    .text = Das Konto und seine Daten wurden gelöscht.
error-method = Sie können diese Seite nicht direkt öffnen
    .text = Nichts hat sich geändert. Gehen Sie zu Ihrem Konto.
error-not-acceptable = Diese Seite gibt es nicht in diesem Format
    .text = Ihr Browser hat ein Format verlangt, das wir nicht haben.
error-too-slow = Die Anfrage hat zu lange gedauert
    .text = Ihr Browser hat sie nicht rechtzeitig ganz gesendet. Nichts hat sich geändert. Versuchen Sie es noch einmal.
error-too-large = Dieses Formular ist zu groß
    .text = Nichts wurde gespeichert. Kürzen Sie es und versuchen Sie es noch einmal.
error-too-long = Die Webadresse ist zu lang
    .text = Nichts hat sich geändert.
error-media-type = Das ist kein Formular
    .text = Wir nehmen Formulare nur in dem Format an, in dem Browser sie senden. Nichts hat sich geändert.
error-range = Diesen Teil der Datei gibt es nicht
    .text = Die Datei ist kürzer als der Teil, der verlangt wurde.
error-misdirected = Das ist nicht die Webadresse dieser Website
    .text = Öffnen Sie die Webadresse, die der Server beim Start anzeigt.
error-unprocessable = Es gibt ein Problem mit dem Formular
    .text = Nichts hat sich geändert.
error-limited = Zu viele Versuche
    .text = Aus Ihrem Netzwerk gab es zu viele Versuche. Nichts hat sich geändert.
error-client = Die Anfrage wurde abgelehnt
    .text = Nichts hat sich geändert.
error-unavailable = Das geht gerade nicht
    .text = Ein Teil dieses Dienstes antwortet nicht. Nichts hat sich geändert. Versuchen Sie es bald noch einmal.
error-commit-unknown = Wir wissen nicht, ob Ihre Änderung gespeichert wurde
    .text = Wir haben im letzten Moment die Verbindung zur Datenbank verloren. Prüfen Sie, ob Ihre Änderung da ist, bevor Sie sie noch einmal senden.
error-internal = Etwas ist schiefgegangen
    .text = Wir haben das Problem aufgezeichnet. Versuchen Sie es später noch einmal.
