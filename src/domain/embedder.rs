//! The sites that may show our embeddable pages in a frame.

use super::Origin;
use super::origin::OriginProblem;

/// An origin for `frame-ancestors`: exact, and spelled as browsers compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedder(Origin);

/// Why a text is not an [`Embedder`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbedderProblem {
    /// It would cover hosts that are not listed.
    #[error("holds a wildcard: name each site exactly")]
    Wildcard,
    /// It is the opaque origin of a sandboxed page or a `data:` URL.
    #[error("is not a site: browsers never match it")]
    Opaque,
    /// It is not an origin.
    #[error("{0}")]
    NotAnOrigin(#[from] OriginProblem),
    /// It is plain http, so that anyone on the network could forge its pages.
    #[error("must be https: plain http is only for localhost")]
    PlainHttp,
    /// Its host is an IPv6 address, which browsers never match in `frame-ancestors`.
    #[error("has an IPv6 address as its host, which browsers never match: use a host name")]
    Ipv6,
    /// Its host has a character that no host name has, or ends with a dot.
    #[error("has a host that browsers never match")]
    Host,
    /// It is an origin in another spelling.
    #[error("must be written {0}")]
    Spelling(String),
}

impl Embedder {
    /// Parses `scheme://host[:port]`, spelled exactly as in a browser's Origin header.
    pub fn parse(text: &str) -> Result<Self, EmbedderProblem> {
        if text.contains('*') {
            return Err(EmbedderProblem::Wildcard);
        }
        if matches!(text, "null" | "data:" | "blob:") {
            return Err(EmbedderProblem::Opaque);
        }
        let origin = Origin::parse(text)?;
        if origin.host().starts_with('[') {
            return Err(EmbedderProblem::Ipv6);
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !origin.host().split('.').all(|label| !label.is_empty() && label.bytes().all(plain)) {
            return Err(EmbedderProblem::Host);
        }
        if !origin.is_https() && !origin.is_loopback() {
            return Err(EmbedderProblem::PlainHttp);
        }
        if text != origin.as_str() {
            return Err(EmbedderProblem::Spelling(origin.as_str().to_owned()));
        }
        Ok(Self(origin))
    }

    /// The origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::any_text::{config, text};
    use crate::domain::origin::near_an_origin;

    #[test]
    fn an_exact_origin_is_accepted_unchanged() {
        for text in [
            "https://partner.example",
            "https://partner.example:8443",
            "https://192.0.2.7",
            "https://xn--bcher-kva.example",
            "http://localhost:9000",
            "http://127.0.0.1:9000",
        ] {
            assert_eq!(Embedder::parse(text).unwrap().origin().as_str(), text);
        }
    }

    #[test]
    fn an_inexact_or_unmatchable_origin_is_refused() {
        let spelling = |text: &str| EmbedderProblem::Spelling(text.to_owned());
        let origin = EmbedderProblem::NotAnOrigin;
        for (text, problem) in [
            ("*", EmbedderProblem::Wildcard),
            ("https://*.partner.example", EmbedderProblem::Wildcard),
            ("https://partner.example:*", EmbedderProblem::Wildcard),
            ("null", EmbedderProblem::Opaque),
            ("'self'", origin(OriginProblem::NotAUrl)),
            ("'none'", origin(OriginProblem::NotAUrl)),
            ("partner.example", origin(OriginProblem::NotAUrl)),
            ("https:", origin(OriginProblem::NotAUrl)),
            ("ftp://partner.example", origin(OriginProblem::Scheme)),
            ("https://partner.example/card", origin(OriginProblem::NotBare)),
            ("https://partner.example?x", origin(OriginProblem::NotBare)),
            ("https://partner.example#x", origin(OriginProblem::NotBare)),
            ("https://ada@partner.example", origin(OriginProblem::NotBare)),
            ("https://[::1]:8443", EmbedderProblem::Ipv6),
            ("http://[::1]:8443", EmbedderProblem::Ipv6),
            ("http://partner.example", EmbedderProblem::PlainHttp),
            ("https://partner.example.", EmbedderProblem::Host),
            ("https://partner.example;script-src", EmbedderProblem::Host),
            ("https://partner.example'", EmbedderProblem::Host),
            ("https://partner.example/", spelling("https://partner.example")),
            ("https://partner.example:443", spelling("https://partner.example")),
            ("HTTPS://Partner.example", spelling("https://partner.example")),
            ("https://bücher.example", spelling("https://xn--bcher-kva.example")),
        ] {
            assert_eq!(Embedder::parse(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_accepted_site_is_one_source_of_a_policy(typed in prop_oneof![text(), near_an_origin()]) {
            let Ok(site) = Embedder::parse(&typed) else { return Ok(()) };
            prop_assert_eq!(site.origin().as_str(), &typed);
            prop_assert!(site.origin().is_https() || site.origin().is_loopback());
            let in_origins = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:/".contains(&b);
            prop_assert!(typed.bytes().all(in_origins));
        }
    }
}
