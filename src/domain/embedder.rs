//! A site that may show an embeddable page of ours in a frame.

use super::Origin;
use super::origin::OriginProblem;

/// An origin as it may stand in a list of frame-ancestors: exact, spelt as browsers compare it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedder(Origin);

/// Why a text is no [`Embedder`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbedderProblem {
    /// It would cover hosts that nobody listed.
    #[error("holds a wildcard: name each site exactly")]
    Wildcard,
    /// What a sandboxed page or a `data:` URL calls itself.
    #[error("is no site: browsers never match it")]
    Opaque,
    /// Not an origin.
    #[error("{0}")]
    NotAnOrigin(#[from] OriginProblem),
    /// Anybody on the way could put a page there.
    #[error("must be https: plain http is only for localhost")]
    PlainHttp,
    /// Browsers match no IPv6 address in frame-ancestors.
    #[error("has an IPv6 address as host, which browsers never match: give it a name")]
    Ipv6,
    /// A host with characters that no name has, or with a dot at its end.
    #[error("has a host that browsers never match")]
    Host,
    /// Right but for its spelling.
    #[error("must be written {0}")]
    Spelling(String),
}

impl Embedder {
    /// Reads `scheme://host[:port]`, exactly as a browser would send it as Origin.
    ///
    /// # Errors
    /// An [`EmbedderProblem`].
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
    use super::*;

    #[test]
    fn an_exact_origin_is_taken_as_it_stands() {
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
    fn whatever_covers_more_or_matches_nothing_is_refused() {
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
}
