//! A source of a policy's list, parsed and matched as CSP3 says (§2.3.1, and §6.7.2 “Does url match
//! expression in origin”). Browsers differ from it in two points, and so does this: they match an IPv4 address, and
//! leave out a query or fragment after a path.

use crate::domain::Origin;

/// A source as browsers keep it. They drop a source that is none of these, such as `'none'` beside others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `*`.
    Everyone,
    /// `'self'`.
    OwnOrigin,
    /// `https:`, kept without the colon.
    Scheme(String),
    /// `[scheme://]host[:port][/path]`.
    Host(HostSource),
}

/// The parts of a source that names a host, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostSource {
    scheme: Option<String>,
    host: Host,
    port: Port,
    /// A path besides a lone slash. An origin has none, so it never matches.
    has_path: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    /// Hosts that end so: of `*.partner.example` the part from the dot.
    Below(String),
    Exactly(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// The default port of the embedder's scheme.
    Default,
    Any,
    Exactly(u16),
}

impl Source {
    /// Parses a source; `None` if browsers drop it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "*" => return Some(Self::Everyone),
            "'self'" => return Some(Self::OwnOrigin),
            _ => {}
        }
        if let Some(scheme) = lower.strip_suffix(':') {
            return is_scheme(scheme).then(|| Self::Scheme(scheme.to_owned()));
        }
        let (scheme, rest) = match lower.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme.to_owned()), rest),
            Some(_) => return None,
            None => (None, lower.as_str()),
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        // Browsers leave a query or a fragment after a path out, though the grammar has neither.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (host, port) = match authority.split_once(':') {
            None => (authority, Port::Default),
            Some((host, "*")) => (host, Port::Any),
            Some((host, port)) => (host, Port::Exactly(number(port)?)),
        };
        let has_path = !matches!(path, "" | "/");
        Some(Self::Host(HostSource { scheme, host: Host::parse(host)?, port, has_path }))
    }

    /// Whether it matches a page of this origin. `own` is the origin of the response with the policy.
    pub(super) fn admits(&self, page: &Origin, own: &Origin) -> bool {
        match self {
            Self::Everyone => true,
            Self::Scheme(scheme) => scheme_matches(scheme, page),
            Self::OwnOrigin => {
                let ports_match =
                    page.port() == own.port() || (has_default_port(page) && has_default_port(own));
                page == own
                    || (page.host() == own.host() && ports_match && (page.is_https() || !own.is_https()))
            }
            Self::Host(source) => source.admits(page, own),
        }
    }

    /// Whether it matches pages on every host. Their port does not matter: anyone can use any port.
    pub(super) fn admits_every_host(&self) -> bool {
        match self {
            Self::Everyone => true,
            Self::OwnOrigin => false,
            Self::Scheme(scheme) => is_of_the_web(scheme),
            Self::Host(source) => {
                source.host == Host::Any
                    && !source.has_path
                    && source.scheme.as_deref().is_none_or(is_of_the_web)
            }
        }
    }

    /// The top-level domain of which it matches every name. Anyone can register one, except below those that are reserved
    /// (RFC 6761, RFC 6762, RFC 7686, RFC 9476, and `internal`).
    pub(super) fn top_level_domain(&self) -> Option<&str> {
        const RESERVED: [&str; 8] =
            ["alt", "example", "internal", "invalid", "local", "localhost", "onion", "test"];
        let Self::Host(HostSource { scheme, host: Host::Below(end), has_path: false, .. }) = self else {
            return None;
        };
        let name = end.trim_matches('.');
        let is_open = !name.contains('.') && !RESERVED.contains(&name);
        (is_open && scheme.as_deref().is_none_or(is_of_the_web)).then_some(name)
    }

    /// Whether a page may match this source and the other one, too. It errs towards yes.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Host(one), Self::Host(other)) => {
                let ports = match (one.port, other.port) {
                    (Port::Exactly(one), Port::Exactly(other)) => one == other || [one, other].contains(&80),
                    _ => true,
                };
                ports && one.host.overlaps(&other.host)
            }
            _ => true,
        }
    }

    /// An origin that it admits, if it names a host; `label` goes before a name that stands for all below it.
    pub(super) fn example(&self, own: &Origin, label: &str) -> Option<Origin> {
        let Self::Host(source) = self else { return None };
        let host = match &source.host {
            Host::Any => return None,
            Host::Below(end) => format!("{label}{end}"),
            Host::Exactly(host) => host.clone(),
        };
        let port = if let Port::Exactly(port) = source.port { format!(":{port}") } else { String::new() };
        let scheme = source.scheme.as_deref().unwrap_or_else(|| scheme_of(own));
        let origin = Origin::parse(&format!("{scheme}://{host}{port}")).ok()?;
        self.admits(&origin, own).then_some(origin)
    }

    /// How few hosts it matches, to compare: a longer name below which hosts match is narrower.
    pub(super) fn narrowness(&self) -> usize {
        match self {
            Self::Everyone => 0,
            Self::Scheme(_) => 1,
            Self::Host(HostSource { host: Host::Any, .. }) => 2,
            Self::Host(HostSource { host: Host::Below(end), .. }) => 2 + end.len(),
            Self::Host(HostSource { host: Host::Exactly(_), .. }) => usize::MAX - 1,
            Self::OwnOrigin => usize::MAX,
        }
    }
}

impl HostSource {
    fn admits(&self, page: &Origin, own: &Origin) -> bool {
        let scheme = self.scheme.as_deref().unwrap_or_else(|| scheme_of(own));
        let port = match self.port {
            Port::Default => has_default_port(page),
            Port::Any => true,
            // As 443 is to https what 80 is to http, Chromium lets one stand for the other.
            Port::Exactly(80) => page.port() == 80 || (page.is_https() && page.port() == 443),
            Port::Exactly(port) => page.port() == port,
        };
        scheme_matches(scheme, page) && self.host.admits(page.host()) && port && !self.has_path
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        // One dot may end a name. An IPv6 address has brackets, which no source may contain.
        let labels = name.strip_suffix('.').unwrap_or(name);
        let plain = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        match text {
            "*" => Some(Self::Any),
            _ if !labels.split('.').all(plain) => None,
            _ if name.len() < text.len() => Some(Self::Below(format!(".{name}"))),
            _ => Some(Self::Exactly(name.to_owned())),
        }
    }

    fn admits(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(end) => host.ends_with(end.as_str()),
            Self::Exactly(name) => host == name,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Exactly(one), Self::Exactly(other)) => one == other,
            (Self::Below(end), Self::Exactly(name)) | (Self::Exactly(name), Self::Below(end)) => {
                name.ends_with(end.as_str())
            }
            (Self::Below(one), Self::Below(other)) => {
                one.ends_with(other.as_str()) || other.ends_with(one.as_str())
            }
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_of_the_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https")
}

fn number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// “scheme-part matches”: http also admits the encrypted site.
fn scheme_matches(scheme: &str, page: &Origin) -> bool {
    scheme == scheme_of(page) || (scheme == "http" && page.is_https())
}

fn scheme_of(origin: &Origin) -> &'static str {
    if origin.is_https() { "https" } else { "http" }
}

fn has_default_port(origin: &Origin) -> bool {
    origin.port() == if origin.is_https() { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(source: &str, page: &str) -> bool {
        let origin = |text| Origin::parse(text).unwrap();
        let own = origin("https://account.example.com");
        Source::parse(source).is_some_and(|source| source.admits(&origin(page), &own))
    }

    #[test]
    fn a_star_below_a_top_level_domain_is_told_from_one_below_a_name() {
        for (source, domain) in [
            ("https://*.com", Some("com")),
            ("*.CO:*", Some("co")),
            ("http://*.xn--p1ai./", Some("xn--p1ai")),
            ("https://*.partner.example", None),
            ("https://*.localhost:8080", None),
            ("*.internal", None),
            ("ftp://*.com", None),
            ("https://*.com/path", None),
            ("https://com", None),
            ("https://*", None),
        ] {
            let parsed = Source::parse(source).unwrap();
            assert_eq!(parsed.top_level_domain(), domain, "{source}");
        }
    }

    #[test]
    fn a_source_admits_the_origins_that_the_standard_says() {
        for (source, page) in [
            ("*", "http://a.example:99"),
            ("'SELF'", "https://account.example.com"),
            ("https:", "https://a.example:99"),
            ("http:", "https://a.example"),
            ("a.example", "https://a.example"),
            ("HTTPS://A.example/", "https://a.example"),
            ("https://a.example/?x", "https://a.example"),
            ("http://a.example", "https://a.example"),
            ("http://a.example:80", "https://a.example"),
            ("https://*.a.example:*", "https://b.c.a.example:99"),
            ("https://*:99", "https://[::1]:99"),
            ("https://127.0.0.1:99", "https://127.0.0.1:99"),
        ] {
            assert!(admits(source, page), "{source} {page}");
        }
        for (source, page) in [
            ("'self'", "http://account.example.com"),
            ("'self'", "https://account.example.com:99"),
            ("https:", "http://a.example"),
            ("a.example", "http://a.example"),
            ("a.example", "https://a.example:99"),
            ("a.example:", "https://a.example"),
            ("a.example:99999", "https://a.example"),
            ("*.a.example", "https://a.example"),
            ("*.a.example", "https://nota.example"),
            ("a.*.example", "https://a.b.example"),
            ("a.example.", "https://a.example"),
            ("https://a.example/x", "https://a.example"),
            ("https://a.example?x", "https://a.example"),
            ("https://[::1]", "https://[::1]"),
            ("data:", "https://a.example"),
            ("'none'", "https://a.example"),
            ("", "https://a.example"),
        ] {
            assert!(!admits(source, page), "{source} {page}");
        }
        let own = Origin::parse("http://account.example.com").unwrap();
        let encrypted = Origin::parse("https://account.example.com").unwrap();
        assert!(Source::OwnOrigin.admits(&encrypted, &own), "the encrypted site counts as the site itself");
    }
}
