//! Where an application wants to be told about its confirmations.

use std::fmt;

use url::{Host, Url};

/// An https URL for a POST; http is for this machine only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(Url);

/// Why a text is not a [`WebhookUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookUrlProblem {
    /// It is not a URL.
    #[error("is not a URL such as https://payroll.example/hook")]
    NotAUrl,
    /// It is longer than [`WebhookUrl::MAX_BYTES`], or has a character that no URL has.
    #[error("is longer than 1000 characters, or has a character that no URL has")]
    Form,
    /// It is plain http, so that anyone on the network could read what we send.
    #[error("must be https: plain http is only for this machine")]
    PlainHttp,
    /// It has a user or a password, which we would have to send, or a fragment.
    #[error("must have neither user nor password nor fragment")]
    Parts,
}

impl WebhookUrl {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 1000;

    /// Parses a URL.
    ///
    /// # Errors
    /// A [`WebhookUrlProblem`].
    pub fn parse(text: &str) -> Result<Self, WebhookUrlProblem> {
        if text.len() > Self::MAX_BYTES || !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return Err(WebhookUrlProblem::Form);
        }
        let url = Url::parse(text).map_err(|_malformed| WebhookUrlProblem::NotAUrl)?;
        let local = match url.host() {
            None => return Err(WebhookUrlProblem::NotAUrl),
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err(WebhookUrlProblem::PlainHttp),
            _ => return Err(WebhookUrlProblem::NotAUrl),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(WebhookUrlProblem::Parts);
        }
        Ok(Self(url))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(443)
    }

    /// The value of the header Host.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The path with its query.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        let query = self.0.query().map_or_else(String::new, |query| format!("?{query}"));
        format!("{}{query}", self.0.path())
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, made_of, text};

    #[test]
    fn a_webhook_is_https_or_on_this_machine() {
        let url = WebhookUrl::parse("https://payroll.example:8443/hook?a=b").unwrap();
        assert_eq!((url.host(), url.port(), url.is_https()), ("payroll.example", 8443, true));
        assert_eq!(url.authority(), "payroll.example:8443");
        assert_eq!(url.path_and_query(), "/hook?a=b");
        let local = WebhookUrl::parse("http://[::1]:9000").unwrap();
        assert_eq!((local.host(), local.authority().as_str()), ("::1", "[::1]:9000"));
        assert_eq!(WebhookUrl::parse("https://payroll.example").unwrap().port(), 443);
        for (text, problem) in [
            ("", WebhookUrlProblem::NotAUrl),
            ("/hook", WebhookUrlProblem::NotAUrl),
            ("ftp://payroll.example/", WebhookUrlProblem::NotAUrl),
            ("file:///etc/passwd", WebhookUrlProblem::NotAUrl),
            ("http://payroll.example/hook", WebhookUrlProblem::PlainHttp),
            ("http://localhost.evil.example/", WebhookUrlProblem::PlainHttp),
            ("https://user@payroll.example/", WebhookUrlProblem::Parts),
            ("https://payroll.example/#x", WebhookUrlProblem::Parts),
            ("https://payroll.example/a b", WebhookUrlProblem::Form),
            ("https://payroll.example/\r\nX: y", WebhookUrlProblem::Form),
        ] {
            assert_eq!(WebhookUrl::parse(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn no_accepted_url_can_add_a_line_to_the_request(
            typed in prop_oneof![
                text(),
                made_of(&["https:", "http:", "//", "/", "@", "localhost", "payroll.example", "[::1]", ":", "8443", "?", "#", "%0d%0a", "\r\n", "\\"]),
            ],
        ) {
            let Ok(url) = WebhookUrl::parse(&typed) else { return Ok(()) };
            prop_assert_eq!(WebhookUrl::parse(url.as_str()), Ok(url.clone()));
            for part in [url.authority(), url.path_and_query(), url.host().to_owned()] {
                prop_assert!(part.bytes().all(|b| b.is_ascii_graphic()), "{part:?}");
            }
            prop_assert!(url.path_and_query().starts_with('/') && !url.host().is_empty());
            prop_assert!(url.is_https() || ["localhost", "::1"].contains(&url.host()) || url.host().starts_with("127."));
        }
    }
}
