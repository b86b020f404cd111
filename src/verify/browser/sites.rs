//! Where the attacker's pages are: on another site, on a sibling of the target, and on the origins that the
//! target's policies list. The browser is told that these names lead to this machine.

use url::Url;
use uuid::Uuid;

use super::programs::Browser;
use super::server::Server;
use crate::domain::Origin;
use crate::verify::judge::{Reach, listed_origins};

/// The most listed origins that are tried.
const MOST_LISTED: usize = 4;

/// Where a site of the attacker stands to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is another site.
    Other,
    /// It is the same site, and another origin: the browser sends SameSite cookies.
    Sibling,
    /// A policy of the target lists it.
    Listed,
}

/// A site of the attacker.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) kind: Kind,
    pub(super) origin: Origin,
}

/// The names of a check, before anything is served.
#[derive(Debug)]
pub(super) struct Names {
    target: Origin,
    browser: Browser,
    other: String,
    control: String,
    sibling: Option<String>,
    listed: Vec<Origin>,
}

impl Names {
    /// `reaches` says who may frame the pages.
    pub(super) fn new<'a>(
        target: &Origin,
        browser: Browser,
        reaches: impl Iterator<Item = &'a Reach>,
    ) -> Self {
        let random = Uuid::new_v4().simple().to_string();
        let random = random.get(..12).unwrap_or(&random);
        let mut listed: Vec<Origin> = Vec::new();
        for reach in reaches {
            for origin in listed_origins(reach, target, &format!("unframed-verify-{random}")) {
                if !listed.contains(&origin) && listed.len() < MOST_LISTED && origin != *target {
                    listed.push(origin);
                }
            }
        }
        let (other, control) =
            (format!("unframed-verify-{random}.example"), format!("control-{random}.example"));
        let named = matches!(
            Url::parse(target.as_str()).ok().as_ref().and_then(Url::host),
            Some(url::Host::Domain(name)) if name.contains('.')
        );
        let sibling = named.then(|| format!("unframed-verify-{random}.{}", target.host()));
        Self { target: target.clone(), browser, other, control, sibling, listed }
    }

    /// The names that exist only in this check.
    pub(super) fn own(&self) -> Vec<String> {
        let own = [Some(self.other.clone()), Some(self.control.clone()), self.sibling.clone()];
        own.into_iter().flatten().collect()
    }

    /// The names that stand in the certificate.
    pub(super) fn of_certificate(&self) -> Vec<String> {
        let target = self.target.host().trim_matches(['[', ']']).to_owned();
        let listed = self.listed.iter().map(|origin| origin.host().to_owned());
        self.own().into_iter().chain([target]).chain(listed).collect()
    }

    /// The origin of the pages that prove that the vectors work on a site. It has the site's scheme.
    pub(super) fn control(&self, site: &Origin, server: &Server) -> String {
        self.ours(&self.control, site.is_https(), server)
    }

    /// The sites of the attacker.
    pub(super) fn sites(&self, server: &Server) -> Vec<Site> {
        let site = |kind, text: String| Some(Site { kind, origin: Origin::parse(&text).ok()? });
        let sibling = match &self.sibling {
            Some(sibling) => self.ours(sibling, self.target.is_https(), server),
            // An IP address and a single name have no names below them, but other ports.
            None => format!("{}://{}:{}", self.scheme(), self.target.host(), self.port(server)),
        };
        let other = self.ours(&self.other, self.target.is_https(), server);
        let mut sites = vec![site(Kind::Other, other), site(Kind::Sibling, sibling)];
        if self.browser == Browser::Chromium {
            let listed =
                self.listed.iter().map(|origin| Some(Site { kind: Kind::Listed, origin: origin.clone() }));
            sites.extend(listed);
        }
        sites.into_iter().flatten().collect()
    }

    /// What is not tried, and why.
    pub(super) fn left_out(&self) -> Option<String> {
        (self.browser == Browser::Firefox && !self.listed.is_empty()).then(|| {
            "Firefox cannot be told to which port a name leads: pages were not framed from listed origins"
                .to_owned()
        })
    }

    /// Chromium's rules for where these names lead. All other names lead where they always do. `signed`: the browser has
    /// cookies, which know no ports, so the other ports of the target's host lead nowhere.
    pub(super) fn rules(&self, server: &Server, signed: bool) -> String {
        let origins = self.sites(server).into_iter().map(|site| site.origin);
        let control = [true, false].map(|https| Origin::parse(&self.ours(&self.control, https, server)).ok());
        let rule = |origin: Origin| {
            let port = if origin.is_https() { server.https } else { server.http };
            format!("MAP {}:{} 127.0.0.1:{port}", origin.host(), origin.port())
        };
        let mut rules: Vec<String> = origins.chain(control.into_iter().flatten()).map(rule).collect();
        if signed {
            let (host, port) = (self.target.host(), self.target.port());
            // The first rule that fits counts.
            rules.push(format!("MAP {host}:{port} {host}:{port}"));
            rules.push(format!("MAP {host}:* ~NOTFOUND"));
        }
        rules.join(", ")
    }

    /// An origin of ours. Sites have the target's scheme: a page over http must not be framed by one over https,
    /// and a sibling of another scheme is another site.
    fn ours(&self, host: &str, https: bool, server: &Server) -> String {
        let (scheme, port) = if https { ("https", server.https) } else { ("http", server.http) };
        match self.browser {
            Browser::Chromium => format!("{scheme}://{host}"),
            Browser::Firefox => format!("{scheme}://{host}:{port}"),
        }
    }

    fn scheme(&self) -> &'static str {
        if self.target.is_https() { "https" } else { "http" }
    }

    fn port(&self, server: &Server) -> u16 {
        if self.target.is_https() { server.https } else { server.http }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn every_name_is_new_and_below_the_target_where_that_has_a_name() {
        let sources = |sources: &[&str]| Reach::Listed(sources.iter().map(ToString::to_string).collect());
        let reaches =
            [sources(&["https://a", "'self'", "*.b.example"]), sources(&["https://a"]), Reach::Nobody];
        let names = Names::new(&origin("https://shop.example"), Browser::Chromium, reaches.iter());
        assert!(names.sibling.as_ref().unwrap().ends_with(".shop.example"));
        let listed: Vec<&str> = names.listed.iter().map(Origin::as_str).collect();
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert!(listed[0] == "https://a" && listed[1].ends_with(".b.example"), "{listed:?}");
        for target in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]"] {
            assert_eq!(Names::new(&origin(target), Browser::Chromium, [].iter()).sibling, None, "{target}");
        }
        let firefox = |reaches: &[Reach]| {
            Names::new(&origin("https://shop.example"), Browser::Firefox, reaches.iter()).left_out().is_some()
        };
        assert_eq!((firefox(&[Reach::Nobody]), firefox(&reaches)), (false, true));
    }
}
