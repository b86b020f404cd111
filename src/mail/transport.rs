//! The way a mail leaves: SMTP, or a file in a folder for development and tests.

use std::path::PathBuf;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox};
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
        let body = encode(&mail.body)?;
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
            .body(body)
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

/// The text as it is, so that links stay whole in the file and in every mail program: lettre would
/// break lines of more than 76 characters. RFC 5322 allows 998, and wants CRLF.
fn encode(text: &str) -> Result<Body, String> {
    if text.contains('\0') || text.lines().any(|line| line.len() > 998) {
        return Err("the text does not fit into a mail".to_owned());
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
    fn long_links_stay_whole_and_lines_end_as_the_standard_says() {
        let link = format!("https://account.example.com/{}", "x".repeat(200));
        let body = encode(&format!("Hello\n\n{link}\nZo\u{eb}\n")).unwrap();
        assert_eq!(body.encoding(), ContentTransferEncoding::EightBit);
        let text = String::from_utf8(body.into_vec()).unwrap();
        assert_eq!(text, format!("Hello\r\n\r\n{link}\r\nZo\u{eb}\r\n"));
        assert!(encode(&"x".repeat(999)).is_err());
    }
}
