//! Web origins, as browsers send and compare them.

use std::fmt;

/// An origin (RFC 6454) with the scheme http or https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    ascii: String,
    scheme: String,
    host: String,
    port: u16,
}

/// Why a text is not an [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginProblem {
    /// It is not a URL.
    #[error("is not a URL such as https://account.example.com")]
    NotAUrl,
    /// Its scheme is neither http nor https.
    #[error("must begin with https:// (or http://)")]
    Scheme,
    /// It has a path, query, fragment, user or password.
    #[error("must be scheme, host and port only, without a path or user")]
    NotBare,
}

impl Origin {
    /// Parses `scheme://host[:port]`; one trailing slash is allowed.
    pub fn parse(text: &str) -> Result<Self, OriginProblem> {
        let url = url::Url::parse(text).map_err(|_invalid| OriginProblem::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OriginProblem::Scheme);
        }
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match (bare, url.host_str(), url.port_or_known_default()) {
            (true, Some(host), Some(port)) => Ok(Self {
                ascii: url.origin().ascii_serialization(),
                scheme: url.scheme().to_owned(),
                host: host.to_owned(),
                port,
            }),
            _ => Err(OriginProblem::NotBare),
        }
    }

    /// The origin as browsers send it: lower case, the host in ASCII, no default port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.ascii
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// The host; an IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, even if it is the scheme's default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is this machine: `localhost`, a name below it, or a loopback address. Browsers
    /// trust such an origin even over http (W3C Secure Contexts §3.1).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ascii)
    }
}

/// Texts that are nearly an origin.
#[cfg(test)]
pub(super) fn near_an_origin() -> impl proptest::strategy::Strategy<Value = String> {
    super::any_text::made_of(&[
        "https:",
        "http:",
        "HTTP:",
        "ftp:",
        "//",
        "/",
        "\\",
        "@",
        "localhost",
        "partner",
        ".example",
        "xn--bcher-kva",
        "b\u{fc}cher",
        "127.0.0.1",
        "0x7f.1",
        "[::1]",
        ".",
        ":",
        "443",
        "8080",
        "99999",
        "*",
        "?",
        "#",
        "%2e",
        "user",
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};

    #[test]
    fn an_origin_is_spelled_as_browsers_spell_it() {
        assert_eq!(
            Origin::parse("HTTPS://Account.Example.com:443/").unwrap().as_str(),
            "https://account.example.com"
        );
        assert_eq!(Origin::parse("http://localhost:8080").unwrap().as_str(), "http://localhost:8080");
        assert!(Origin::parse("http://[::1]:80").unwrap().is_loopback());
        assert!(!Origin::parse("http://localhost.example.com").unwrap().is_loopback());
    }

    #[test]
    fn a_text_that_is_not_an_origin_is_refused() {
        for (text, problem) in [
            ("", OriginProblem::NotAUrl),
            ("null", OriginProblem::NotAUrl),
            ("ftp://example.com", OriginProblem::Scheme),
            ("https://example.com/account", OriginProblem::NotBare),
            ("https://user@example.com", OriginProblem::NotBare),
            ("https://example.com?x", OriginProblem::NotBare),
        ] {
            assert_eq!(Origin::parse(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_origin_has_one_spelling(typed in prop_oneof![text(), near_an_origin()]) {
            let Ok(origin) = Origin::parse(&typed) else { return Ok(()) };
            let spelled = origin.as_str();
            prop_assert_eq!(Origin::parse(spelled), Ok(origin.clone()));
            prop_assert_eq!(Origin::parse(&format!("{spelled}/")), Ok(origin.clone()));
            prop_assert!(spelled.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()));
            let rest = spelled.strip_prefix(if origin.is_https() { "https://" } else { "http://" }).unwrap();
            prop_assert!(rest.starts_with(origin.host()) && !origin.host().is_empty());
            prop_assert!(!rest.contains(['/', '?', '#', '@', '\\']));
        }
    }
}
