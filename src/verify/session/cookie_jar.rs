//! The cookies of one site. Since nothing is ever sent to another origin, the jar knows no other host.

use std::fmt;

use chrono::{DateTime, Utc};
use url::Url;

use crate::clock::Clock;
use crate::domain::Origin;
use crate::verify::set_cookie::{SameSite, SetCookie};

/// The most cookies and the longest one, as in browsers.
const MOST: usize = 180;
const LONGEST: usize = 4096;
/// The most bytes of all together; servers refuse longer requests.
const LARGEST: usize = 64 * 1024;

/// A cookie as it is kept.
#[derive(Clone)]
pub struct StoredCookie {
    pub(in crate::verify) name: String,
    pub(in crate::verify) value: String,
    /// The host it belongs to, in lower case. `None`: the site of the check.
    pub(super) domain: Option<String>,
    /// Whether hosts below `domain` get it, too.
    pub(super) below: bool,
    pub(in crate::verify) path: String,
    pub(super) secure: bool,
    /// `None`: the user gave the cookie, so nothing is known.
    pub(in crate::verify) same_site: Option<SameSite>,
    pub(super) expires: Option<DateTime<Utc>>,
}

impl StoredCookie {
    /// A cookie that the user gives for the site of the check.
    #[must_use]
    pub fn given(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: None,
            below: false,
            path: "/".to_owned(),
            secure: false,
            same_site: None,
            expires: None,
        }
    }
}

impl fmt::Debug for StoredCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredCookie({}=…)", self.name)
    }
}

/// The cookies of a site.
pub struct CookieJar {
    host: String,
    /// Whether the site gets cookies that are Secure: over https, and on this machine, as in browsers.
    trusted: bool,
    cookies: Vec<StoredCookie>,
}

impl CookieJar {
    /// An empty jar.
    #[must_use]
    pub fn new(site: &Origin) -> Self {
        let trusted = site.is_https() || site.is_loopback();
        Self { host: site.host().to_owned(), trusted, cookies: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// The cookies that the site gets at some path.
    pub(in crate::verify) fn sent(&self) -> Vec<StoredCookie> {
        self.cookies.iter().filter(|cookie| self.trusted || !cookie.secure).cloned().collect()
    }

    /// Stores a cookie, unless it belongs to another host, has expired, or is one too many.
    pub(super) fn store(&mut self, cookie: StoredCookie) -> bool {
        let expired = cookie.expires.is_some_and(|expires| expires <= Clock::system().now());
        let ours = cookie.domain.as_ref().is_none_or(|domain| self.is_in(domain, cookie.below));
        if expired || !ours {
            return false;
        }
        self.cookies.retain(|known| (&known.name, &known.path) != (&cookie.name, &cookie.path));
        let size = |cookie: &StoredCookie| cookie.name.len() + cookie.value.len();
        let total: usize = self.cookies.iter().map(size).sum();
        let fits = size(&cookie) <= LONGEST && total + size(&cookie) <= LARGEST && self.cookies.len() < MOST;
        if fits {
            self.cookies.push(cookie);
        }
        fits
    }

    /// Stores or deletes a cookie that the response for a URL sets. `true`: it is stored.
    pub fn learn(&mut self, url: &Url, cookie: &SetCookie<'_>) -> bool {
        let path = cookie.attribute("path").filter(|path| path.starts_with('/'));
        let path = path.map_or_else(|| default_path(url), str::to_owned);
        let domain =
            cookie.attribute("domain").map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
        if domain.as_ref().is_some_and(|domain| !domain.is_empty() && !self.is_in(domain, true)) {
            return false;
        }
        if cookie.is_deletion() {
            self.cookies.retain(|known| (known.name.as_str(), &known.path) != (cookie.name, &path));
            return false;
        }
        // It would end a line of our requests.
        if cookie.name.contains(char::is_control) || cookie.value.contains(char::is_control) {
            return false;
        }
        self.store(StoredCookie {
            name: cookie.name.to_owned(),
            value: cookie.value.to_owned(),
            domain: None,
            below: false,
            path,
            secure: cookie.attribute("secure").is_some(),
            same_site: Some(cookie.same_site()),
            // A later one than a check lasts does not matter, and a past one is a deletion.
            expires: None,
        })
    }

    /// The value of the Cookie header for a URL, the longest path first.
    #[must_use]
    pub fn header(&self, url: &Url) -> Option<String> {
        let sent =
            |cookie: &&StoredCookie| is_below(url.path(), &cookie.path) && (self.trusted || !cookie.secure);
        let mut cookies: Vec<&StoredCookie> = self.cookies.iter().filter(sent).collect();
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
        let header = pairs.collect::<Vec<_>>().join("; ");
        (!header.is_empty()).then_some(header)
    }

    fn is_in(&self, domain: &str, below: bool) -> bool {
        let address = self.host.starts_with('[') || self.host.parse::<std::net::Ipv4Addr>().is_ok();
        let under = || self.host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'));
        self.host == domain || (below && !address && under())
    }
}

/// Whether a path is the cookie's path or lies below it (RFC 6265 §5.1.4).
fn is_below(path: &str, of_cookie: &str) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || of_cookie.ends_with('/') || rest.starts_with('/'))
}

fn default_path(url: &Url) -> String {
    match url.path().rsplit_once('/') {
        None | Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(site: &str) -> CookieJar {
        CookieJar::new(&Origin::parse(site).unwrap())
    }

    fn header(jar: &CookieJar, url: &str) -> String {
        jar.header(&Url::parse(url).unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_cookie_is_sent_back_where_a_browser_sends_it() {
        let site = "https://account.example.com";
        let mut jar = jar(site);
        let url = Url::parse(&format!("{site}/a/b")).unwrap();
        for line in [
            "one=1; Path=/",
            "deep=2",
            "domain=3; Domain=.Example.com; Path=/",
            "other=4; Domain=other.example; Path=/",
            "sibling=5; Domain=shop.example.com; Path=/",
            "gone=6; Path=/",
            "gone=; Path=/; Max-Age=0",
            "one=7; Path=/; Secure; HttpOnly",
        ] {
            jar.learn(&url, &SetCookie::parse(line));
        }
        assert_eq!(header(&jar, "https://account.example.com/a/c"), "deep=2; domain=3; one=7");
        assert_eq!(header(&jar, "https://account.example.com/ab"), "domain=3; one=7");
    }

    #[test]
    fn a_cookie_keeps_what_the_site_says_of_other_sites_and_a_given_one_says_nothing() {
        let mut jar = jar("https://a.example");
        let url = Url::parse("https://a.example/deep/page").unwrap();
        jar.store(StoredCookie::given("given", "hidden"));
        for line in [
            "strict=1; sameSite=STRICT",
            "twice=1; SameSite=None; SameSite=Lax; Path=/",
            "none=1; Secure; SameSite=none",
            "odd=1; SameSite=Sometimes",
            "bare=hidden",
        ] {
            jar.learn(&url, &SetCookie::parse(line));
        }
        let sent = jar.sent();
        let known: Vec<_> =
            sent.iter().map(|cookie| (&*cookie.name, &*cookie.path, cookie.same_site)).collect();
        assert_eq!(
            known,
            [
                ("given", "/", None),
                ("strict", "/deep", Some(SameSite::Strict)),
                ("twice", "/", Some(SameSite::Lax)),
                ("none", "/deep", Some(SameSite::None)),
                ("odd", "/deep", Some(SameSite::Unset)),
                ("bare", "/deep", Some(SameSite::Unset)),
            ]
        );
        assert!(!format!("{sent:?}").contains("hidden"));
        jar.learn(&url, &SetCookie::parse("given=2; SameSite=Lax; Path=/"));
        assert_eq!(jar.sent().last().unwrap().same_site, Some(SameSite::Lax));
    }

    #[test]
    fn a_secure_cookie_stays_off_plain_http_except_on_this_machine() {
        for (site, sent) in
            [("http://a.example", ""), ("http://127.0.0.1:8080", "id=1"), ("https://a.example", "id=1")]
        {
            let mut jar = jar(site);
            jar.learn(&Url::parse(site).unwrap(), &SetCookie::parse("id=1; Secure"));
            assert_eq!(header(&jar, site), sent, "{site}");
        }
    }

    #[test]
    fn a_cookie_with_a_control_character_is_not_kept() {
        let mut jar = jar("https://a.example");
        let url = Url::parse("https://a.example/").unwrap();
        for line in ["a=b\u{1}c", "a\u{7f}=b", "a=b\u{85}c", "a=b\0"] {
            assert!(!jar.learn(&url, &SetCookie::parse(line)), "{line:?}");
        }
        assert!(jar.is_empty());
    }

    #[test]
    fn a_site_cannot_fill_the_memory_with_cookies() {
        let mut jar = jar("https://a.example");
        let url = Url::parse("https://a.example/").unwrap();
        for number in 0..10_000 {
            jar.learn(&url, &SetCookie::parse(&format!("c{number}={}", "x".repeat(1000))));
        }
        jar.learn(&url, &SetCookie::parse(&format!("long={}", "x".repeat(5000))));
        assert!(jar.cookies.len() <= MOST && header(&jar, "https://a.example/").len() < 2 * LARGEST);
    }
}
