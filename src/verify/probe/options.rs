//! How a site is checked, besides its URL.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::verify::session::Credentials;
use crate::verify::wire::Network;

/// The longest that a check may take, without the pages that the user names or lets it follow.
pub const LONGEST: Duration = Duration::from_secs(90);

/// How a site is checked, besides its URL.
#[derive(Clone)]
pub struct Options {
    /// The longest that the check may take; [`LONGER_PER_PAGE`](super::LONGER_PER_PAGE) is added.
    pub longest: Duration,
    /// Proxies and certificate authorities.
    pub network: Network,
    /// As whom the site is asked.
    pub credentials: Credentials,
    /// Paths of pages to check besides the entry page.
    pub paths: Vec<String>,
    /// How many pages are followed from link to link. Zero: a few that the entry page links to.
    pub crawl: usize,
    /// How many opened pages are returned with their responses.
    pub keep: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            longest: LONGEST,
            network: Network::default(),
            credentials: Credentials::default(),
            paths: Vec::new(),
            crawl: 0,
            keep: 0,
        }
    }
}

impl Options {
    /// What decides about the findings, each by the name that the user knows, with a digest. Secrets do not count: their
    /// digests could be guessed, and a session that was renewed finds the same.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, String> {
        let texts = |texts: Vec<String>| texts.into_iter().map(String::into_bytes).collect::<Vec<_>>();
        let authorities = self.network.authorities().map(<[u8]>::to_vec);
        let deciding = [
            ("--path", texts(self.paths.clone())),
            ("--crawl", texts(vec![self.crawl.to_string()])),
            ("--cookie-file", texts(self.credentials.names())),
            ("--cacert", authorities.collect()),
            ("the proxies", texts(self.network.proxy_names())),
            ("the version of unframed", texts(vec![env!("CARGO_PKG_VERSION").to_owned()])),
        ];
        deciding.map(|(name, parts)| (name.to_owned(), digest(parts))).into()
    }
}

/// The digest of a set of texts.
fn digest(mut parts: Vec<Vec<u8>>) -> String {
    parts.sort();
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(Sha256::digest(part)));
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::wire::Proxies;

    #[test]
    fn each_option_that_decides_about_findings_has_a_digest_and_no_secret_counts() {
        let plain = Options::default().digests();
        let proxies = |url: &str| {
            let proxies = Proxies::read(|name| (name == "https_proxy").then(|| url.to_owned())).unwrap();
            Network::new(proxies, None).unwrap()
        };
        let cookies = |text: &str| {
            let mut credentials = Credentials::default();
            credentials.add_cookies(text).unwrap();
            Options { credentials, ..Options::default() }
        };
        let network = |url: &str| Options { network: proxies(url), ..Options::default() };
        for (name, changed) in [
            ("--path", Options { paths: vec!["/a".to_owned()], ..Options::default() }),
            ("--crawl", Options { crawl: 1, ..Options::default() }),
            ("--cookie-file", cookies("a=1")),
            ("the proxies", network("http://p:1")),
        ] {
            let changed = changed.digests();
            let names: Vec<&String> = plain.keys().filter(|key| plain[*key] != changed[*key]).collect();
            assert_eq!(names, [name]);
        }
        let two = |first: &str, second: &str| {
            Options { paths: vec![first.to_owned(), second.to_owned()], ..Options::default() }.digests()
        };
        assert_eq!(two("/a", "/b"), two("/b", "/a"));
        assert_ne!(two("/a", "/b"), two("/a/b", ""));
        assert_eq!(cookies("a=secret; b=2").digests(), cookies("b=other; a=3").digests());
        assert_eq!(network("http://p:1").digests(), network("http://ada:secret@p:1").digests());
    }
}
