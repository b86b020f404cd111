//! `MAIL_URL`: an SMTP server, or a folder for development and tests.

use std::fmt;
use std::path::PathBuf;

/// The destination of outgoing mails.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// A folder, in which each mail becomes a file.
    Folder(PathBuf),
    /// The URL of an SMTP server, in lettre's syntax. It may hold a password.
    Smtp(String),
}

/// Why a text is not a [`MailUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailUrlProblem {
    /// It has the scheme `folder:` and no path.
    #[error("names no folder, as in folder:mails")]
    NoFolder,
    /// It has none of the accepted forms.
    #[error("must be smtps://user:password@host, smtp://host or folder:PATH")]
    Malformed,
}

impl MailUrl {
    /// Parses `smtps://user:password@host`, `smtp://host` or `folder:PATH`.
    pub(super) fn parse(text: &str) -> Result<Self, MailUrlProblem> {
        if let Some(path) = text.strip_prefix("folder:") {
            return if path.is_empty() {
                Err(MailUrlProblem::NoFolder)
            } else {
                Ok(Self::Folder(path.into()))
            };
        }
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some() => {
                Ok(Self::Smtp(with_starttls(url)))
            }
            _ => Err(MailUrlProblem::Malformed),
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

/// Requires TLS to another machine unless the URL says otherwise, because mails hold secret links.
fn with_starttls(mut url: url::Url) -> String {
    let local =
        url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]");
    if url.scheme() == "smtp" && !local && !url.query_pairs().any(|(name, _)| name == "tls") {
        url.query_pairs_mut().append_pair("tls", "required");
    }
    url.into()
}
