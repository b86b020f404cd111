//! The URL at which the check of a site begins.

use url::Url;

use crate::domain::Origin;
use crate::verify::report::printable;

/// The URL of a site on http or https, without a user name or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteUrl {
    url: Url,
    origin: Origin,
}

/// Why a text is not a [`SiteUrl`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteUrlProblem {
    /// It is not the URL of a web site.
    #[error("{0}: write it as https://account.example.com")]
    NotASite(String),
    /// The URL contains a secret, which must not be printed.
    #[error("contains a user name or password: leave it out, as in https://account.example.com")]
    Credentials,
}

impl SiteUrl {
    /// Reads the URL of a site.
    ///
    /// # Errors
    /// A [`SiteUrlProblem`], which prints no password.
    pub fn parse(text: &str) -> Result<Self, SiteUrlProblem> {
        // A malformed URL may contain a password, too.
        let unusable = || {
            let shown =
                text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, host)| format!("…@{host}"));
            SiteUrlProblem::NotASite(printable(&shown))
        };
        let url = Url::parse(text).map_err(|_invalid| unusable())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SiteUrlProblem::Credentials);
        }
        let origin = Origin::parse(&url.origin().ascii_serialization()).map_err(|_opaque| unusable())?;
        Ok(Self { url, origin })
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The site.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}
