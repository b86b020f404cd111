//! What mails say: `templates/mail/`, the first line the subject.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use tera::{Context, Tera};
use uuid::Uuid;

use crate::domain::{EmailAddress, Origin, SecretToken};
use crate::error::AppError;
use crate::models::outgoing_mail::NewOutgoingMail;

/// How long sending is tried.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(2);

/// The templates of all mails.
pub struct Letters {
    tera: Tera,
    site_url: String,
}

/// A mail ready to be queued.
pub struct Draft {
    id: Uuid,
    recipient: String,
    subject: String,
    body: String,
}

impl Letters {
    /// Loads the templates.
    ///
    /// # Errors
    /// A template's fault, in one line.
    pub fn load(assets_dir: &Path, public_url: &Origin) -> Result<Self, String> {
        let mut tera = Tera::new();
        let glob = assets_dir.join("templates/mail/*.txt");
        tera.load_from_glob(&glob.to_string_lossy()).map_err(|error| format!("templates/mail: {error}"))?;
        Ok(Self { tera, site_url: public_url.to_string() })
    }

    /// Tells a new member that the account is there.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn welcome(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("welcome.txt", to, &[])
    }

    /// Tells the owner of an address that somebody tried to sign up with it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn address_already_used(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("address_already_used.txt", to, &[])
    }

    /// Asks the owner of a new address to prove it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn prove_address(&self, to: &EmailAddress, token: &SecretToken) -> Result<Draft, AppError> {
        let link = format!("{}/email-change/{}", self.site_url, token.encode());
        self.draft("prove_address.txt", to, &[("link", &link)])
    }

    /// Tells the owner of an address that another account was to get it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn address_wanted(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("address_wanted.txt", to, &[])
    }

    /// Tells the old address that another one was asked for, with the link that stops it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn email_change_asked(
        &self,
        to: &EmailAddress,
        new: &EmailAddress,
        undo: &SecretToken,
    ) -> Result<Draft, AppError> {
        let link = self.undo_link(undo);
        self.draft("email_change_asked.txt", to, &[("new_email", new.as_str()), ("link", &link)])
    }

    /// Tells the old address that it is the account's no longer, with the link that restores it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn email_changed(
        &self,
        to: &EmailAddress,
        new: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), day(until));
        let context = [("new_email", new.as_str()), ("link", &link), ("until", &until)];
        self.draft("email_changed.txt", to, &context)
    }

    /// Tells the address that loses the account that `former` has it again. Which address that is
    /// only the transaction knows, and names it as the recipient.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn email_change_undone(&self, former: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("email_change_undone.txt", former, &[("former_email", former.as_str())])
    }

    /// Tells that the account is going to be deleted, with the link that keeps it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn deletion_scheduled(
        &self,
        to: &EmailAddress,
        undo: &SecretToken,
        until: DateTime<Utc>,
    ) -> Result<Draft, AppError> {
        let (link, until) = (self.undo_link(undo), day(until));
        self.draft("deletion_scheduled.txt", to, &[("link", &link), ("until", &until)])
    }

    /// Tells that the account has been deleted.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn account_deleted(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("account_deleted.txt", to, &[])
    }

    fn undo_link(&self, token: &SecretToken) -> String {
        format!("{}/undo/{}", self.site_url, token.encode())
    }

    fn draft(
        &self,
        template: &str,
        to: &EmailAddress,
        more: &[(&'static str, &str)],
    ) -> Result<Draft, AppError> {
        let mut context = Context::new();
        context.insert("site_url", &self.site_url);
        context.insert("sign_in_url", &format!("{}/sign-in", self.site_url));
        for (name, value) in more {
            context.insert(*name, value);
        }
        let text = self
            .tera
            .render(template, &context)
            .map_err(|error| AppError::Internal(crate::db::with_causes(&error)))?;
        let (subject, body) = text
            .strip_prefix("Subject: ")
            .and_then(|text| text.split_once("\n\n"))
            .ok_or_else(|| AppError::Internal(format!("mail/{template} does not begin with a subject")))?;
        Ok(Draft {
            id: Uuid::new_v4(),
            recipient: to.as_str().to_owned(),
            subject: subject.trim().to_owned(),
            body: format!("{}\n", body.trim()),
        })
    }
}

/// A day and a minute, as mails name them.
fn day(moment: DateTime<Utc>) -> String {
    moment.format("%-d %B %Y, %H:%M UTC").to_string()
}

impl Draft {
    /// The row of the outbox.
    #[must_use]
    pub fn queued(&self, now: DateTime<Utc>) -> NewOutgoingMail<'_> {
        NewOutgoingMail {
            id: self.id,
            recipient: &self.recipient,
            subject: &self.subject,
            body: &self.body,
            created_at: now,
            next_attempt_at: now,
            expires_at: now + GIVE_UP_AFTER,
        }
    }
}
