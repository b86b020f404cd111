//! `MAIL_URL`: an SMTP server, or a folder for development and tests.

use std::fmt;
use std::net::IpAddr;
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
    /// It allows mails to leave this machine without TLS.
    #[error(
        "allows mails without TLS: leave out the tls parameter, or name a loopback IP address such as 127.0.0.1"
    )]
    WithoutTls,
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
                with_starttls(url).map(Self::Smtp)
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

/// Requires STARTTLS except to a loopback IP address, because mails hold secret links. A name, even
/// `localhost`, can lead to another machine.
fn with_starttls(mut url: url::Url) -> Result<String, MailUrlProblem> {
    if url.scheme() == "smtp" && !url.host_str().is_some_and(is_loopback) {
        let asked: Vec<String> = url
            .query_pairs()
            .filter(|(name, _)| name == "tls")
            .map(|(_, value)| value.into_owned())
            .collect();
        if asked.iter().any(|value| value != "required") {
            return Err(MailUrlProblem::WithoutTls);
        }
        if asked.is_empty() {
            url.query_pairs_mut().append_pair("tls", "required");
        }
    }
    Ok(url.into())
}

/// Whether a host of a URL is a loopback IP address in its usual form. An IPv6 address has brackets there.
fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
