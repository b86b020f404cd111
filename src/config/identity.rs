//! What a team calls its site, and where its links lead. Pages and emails show it.

use serde::Serialize;
use url::Url;

use super::{Accent, Logo, SignUpPolicy};

/// The name of the site, and the links that lead out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// `SITE_NAME`: printable, at most 80 characters.
    pub name: String,
    /// `SITE_LOGO`.
    #[serde(skip)]
    pub logo: Option<Logo>,
    /// `ACCENT_COLOR`.
    #[serde(skip)]
    pub accent: Option<Accent>,
    /// `SERVICE_URL`: the page of the service that the account belongs to.
    pub service_url: Option<Link>,
    /// `SUPPORT_URL`, or `SUPPORT_EMAIL` as a `mailto:` link.
    pub support_url: Option<Link>,
    /// `PRIVACY_URL`.
    pub privacy_url: Option<Link>,
    /// `ACCESSIBILITY_URL`.
    pub accessibility_url: Option<Link>,
    /// `SIGN_UP`: only an open site links to its sign-up.
    pub sign_up: SignUpPolicy,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            name: "unframed".to_owned(),
            logo: None,
            accent: None,
            service_url: None,
            support_url: None,
            privacy_url: None,
            accessibility_url: None,
            sign_up: SignUpPolicy::Open,
        }
    }
}

/// An absolute link that a browser can safely follow: `https:`, `http:` or `mailto:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    /// Reads an `https://` or `http://` URL without user and password; `None` for another one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let usable = matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none();
        usable.then(|| Self(url.into()))
    }

    /// The link that begins an email to an address.
    #[must_use]
    pub fn to_email(address: &crate::domain::EmailAddress) -> Self {
        // A local part may hold characters that mean something in a URL (RFC 6068 §2).
        let encoded: String = url::form_urlencoded::byte_serialize(address.as_str().as_bytes()).collect();
        Self(format!("mailto:{}", encoded.replace('+', "%20").replace("%40", "@")))
    }

    /// The link as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EmailAddress;

    #[test]
    fn a_link_is_a_web_address_and_runs_nothing() {
        for good in ["https://example.com/help", "http://localhost:3000/"] {
            assert_eq!(Link::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/help",
            "example.com",
            "https://",
            "https://a:b@example.com/",
            "ftp://example.com/",
        ] {
            assert_eq!(Link::parse(bad), None, "{bad}");
        }
        let address = EmailAddress::parse("help+me&cc=x?y@example.com").unwrap();
        assert_eq!(Link::to_email(&address).as_str(), "mailto:help%2Bme%26cc%3Dx%3Fy@example.com");
    }
}
