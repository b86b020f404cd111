//! The way into a site: its entry page, and the redirects before it.

use std::io;

use url::Url;

use super::{Probe, ProbeProblem, note, to};
use crate::domain::Origin;
use crate::verify::judge::{self, Finding, Reach, Severity};
use crate::verify::links::{redirect, shown, sounds_like_an_action, target};
use crate::verify::response::Response;
use crate::verify::rules::Rule;
use crate::verify::session::Session;
use crate::verify::wire::{Request, is_not_http};

const REDIRECTS: usize = 5;
/// The most bytes of the target of a redirect in which secrets are looked for; fewer are shown.
const LONGEST_TARGET: usize = 16 * 1024;

impl Probe<'_> {
    /// The entry page, after redirects within the site.
    pub(super) async fn enter(&mut self, url: &Url) -> Result<(Url, Response), ProbeProblem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let request = Request::navigation("GET", &target(&url));
            let response =
                self.session.visit(&url, request).await.map_err(|error| self.unreachable(error))?;
            self.unframed |= super::unframed::is_ours(&response);
            let place = format!("GET {}", shown(&url));
            self.judge(&place, &url, &response, false);
            self.note_page(&url, &response);
            let Some(next) = redirect(&url, &response) else {
                self.pages_are_denied = judge::reach(&response) != Reach::Anyone;
                self.check_encryption();
                self.check_name(&url);
                self.check_entry(&place, &response);
                return Ok((url, response));
            };
            if self.start.elapsed() >= self.longest() {
                self.not_asked.push(format!("GET {}", shown(&next)));
                return Ok((url, response));
            }
            if self.session.is_signed() && sounds_like_an_action(&next) {
                self.leave_action_alone(&place, &next);
                return Ok((url, response));
            }
            if next.origin() != url.origin() {
                let origin = Origin::parse(&next.origin().ascii_serialization()).ok();
                // What the check was given is for the origin that the user wrote.
                let origin = origin.filter(|_| same_site(&url, &next) && !self.session.is_signed());
                let Some(origin) = origin else {
                    self.go_no_further(&place, &next);
                    return Ok((url, response));
                };
                self.session = Session::new(to(&origin, self.options)?, &self.options.credentials);
            }
            url = next;
        }
        Err(ProbeProblem::TooManyRedirects { site: both_forms(self.session.origin()), most: REDIRECTS })
    }

    /// Notes that the entry page leads to an action, which is not carried out with the user's session.
    fn leave_action_alone(&mut self, place: &str, next: &Url) {
        let goes = format!("redirects to {}, which sounds like an action, such as signing out", shown(next));
        self.miss(&format!("{place} {goes}: it was not followed, so the page behind it was not checked"));
        let change = "run the check with the URL of another page";
        self.find(place, note(Rule::CrawlAction, goes, "follows the redirect", change));
    }

    /// Notes that the site leads to another one, which is not asked.
    fn go_no_further(&mut self, place: &str, next: &Url) {
        let goes = self.miss_elsewhere(place, next);
        let change = "to check that site, too, run the check with its URL";
        self.find(place, note(Rule::ProbeElsewhere, goes, "follows the redirect", change));
    }

    /// Adds another site, to which a page leads, as not checked. Returns where it leads.
    pub(super) fn miss_elsewhere(&mut self, place: &str, next: &Url) -> String {
        // Hidden first: a secret that is cut is no longer recognized.
        let next = self.session.hide(&start(next.as_str(), LONGEST_TARGET));
        let goes = format!("redirects to {}", next.chars().take(200).collect::<String>());
        if self.session.is_signed() {
            self.miss(&format!(
                "{place} {goes}: cookies, headers and secrets are never sent to another origin; run the check with that URL"
            ));
        } else {
            self.miss(&format!("{place} {goes}: that site was not checked"));
        }
        goes
    }

    fn unreachable(&self, cause: io::Error) -> ProbeProblem {
        let site = both_forms(self.session.origin());
        if is_not_http(&cause) {
            ProbeProblem::NotHttp { site, cause }
        } else {
            ProbeProblem::Unreachable { site, cause }
        }
    }

    fn check_encryption(&mut self) {
        let origin = self.session.origin();
        if !origin.is_https() && !origin.is_loopback() {
            let finding = Finding::new(
                Severity::High,
                Rule::TransportPlain,
                "the site answers over plain http",
                "shows whatever anyone on the network path makes of the page, and sends no Sec-Fetch headers, so the server cannot recognize framed requests",
                "redirect every request to https",
            );
            let place = origin.to_string();
            self.find(&place, finding);
        }
    }

    /// A name in another script may look like a name in Latin letters.
    fn check_name(&mut self, url: &Url) {
        let ascii = url.host_str().unwrap_or_default().to_owned();
        let Some(unicode) = unicode_name(&ascii) else { return };
        let finding = note(
            Rule::ProbeInternationalName,
            format!("`{ascii}` is the name `{unicode}`"),
            "shows one or the other",
            "nothing, if this is the name that you mean",
        );
        self.find(&format!("GET {}", shown(url)), finding);
    }

    /// An error page or an empty one as the entry page says little about the site, so the check is incomplete without named pages.
    fn check_entry(&mut self, place: &str, response: &Response) {
        if (200..300).contains(&response.status) && response.body.is_empty() && !response.cut {
            self.entry_error = Some(format!("{place} answers {} with an empty body", response.status));
            return;
        }
        if (200..400).contains(&response.status) || (self.unframed && response.status == 403) {
            return;
        }
        let mut finding = note(
            Rule::ProbeEntry,
            format!("the entry page answers {}", response.status),
            "shows an error page",
            "use the URL of a page; if a browser shows a page at this URL, find out what changes Sec-Fetch-Dest, Sec-Fetch-Mode or Sec-Fetch-Site on the way",
        );
        if self.unframed {
            finding.severity = Severity::Medium;
        }
        self.find(place, finding);
        // A session that does not open the page is reported as such.
        if !(response.status == 401 && self.session.is_signed()) {
            self.entry_error = Some(format!("{place} answers {}", response.status));
        }
    }
}

/// An origin as it is on the wire and, where its name is in another script, as people write it.
pub(super) fn both_forms(origin: &Origin) -> String {
    let unicode = unicode_name(origin.host());
    unicode.map_or_else(|| origin.to_string(), |unicode| format!("{origin} ({unicode})"))
}

/// The name that Punycode stands for, if the host has one.
fn unicode_name(host: &str) -> Option<String> {
    let (unicode, valid) = idna::domain_to_unicode(host);
    (valid.is_ok() && unicode != host).then_some(unicode)
}

/// A text, cut where it is too long.
fn start(text: &str, longest: usize) -> String {
    text.get(..longest).map_or_else(|| text.to_owned(), |start| format!("{start}…"))
}

/// Whether two URLs differ at most in the scheme with its default port, and a leading `www.`. Another port may belong to
/// another owner.
fn same_site(from: &Url, to: &Url) -> bool {
    let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    bare(from) == bare(to) && from.port() == to.port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_the_same_on_https_and_with_www_but_not_at_another_port() {
        for (from, to, same) in [
            ("http://a.example/", "https://a.example/b", true),
            ("http://a.example/", "https://www.a.example:443/", true),
            ("https://www.a.example/", "http://a.example:80/", true),
            ("http://a.example:8080/", "http://www.a.example:8080/", true),
            ("http://a.example/", "https://a.example:8443/", false),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:6379/", false),
            ("https://a.example:8443/", "https://a.example/", false),
            ("https://a.example/", "https://b.a.example/", false),
        ] {
            let (from, to) = (Url::parse(from).unwrap(), Url::parse(to).unwrap());
            assert_eq!(same_site(&from, &to), same, "{from} {to}");
        }
    }
}
