//! Delivers mails: by SMTP, or as files in a folder for development and tests.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::config::{Config, MailUrl};
use crate::mail::body::MailBody;
use crate::mail::layout::MailLayout;
use crate::mail::letter::LetterProblem;
use crate::mail::seal::MailSeal;
use crate::models::outgoing_mail::OutgoingMail;
use crate::private_files;
use crate::security::seal::SealProblem;

/// The time in which an SMTP server must answer each command.
const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// Whether we print the first link of a mail that becomes a file. Its token gives access, and logs travel
/// further than mail files, so only a server on the developer's own terminal may print it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// The log names the file only.
    Hidden,
    /// Standard output shows the file and the link.
    Printed,
}

/// A sender address, a way to deliver mails, and the keys that open queued ones.
#[derive(Clone)]
pub struct Transport {
    from: Mailbox,
    delivery: Delivery,
    layout: MailLayout,
    seal: Arc<MailSeal>,
    deliveries: Arc<Deliveries>,
}

/// The attempts to send a mail since the start, by result.
#[derive(Debug, Default)]
pub struct Deliveries {
    pub(super) sent: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) given_up: AtomicU64,
}

impl Deliveries {
    /// The number of attempts with each result.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [("sent", &self.sent), ("failed", &self.failed), ("given up", &self.given_up)]
            .into_iter()
            .map(|(result, count)| (result, count.load(Ordering::Relaxed)))
    }
}

#[derive(Clone)]
enum Delivery {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(PathBuf, Links),
}

/// Why `MAIL_URL` gives no [`Transport`].
#[derive(Debug, thiserror::Error)]
pub enum TransportProblem {
    /// lettre refuses the URL of the SMTP server.
    #[error("MAIL_URL")]
    Smtp(#[source] smtp::Error),
    /// The layout of the mails is faulty.
    #[error(transparent)]
    Layout(#[from] LetterProblem),
    /// The folder cannot be made.
    #[error("MAIL_URL: {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

/// Why a mail was not delivered. No text holds the email address.
#[derive(Debug, thiserror::Error)]
pub enum SendProblem {
    /// The recipient in the database is malformed.
    #[error("the stored email address is malformed")]
    Recipient,
    /// The text cannot be decrypted.
    #[error(transparent)]
    Seal(#[from] SealProblem),
    /// The text has a NUL or a line that is too long.
    #[error("the text does not fit into a mail")]
    Text,
    /// The layout of HTML mails is faulty.
    #[error("templates/mail/layout.html")]
    Layout(#[from] tera::Error),
    /// lettre refuses the message.
    #[error("the message is malformed")]
    Message(#[from] lettre::error::Error),
    /// The SMTP server refused the mail. Its text is not shown: it may hold the email address, or anything else.
    #[error("the SMTP server refused it with status {0}")]
    Refused(smtp::response::Code),
    /// The SMTP server sent something that is no response.
    #[error("the SMTP server sent a malformed response")]
    MalformedResponse,
    /// The SMTP server cannot take this mail, such as one to an address that is not ASCII.
    #[error("the SMTP server does not support this mail")]
    Unsupported,
    /// The SMTP server was not reached.
    #[error("SMTP")]
    Smtp(#[source] smtp::Error),
    /// The file cannot be written.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

impl From<smtp::Error> for SendProblem {
    fn from(error: smtp::Error) -> Self {
        match error.status() {
            Some(status) => Self::Refused(status),
            None if error.is_response() => Self::MalformedResponse,
            None if error.is_client() => Self::Unsupported,
            None => Self::Smtp(error),
        }
    }
}

impl SendProblem {
    /// Whether another attempt would fail as well: the status is 55x, about the mail or its recipient (RFC 5321
    /// §4.2.1). A refused password (53x) is not about the mail.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        use smtp::response::{Category, Severity};
        matches!(self, Self::Unsupported | Self::Recipient | Self::Text)
            || matches!(self, Self::Refused(status)
            if status.severity == Severity::PermanentNegativeCompletion && status.category == Category::MailSystem)
    }
}

impl Transport {
    /// Prepares the delivery without connecting. A missing folder is made, for our own user only. `links`
    /// matters for a folder only: a mail sent by SMTP is never printed.
    pub fn new(config: &Config, links: Links, seal: Arc<MailSeal>) -> Result<Self, TransportProblem> {
        let delivery = match &config.mail {
            MailUrl::Smtp(url) => Delivery::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(TransportProblem::Smtp)?
                    .timeout(Some(SMTP_TIMEOUT))
                    .build(),
            ),
            MailUrl::Folder(folder) => {
                private_files::make_folder(folder)
                    .map_err(|source| TransportProblem::Folder { path: folder.clone(), source })?;
                Delivery::Folder(folder.clone(), links)
            }
        };
        let layout = MailLayout::load(&config.assets, &config.identity)?;
        Ok(Self { from: config.mail_from.clone(), delivery, layout, seal, deliveries: Arc::default() })
    }

    /// The attempts so far.
    #[must_use]
    pub fn deliveries(&self) -> &Arc<Deliveries> {
        &self.deliveries
    }

    /// Delivers a mail.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), SendProblem> {
        let to = mail.recipient.parse().map_err(|_invalid| SendProblem::Recipient)?;
        let text = self.seal.open(mail.id, &mail.sealed_body)?;
        let body = MailBody::parse(&text);
        let html = self.layout.html(&mail.language, &mail.subject, &body)?;
        // Mail programs show the last version that they can show (RFC 2046 §5.1.4).
        let versions = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(encode(&body.text())?))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(encode(&html)?));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            // Asks mail programs not to answer automatically (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Content-Language"),
                mail.language.clone(),
            ))
            .multipart(versions)?;
        match &self.delivery {
            Delivery::Smtp(smtp) => {
                smtp.send(message).await?;
            }
            Delivery::Folder(folder, links) => {
                let path = folder.join(format!("{}.eml", mail.id));
                let (file, formatted) = (path.clone(), message.formatted());
                let written = tokio::task::spawn_blocking(move || private_files::write(&file, formatted));
                if let Err(source) = written.await.unwrap_or_else(|ended| Err(ended.into())) {
                    return Err(SendProblem::File { path, source });
                }
                match links {
                    Links::Hidden => log::info!("mail: {}", path.display()),
                    Links::Printed => {
                        let link = body.link().unwrap_or("no link");
                        // `println!` would panic where standard output is closed.
                        let _ = writeln!(io::stdout(), "mail: {} ({link})", path.display());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Encodes the text without breaking its lines: lettre would break a line of more than 76 characters, and
/// so the links in the file. RFC 5322 allows 998 characters and requires CRLF.
fn encode(text: &str) -> Result<Body, SendProblem> {
    if text.contains('\0') || text.lines().any(|line| line.len() > 998) {
        return Err(SendProblem::Text);
    }
    let encoding =
        if text.is_ascii() { ContentTransferEncoding::SevenBit } else { ContentTransferEncoding::EightBit };
    let lines: String = text.lines().flat_map(|line| [line, "\r\n"]).collect();
    Ok(Body::dangerous_pre_encoded(lines.into_bytes(), encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_link_stays_on_one_line_and_lines_end_with_crlf() {
        let link = format!("https://account.example.com/{}", "x".repeat(200));
        let body = encode(&format!("Hello\n\n{link}\nZo\u{eb}\n")).unwrap();
        assert_eq!(body.encoding(), ContentTransferEncoding::EightBit);
        let text = String::from_utf8(body.into_vec()).unwrap();
        assert_eq!(text, format!("Hello\r\n\r\n{link}\r\nZo\u{eb}\r\n"));
        assert!(matches!(encode(&"x".repeat(999)), Err(SendProblem::Text)));
    }
}
