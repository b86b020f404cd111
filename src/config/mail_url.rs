//! Where mails go, as `MAIL_URL` says it.

use std::fmt;
use std::path::PathBuf;

/// Where mails go.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// Each mail becomes a file here.
    Folder(PathBuf),
    /// An SMTP server, as lettre reads it; it may hold a password.
    Smtp(String),
}

impl MailUrl {
    /// Reads `smtps://user:password@host`, `smtp://host` or `folder:PATH`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("folder:") {
            return if path.is_empty() {
                Err("names no folder, as in folder:mails")
            } else {
                Ok(Self::Folder(path.into()))
            };
        }
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some() => {
                Ok(Self::Smtp(with_starttls(url)))
            }
            _ => Err("must be smtps://user:password@host, smtp://host or folder:PATH"),
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Smtp(_) => f.write_str("smtp(..)"),
        }
    }
}

/// Mails hold links: to another machine they go through TLS unless the URL says otherwise.
fn with_starttls(mut url: url::Url) -> String {
    let local =
        url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]");
    if url.scheme() == "smtp" && !local && !url.query_pairs().any(|(name, _)| name == "tls") {
        url.query_pairs_mut().append_pair("tls", "required");
    }
    url.into()
}
