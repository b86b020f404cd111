//! The proxies that the environment names, read as curl reads them: a small letter variable counts before the
//! same one in capitals, `NO_PROXY` lists exceptions, and a site on this machine is no exception by itself.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use url::Url;

use crate::domain::Origin;

/// Which proxy leads to which site.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    exceptions: Vec<String>,
}

/// A proxy. It has no `Debug`, because its URL may contain a password.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether the connection to the proxy itself is encrypted.
    pub(super) tls: bool,
    /// The value of Proxy-Authorization.
    pub(super) authorization: Option<String>,
}

/// A variable does not contain the URL of a proxy. The text never quotes it: it may contain a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}: write the proxy as http://proxy.example.com:3128; http:// and https:// are possible")]
pub struct ProxyProblem(String);

impl Proxies {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` through `lookup`.
    ///
    /// # Errors
    /// A [`ProxyProblem`], if one of them is not the URL of a proxy.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyProblem> {
        let either = |small: &str| {
            let large = small.to_ascii_uppercase();
            // A web server passes the header `Proxy` of a request to a CGI program as HTTP_PROXY.
            let forged = small == "http_proxy" && lookup("REQUEST_METHOD").is_some();
            let found = lookup(small).map(|value| (small.to_owned(), value));
            found.or_else(|| Some((large.clone(), lookup(&large).filter(|_| !forged)?)))
        };
        let proxy = |name: &str| {
            let named = either(name).or_else(|| either("all_proxy"));
            named.map(|(name, value)| Proxy::parse(&value).ok_or(ProxyProblem(name))).transpose()
        };
        let exceptions = either("no_proxy").map(|(_, value)| value).unwrap_or_default();
        let exceptions = exceptions.split([',', ' ']).filter(|entry| !entry.is_empty());
        Ok(Self {
            http: proxy("http_proxy")?,
            https: proxy("https_proxy")?,
            exceptions: exceptions.map(str::to_ascii_lowercase).collect(),
        })
    }

    /// Where the proxies are, and the exceptions. Their passwords are left out.
    pub(super) fn names(&self) -> Vec<String> {
        let name =
            |scheme: &str, proxy: &Proxy| format!("{scheme} {} {} {}", proxy.tls, proxy.host, proxy.port);
        let http = self.http.iter().map(|proxy| name("http", proxy));
        let https = self.https.iter().map(|proxy| name("https", proxy));
        let exceptions = self.exceptions.iter().map(|host| format!("except {host}"));
        http.chain(https).chain(exceptions).collect()
    }

    /// The proxy on the way to a site.
    pub(super) fn of(&self, site: &Origin) -> Option<&Proxy> {
        let proxy = if site.is_https() { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.exceptions.iter().any(|entry| excepts(entry, site)))
    }
}

/// Whether an entry of `NO_PROXY` names a site: `*`, an address, a network, or a name with all names below it.
fn excepts(entry: &str, site: &Origin) -> bool {
    let host = site.host().trim_matches(['[', ']']);
    if entry == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        let entry = entry.trim_matches(['[', ']']);
        return entry.parse() == Ok(address)
            || entry.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
    }
    let name = entry.trim_matches('.');
    host == name || host.strip_suffix(name).is_some_and(|above| above.ends_with('.'))
}

impl Proxy {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&text).ok()?;
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let named = !url.username().is_empty() || url.password().is_some();
        let authorization = named.then(|| {
            let password = url.password().unwrap_or_default();
            let pair = [&*decoded(url.username()), b":", &*decoded(password)].concat();
            format!("Basic {}", STANDARD.encode(pair))
        });
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        Some(Self { host, port: url.port_or_known_default()?, tls, authorization })
    }

    /// The request that opens a tunnel to an authority, such as `example.com:443`.
    pub(super) fn connect_request(&self, authority: &str) -> Vec<u8> {
        let authorization = self.authorization_line();
        format!("CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n{authorization}\r\n").into_bytes()
    }

    /// The field line for requests that the proxy itself reads.
    pub(super) fn authorization_line(&self) -> String {
        let value = self.authorization.as_ref();
        value.map(|value| format!("proxy-authorization: {value}\r\n")).unwrap_or_default()
    }
}

/// The bytes of a percent-encoded part of a URL.
fn decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, ProxyProblem> {
        Proxies::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn port(variables: &[(&str, &str)], site: &str) -> Option<u16> {
        read(variables).unwrap().of(&Origin::parse(site).unwrap()).map(|proxy| proxy.port)
    }

    #[test]
    fn the_variables_choose_the_proxy_as_in_curl() {
        let both = [("HTTP_PROXY", "http://p:1"), ("HTTPS_PROXY", "p:2")];
        assert_eq!((port(&both, "http://a.example"), port(&both, "https://a.example")), (Some(1), Some(2)));
        let small = [("http_proxy", "http://p:3"), ("HTTP_PROXY", "http://p:1")];
        assert_eq!(port(&small, "http://a.example"), Some(3));
        assert_eq!(port(&small, "https://a.example"), None);
        assert_eq!(port(&[("all_proxy", "http://p")], "https://a.example"), Some(80));
        // In a CGI program anyone can set the one in capitals.
        assert_eq!(
            port(&[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], "http://a.example"),
            None
        );
        assert_eq!(port(&both, "http://localhost:8080"), Some(1));
    }

    #[test]
    fn no_proxy_excepts_names_addresses_and_networks() {
        let except = |list: &'static str, site: &str| {
            port(&[("http_proxy", "http://p:1"), ("NO_PROXY", list)], site).is_none()
        };
        for (list, site) in [
            ("*", "http://a.example"),
            ("b.example, A.example", "http://a.example"),
            (".a.example", "http://deep.a.example"),
            ("a.example", "http://a.example:8080"),
            ("127.0.0.0/8", "http://127.0.0.1:8080"),
            ("[::1]", "http://[::1]:8080"),
            ("localhost", "http://localhost"),
        ] {
            assert!(except(list, site), "{list} {site}");
        }
        for (list, site) in
            [("a.example", "http://aa.example"), ("10.0.0.0/8", "http://127.0.0.1"), ("", "http://a")]
        {
            assert!(!except(list, site), "{list} {site}");
        }
    }

    #[test]
    fn credentials_are_sent_and_never_quoted() {
        let proxies = read(&[("https_proxy", "http://ada:p%40ss@p:1")]).unwrap();
        let proxy = proxies.of(&Origin::parse("https://a.example").unwrap()).unwrap();
        let request = String::from_utf8(proxy.connect_request("a.example:443")).unwrap();
        assert!(request.contains("proxy-authorization: Basic YWRhOnBAc3M=\r\n"), "{request}");
        for wrong in ["socks5://ada:secret@p:1", "http://ada:secret@", "http://ada:secret@p:99999"] {
            let problem = read(&[("HTTPS_PROXY", wrong)]).err().unwrap().to_string();
            assert!(problem.starts_with("HTTPS_PROXY: ") && !problem.contains("secret"), "{problem}");
        }
    }
}
