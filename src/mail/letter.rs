//! The mails, rendered from `locales/*/mail/`. The first line of a template is the subject.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tera::{Context, Tera};
use uuid::Uuid;

use crate::assets::{AssetFile, Assets};
use crate::db;
use crate::domain::{EmailAddress, EventKind, Language, Locale, Moment, Occasion, Origin, SecretToken};
use crate::error::AppError;
use crate::locales::{Catalogues, Message};
use crate::mail::body::{MailBody, Paragraph};
use crate::mail::seal::MailSeal;
use crate::models::outgoing_mail::NewOutgoingMail;

/// The time after which we no longer try to send a mail.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

/// The templates of all mails in all languages.
pub struct Letters {
    templates: Vec<(Language, Tera)>,
    site_url: String,
    site_name: String,
    catalogues: Catalogues,
    seal: Arc<MailSeal>,
}

/// A fault in the mail templates, found at start.
#[derive(Debug, thiserror::Error)]
#[error("mails: {0}")]
pub struct LetterProblem(pub(super) String);

/// A mail ready to be queued.
pub struct Draft {
    id: Uuid,
    recipient: String,
    subject: String,
    language: &'static str,
    sealed_body: Vec<u8>,
}

/// A mail in each language, of which one is sent: only the transaction knows the language of its reader.
pub struct Drafts {
    asked: &'static str,
    drafts: Vec<Draft>,
}

impl Drafts {
    /// The mail in a language, or in the one of the request.
    #[must_use]
    pub fn in_language(&self, tag: Option<&str>) -> Option<&Draft> {
        let found = |tag: &str| self.drafts.iter().find(|draft| draft.language == tag);
        tag.and_then(found).or_else(|| found(self.asked))
    }
}

impl Letters {
    /// Loads the templates.
    ///
    /// # Errors
    /// A [`LetterProblem`]: the server must not start.
    pub fn load(
        assets: &Assets,
        public_url: &Origin,
        site_name: &str,
        catalogues: Catalogues,
        seal: Arc<MailSeal>,
    ) -> Result<Self, LetterProblem> {
        let load = |language: &Language| {
            let (folder, mut tera) = (format!("locales/{}/mail", language.tag()), Tera::new());
            let texts = read(assets, &folder)?;
            tera.add_raw_templates(&texts)
                .map_err(|error| LetterProblem(format!("{folder}: {}", db::with_causes(&error))))?;
            check(&tera, &read(&assets.without_overrides(), &folder)?, *language)
                .map_err(|problem| LetterProblem(format!("{folder}/{problem}")))?;
            Ok((*language, tera))
        };
        let templates = Language::ALL.iter().map(load).collect::<Result<_, LetterProblem>>()?;
        Ok(Self {
            templates,
            site_url: public_url.to_string(),
            site_name: site_name.to_owned(),
            catalogues,
            seal,
        })
    }

    /// The mails about what was asked for on an occasion.
    #[must_use]
    pub fn about(&self, occasion: Occasion) -> OccasionLetters<'_> {
        OccasionLetters {
            letters: self,
            locale: occasion.locale,
            occasion: Some(occasion),
            application: None,
        }
    }

    /// Invites the owner of an email address to create an account.
    pub fn invitation(
        &self,
        to: &EmailAddress,
        token: &SecretToken,
        until: DateTime<Utc>,
        language: Language,
    ) -> Result<Draft, AppError> {
        let (link, locale) =
            (format!("{}/sign-up/{}", self.site_url, token.encode()), Locale::in_utc(language));
        let until = Moment::new(until, locale).text;
        let letters = self.without_occasion(locale);
        letters.draft("invitation.txt", to.as_str(), &[("link", &link), ("until", &until)])
    }

    /// Tells the owner of an email address about the account that an operator created, with the link to choose a
    /// password.
    pub fn account_created_for_you(
        &self,
        to: &EmailAddress,
        token: &SecretToken,
        until: DateTime<Utc>,
        language: Language,
    ) -> Result<Draft, AppError> {
        let locale = Locale::in_utc(language);
        let letters = self.without_occasion(locale);
        let (link, until) = (letters.reset_link(token), Moment::new(until, locale).text);
        letters.draft("account_created_for_you.txt", to.as_str(), &[("link", &link), ("until", &until)])
    }

    /// Tells the former owner that the account was deleted.
    pub fn account_deleted(&self, to: &EmailAddress, locale: Locale) -> Result<Draft, AppError> {
        self.without_occasion(locale).draft("account_deleted.txt", to.as_str(), &[])
    }

    fn without_occasion(&self, locale: Locale) -> OccasionLetters<'_> {
        OccasionLetters { letters: self, locale, occasion: None, application: None }
    }
}

/// The mails about what was asked for on an occasion. Each names the time, the device and the IP address.
pub struct OccasionLetters<'a> {
    letters: &'a Letters,
    locale: Locale,
    /// `None` for what nobody asked for at that moment.
    occasion: Option<Occasion>,
    /// The application that asked for it.
    application: Option<&'a str>,
}

impl OccasionLetters<'_> {
    /// The same about what an application asked for.
    #[must_use]
    pub fn asked_by<'b>(&'b self, application: &'b str) -> OccasionLetters<'b> {
        OccasionLetters {
            letters: self.letters,
            locale: self.locale,
            occasion: self.occasion.clone(),
            application: Some(application),
        }
    }

    /// A mail to the owner of another account, in each language.
    pub fn in_each_language(
        &self,
        draft: impl Fn(&OccasionLetters<'_>) -> Result<Draft, AppError>,
    ) -> Result<Drafts, AppError> {
        let in_language = |language: &Language| {
            let locale = Locale::in_utc(*language);
            let occasion = self.occasion.as_ref().map(|occasion| occasion.read_by(locale));
            draft(&OccasionLetters { letters: self.letters, locale, occasion, application: self.application })
        };
        let drafts = Language::ALL.iter().map(in_language).collect::<Result<_, _>>()?;
        Ok(Drafts { asked: self.locale.language.tag(), drafts })
    }

    /// Welcomes a new member.
    pub fn welcome(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("welcome.txt", to.as_str(), &[])
    }

    /// Tells the owner of an email address that someone tried to sign up with it.
    pub fn address_already_used(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("address_already_used.txt", to.as_str(), &[])
    }

    /// Sends the link with which the owner of an email address creates an account.
    pub fn sign_up(&self, to: &EmailAddress, token: &SecretToken) -> Result<Draft, AppError> {
        let link = format!("{}/sign-up/{}", self.letters.site_url, token.encode());
        self.draft("sign_up.txt", to.as_str(), &[("link", &link)])
    }

    /// Sends the link with which the owner of an account chooses a new password.
    pub fn password_reset(&self, to: &EmailAddress, token: &SecretToken) -> Result<Draft, AppError> {
        self.draft("password_reset.txt", to.as_str(), &[("link", &self.reset_link(token))])
    }

    /// Sends that link for an operator: the owner did not ask for it.
    pub fn password_reset_by_operator(
        &self,
        to: &EmailAddress,
        token: &SecretToken,
    ) -> Result<Draft, AppError> {
        self.draft("password_reset_by_operator.txt", to.as_str(), &[("link", &self.reset_link(token))])
    }

    /// Tells the owner of an email address that no account has it, where someone asked for a new password.
    pub fn no_account(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("no_account.txt", to.as_str(), &[])
    }

    /// Tells the owner of an account about an event, with the link that signs out everywhere and starts a reset.
    pub fn security_notice(
        &self,
        to: &EmailAddress,
        event: EventKind,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), Moment::new(until, self.locale).text);
        self.draft(
            "security_notice.txt",
            to.as_str(),
            &[("event", &self.text(event)), ("link", &link), ("until", &until)],
        )
    }

    /// Tells a former email address of an account about an event. The mail with the undo link of the change of address
    /// is in the same mailbox.
    pub fn former_address_notice(&self, to: &EmailAddress, event: EventKind) -> Result<Draft, AppError> {
        self.draft("former_address_notice.txt", to.as_str(), &[("event", &self.text(event))])
    }

    fn text(&self, event: EventKind) -> String {
        self.letters.catalogues.of(self.locale.language).text(Message::from(event))
    }

    /// Asks the owner of a new email address to confirm it.
    pub fn prove_address(&self, to: &EmailAddress, token: &SecretToken) -> Result<Draft, AppError> {
        let link = format!("{}/email-change/{}", self.letters.site_url, token.encode());
        self.draft("prove_address.txt", to.as_str(), &[("link", &link)])
    }

    /// Tells the owner of an email address that another account asked for it.
    pub fn address_wanted(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("address_wanted.txt", to.as_str(), &[])
    }

    /// Tells the current address that a change was requested, with the link that stops it.
    pub fn email_change_asked(
        &self,
        to: &EmailAddress,
        new: &EmailAddress,
        undo: &SecretToken,
    ) -> Result<Draft, AppError> {
        let link = self.undo_link(undo);
        self.draft("email_change_asked.txt", to.as_str(), &[("new_email", &unlinked(new)), ("link", &link)])
    }

    /// Tells the former address that it was replaced, with the undo link.
    pub fn email_changed(
        &self,
        to: &EmailAddress,
        new: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until, new) = (self.undo_link(undo), Moment::new(until, self.locale).text, unlinked(new));
        self.draft(
            "email_changed.txt",
            to.as_str(),
            &[("new_email", &new), ("link", &link), ("until", &until)],
        )
    }

    /// Tells the address that loses the account that `former` has it again. Only the transaction knows
    /// that address, and makes it the recipient.
    pub fn email_change_undone(&self, former: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("email_change_undone.txt", former.as_str(), &[("former_email", &unlinked(former))])
    }

    /// Tells the owner that the account will be deleted, with the link that keeps it.
    pub fn deletion_scheduled(
        &self,
        to: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), Moment::new(until, self.locale).text);
        self.draft("deletion_scheduled.txt", to.as_str(), &[("link", &link), ("until", &until)])
    }

    /// Tells the owner that an operator scheduled the deletion of the account, with the link that keeps it.
    pub fn deletion_scheduled_by_operator(
        &self,
        to: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), Moment::new(until, self.locale).text);
        let values = [("link", link.as_str()), ("until", until.as_str())];
        self.draft("deletion_scheduled_by_operator.txt", to.as_str(), &values)
    }

    /// Tells the owner that the deletion of the account was cancelled. Only the transaction knows the address, and
    /// makes it the recipient.
    pub fn deletion_cancelled(&self) -> Result<Draft, AppError> {
        self.draft("deletion_cancelled.txt", "", &[])
    }

    /// Tells the owner that all second factors will be removed at the request of an operator, with the link that keeps
    /// them.
    pub fn factor_reset_scheduled(
        &self,
        to: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), Moment::new(until, self.locale).text);
        self.draft("factor_reset_scheduled.txt", to.as_str(), &[("link", &link), ("until", &until)])
    }

    /// Tells the owner that all second factors were removed, with the link that restores them. A short password no
    /// longer works then.
    pub fn factors_reset_by_operator(
        &self,
        to: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
        short_password: bool,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), Moment::new(until, self.locale).text);
        let short_password = if short_password { "yes" } else { "" };
        let values = [("link", link.as_str()), ("until", &until), ("short_password", short_password)];
        self.draft("factors_reset_by_operator.txt", to.as_str(), &values)
    }

    fn reset_link(&self, token: &SecretToken) -> String {
        format!("{}/forgot-password/{}", self.letters.site_url, token.encode())
    }

    fn undo_link(&self, token: &SecretToken) -> String {
        format!("{}/undo/{}", self.letters.site_url, token.encode())
    }

    fn draft(&self, template: &str, to: &str, more: &[(&'static str, &str)]) -> Result<Draft, AppError> {
        let mut context = Context::new();
        let letters = self.letters;
        context.insert("site_url", &letters.site_url);
        context.insert("site_name", &letters.site_name);
        context.insert("occasion", &self.occasion);
        context.insert("application", &self.application);
        context.insert("sign_in_url", &format!("{}/sign-in", letters.site_url));
        for (name, value) in more {
            context.insert(*name, value);
        }
        let language = self.locale.language;
        let tera = letters.templates.iter().find(|(found, _)| *found == language).map(|(_, tera)| tera);
        let text = tera
            .ok_or_else(|| AppError::Internal(format!("no mails in {language:?}")))?
            .render(template, &context)
            .map_err(|error| AppError::Internal(db::with_causes(&error)))?;
        let (subject, body) = split(&text)
            .ok_or_else(|| AppError::Internal(format!("mail/{template} does not begin with a subject")))?;
        let id = Uuid::new_v4();
        Ok(Draft {
            id,
            recipient: to.to_owned(),
            subject: subject.trim().to_owned(),
            language: language.tag(),
            sealed_body: letters
                .seal
                .seal(id, &format!("{}\n", body.trim()))
                .map_err(|problem| AppError::Internal(problem.to_string()))?,
        })
    }
}

/// The texts of a folder. Editors of other systems end lines otherwise.
fn read(assets: &Assets, folder: &str) -> Result<BTreeMap<String, String>, LetterProblem> {
    let files = assets.files(folder, ".txt").map_err(|error| LetterProblem(error.to_string()))?;
    let read = |(name, file): (String, AssetFile)| {
        let text = file.text().map_err(|error| LetterProblem(error.to_string()))?;
        Ok((name, text.replace("\r\n", "\n")))
    };
    files.into_iter().map(read).collect()
}

/// Checks each mail by writing it once: it must have a subject, and a link with a label wherever `ours` has one.
fn check(tera: &Tera, ours: &BTreeMap<String, String>, language: Language) -> Result<(), String> {
    const LINK: &str = "https://account.example.com/link";
    let mut context = Context::new();
    for name in ["site_url", "sign_in_url", "link"] {
        context.insert(name, LINK);
    }
    for name in ["site_name", "until", "event", "application", "new_email", "former_email", "short_password"]
    {
        context.insert(name, "any");
    }
    let nowhere = std::net::Ipv4Addr::LOCALHOST.into();
    context.insert("occasion", &Occasion::new(DateTime::default(), "", nowhere, Locale::in_utc(language)));
    for (name, own) in ours.iter().filter(|(name, _)| *name != "occasion.txt") {
        let mail =
            tera.render(name, &context).map_err(|error| format!("{name}: {}", db::with_causes(&error)))?;
        let (_, body) =
            split(&mail).ok_or_else(|| format!("{name} must begin with `Subject: ` and an empty line"))?;
        let body = MailBody::parse(body);
        let links = body.paragraphs().iter().filter(|paragraph| {
            matches!(paragraph, Paragraph::Link { label, url } if !label.is_empty() && url == LINK)
        });
        let wanted = ["link", "sign_in_url", "site_url"]
            .map(|name| own.matches(&format!(":\n{{{{ {name} }}}}")).count());
        if links.count() < wanted.iter().sum::<usize>() {
            return Err(format!(
                "{name} needs its link: a line with a label that ends in a colon, and the link alone on the next line"
            ));
        }
    }
    Ok(())
}

/// The subject and the body of a mail.
fn split(mail: &str) -> Option<(&str, &str)> {
    let (subject, body) = mail.strip_prefix("Subject: ")?.split_once("\n\n")?;
    (!subject.trim().is_empty()).then_some((subject, body))
}

/// An email address in a mail to another one, written so that no mail program makes a link of it. Its local
/// part may read `www.evil.example/x`, chosen by a stranger.
fn unlinked(address: &EmailAddress) -> String {
    address.as_str().replace('.', "[.]").replace('@', "[@]")
}

impl Draft {
    /// The row of the outbox.
    #[must_use]
    pub fn queued(&self, now: DateTime<Utc>) -> NewOutgoingMail<'_> {
        NewOutgoingMail {
            id: self.id,
            recipient: &self.recipient,
            subject: &self.subject,
            language: self.language,
            sealed_body: &self.sealed_body,
            created_at: now,
            next_attempt_at: now,
            expires_at: now + GIVE_UP_AFTER,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_mail_is_written_in_each_language() {
        let assets = Assets::new(env!("CARGO_MANIFEST_DIR").into(), None);
        let files = |language: Language| {
            let files = assets.files(&format!("locales/{}/mail", language.tag()), ".txt").unwrap();
            files.into_iter().map(|(name, file)| (name, file.text().unwrap()))
        };
        let expression = regex::Regex::new(r"\{\{ ([a-z_.]+) \}\}").unwrap();
        let uses = |text: &str| -> BTreeSet<String> {
            expression.captures_iter(text).map(|found| found[1].to_owned()).collect()
        };
        let values = [
            ("site_url", "https://account.example.com"),
            ("site_name", "Acme"),
            ("sign_in_url", "https://account.example.com/sign-in"),
            ("link", "https://account.example.com/undo/abc"),
            ("event", "Passwort geändert"),
            ("until", "3. Dezember 2026 um 16:57 UTC+1"),
            ("new_email", "b[@]example[.]com"),
            ("former_email", "a[@]example[.]com"),
            ("short_password", "yes"),
        ];
        let ours: BTreeMap<String, String> = files(Language::English).collect();
        for language in Language::ALL {
            let theirs: BTreeMap<String, String> = files(*language).collect();
            assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{language:?}");
            let mut tera = Tera::new();
            tera.add_raw_templates(theirs.iter().map(|(name, text)| (name.as_str(), text.as_str()))).unwrap();
            let at = DateTime::from_timestamp(1_796_230_651, 0).unwrap();
            let address = std::net::Ipv4Addr::LOCALHOST.into();
            let mut context = Context::new();
            context.insert("occasion", &Occasion::new(at, "", address, Locale::in_utc(*language)));
            for (name, value) in values {
                context.insert(name, value);
            }
            for (name, text) in theirs.iter().filter(|(name, _)| *name != "occasion.txt") {
                assert_eq!(uses(&ours[name]), uses(text), "{name} in {language:?}");
                let mail = tera.render(name, &context).unwrap_or_else(|error| panic!("{name}: {error}"));
                let (subject, body) = mail.split_once("\n\n").unwrap();
                assert!(subject.starts_with("Subject: ") && subject.len() < 100, "{name}: {subject}");
                let body = MailBody::parse(body);
                let links = body.paragraphs().iter().filter(
                    |paragraph| matches!(paragraph, Paragraph::Link { label, .. } if !label.is_empty()),
                );
                let wanted = ["{{ link }}\n", "{{ sign_in_url }}\n", "\n{{ site_url }}\n"];
                let wanted: usize = wanted.into_iter().map(|link| text.matches(link).count()).sum();
                assert_eq!(links.count(), wanted, "{name} in {language:?}: each link has a label");
            }
        }
    }

    #[test]
    fn no_mail_program_makes_a_link_of_an_email_address_in_a_mail_to_another_one() {
        let hostile = EmailAddress::parse("www.evil.example/login@mail.evil.example").unwrap();
        let shown = unlinked(&hostile);
        assert_eq!(shown, "www[.]evil[.]example/login[@]mail[.]evil[.]example");
        // What mail programs look for: a name with a dot, or with an @, between two letters.
        let linked = |text: &str| {
            let around = |at: usize| text[..at].ends_with(char::is_alphanumeric);
            text.match_indices(['.', '@'])
                .any(|(at, _)| around(at) && text[at + 1..].starts_with(char::is_alphanumeric))
        };
        assert!(linked(hostile.as_str()) && !linked(&shown), "{shown}");
    }
}
