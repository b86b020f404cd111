//! The way a mail leaves: SMTP, or a file in a folder for development and tests.

use std::path::PathBuf;

use lettre::message::Mailbox;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::config::MailUrl;
use crate::models::outgoing_mail::OutgoingMail;

/// A transport with its sender address.
#[derive(Clone)]
pub struct Transport {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf),
}

impl Transport {
    /// From `MAIL_URL` and `MAIL_FROM`. It does not connect yet; a folder is made.
    ///
    /// # Errors
    /// What is wrong with them, in one line.
    pub fn new(url: &MailUrl, from: Mailbox) -> Result<Self, String> {
        let way = match url {
            MailUrl::Smtp(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| format!("MAIL_URL: {error}"))?
                    .timeout(Some(std::time::Duration::from_secs(20)))
                    .build(),
            ),
            MailUrl::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| format!("MAIL_URL: {}: {error}", folder.display()))?;
                Way::Folder(folder.clone())
            }
        };
        Ok(Self { from, way })
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// The cause in one line, without the address.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), String> {
        let to = mail.recipient.parse().map_err(|_invalid| "the stored address is malformed".to_owned())?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            // RFC 3834: no automatic answers to an automatic mail.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            // Links stay whole, in the file as in every mail program.
            .header(ContentTransferEncoding::EightBit)
            .body(mail.body.clone())
            .map_err(|error| error.to_string())?;
        match &self.way {
            Way::Smtp(smtp) => {
                smtp.send(message).await.map(|_| ()).map_err(|error| crate::db::with_causes(&error))
            }
            Way::Folder(folder) => {
                let file = folder.join(format!("{}.eml", mail.id));
                tokio::fs::write(&file, message.formatted())
                    .await
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                let link = mail.body.lines().find(|line| line.starts_with("http")).unwrap_or("no link in it");
                log::info!("mail: {} ({link})", file.display());
                Ok(())
            }
        }
    }
}
