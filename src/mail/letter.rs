//! What mails say: `templates/mail/`, the first line the subject.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use tera::{Context, Tera};
use uuid::Uuid;

use crate::domain::{EmailAddress, Origin};
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
        self.draft("welcome.txt", to)
    }

    /// Tells the owner of an address that somebody tried to sign up with it.
    ///
    /// # Errors
    /// [`AppError::Internal`] for a template's fault.
    pub fn address_already_used(&self, to: &EmailAddress) -> Result<Draft, AppError> {
        self.draft("address_already_used.txt", to)
    }

    fn draft(&self, template: &str, to: &EmailAddress) -> Result<Draft, AppError> {
        let mut context = Context::new();
        context.insert("site_url", &self.site_url);
        context.insert("sign_in_url", &format!("{}/sign-in", self.site_url));
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
