//! What a site is asked from outside: the pages and files that its entry page names, errors, redirects,
//! unusual methods, framed requests, oversized and malformed ones. It never posts, and sends at most `MOST`
//! requests, one after the other, within `LONGEST`.

mod around;
mod problem;
mod unframed;

pub(super) use self::around::{as_file, framed};
pub use self::problem::ProbeProblem;

use std::io;
use std::time::{Duration, Instant};

use url::Url;

use super::judge::{self, Circumstances, Finding, Reach, ServerProgram, Severity};
use super::report::Report;
use super::response::Response;
use super::rules::Rule;
use super::sites::SiteUrl;
use super::wire::{Request, Wire, is_not_http};
use crate::domain::Origin;
use crate::route_map::{RouteKind, RouteMap};

/// The most requests.
const MOST: usize = 200;
/// The longest that a check may take.
pub const LONGEST: Duration = Duration::from_secs(90);
const REDIRECTS: usize = 5;

/// Checks a site for at most this long. `routes` is our own URL table: where the site turns out to run this
/// program, each of its pages is checked.
///
/// # Errors
/// A [`ProbeProblem`], when there is nothing to check.
pub async fn run(url: &str, longest: Duration, routes: &RouteMap) -> Result<Report, ProbeProblem> {
    let site = SiteUrl::parse(url)?;
    let mut probe = Probe::new(site.origin(), longest, routes)?;
    let (entry, page) = probe.enter(site.url()).await?;
    probe.look_around(&entry, &page).await;
    Ok(probe.finish())
}

struct Probe<'a> {
    wire: Wire,
    report: Report,
    server: ServerProgram,
    routes: &'a RouteMap,
    /// The site runs this program: only embeddable routes may be framed.
    unframed: bool,
    /// The site's pages say who may frame them.
    pages_are_denied: bool,
    asked: usize,
    start: Instant,
    longest: Duration,
    not_asked: Vec<String>,
}

impl<'a> Probe<'a> {
    fn new(origin: &Origin, longest: Duration, routes: &'a RouteMap) -> Result<Self, ProbeProblem> {
        Ok(Self {
            wire: to(origin)?,
            report: Report::new(origin.as_str()),
            server: ServerProgram::Unknown,
            routes,
            unframed: false,
            pages_are_denied: false,
            asked: 0,
            start: Instant::now(),
            longest,
            not_asked: Vec::new(),
        })
    }

    /// The entry page, after redirects within the site.
    async fn enter(&mut self, url: &Url) -> Result<(Url, Response), ProbeProblem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let request = Request::navigation("GET", &target(&url));
            let response = self.wire.ask(&request).await.map_err(|error| self.unreachable(error))?;
            self.unframed |= unframed::is_ours(&response);
            let place = format!("GET {}", shown(&url));
            self.judge(&place, &url, &response, false);
            let next = match response.first("location") {
                Some(location) if (300..400).contains(&response.status) => url.join(location).ok(),
                _ => None,
            };
            let Some(next) = next else {
                self.pages_are_denied = judge::reach(&response) != Reach::Anyone;
                self.check_encryption();
                self.check_entry(&place, &response);
                return Ok((url, response));
            };
            if next.origin() != url.origin() {
                let origin = Origin::parse(&next.origin().ascii_serialization());
                match origin {
                    Ok(origin) if same_site(&url, &next) => self.wire = to(&origin)?,
                    _ => {
                        let goes =
                            format!("redirects to {}", next.as_str().get(..200).unwrap_or(next.as_str()));
                        self.report.miss(format!("{place} {goes}: that site was not checked"));
                        let change = "to check that site, too, run the check with its URL";
                        self.report
                            .find(&place, note(Rule::ProbeElsewhere, goes, "follows the redirect", change));
                        return Ok((url, response));
                    }
                }
            }
            url = next;
        }
        Err(ProbeProblem::TooManyRedirects { site: self.wire.origin().to_string(), most: REDIRECTS })
    }

    fn unreachable(&self, cause: io::Error) -> ProbeProblem {
        let site = self.wire.origin().to_string();
        if is_not_http(&cause) {
            ProbeProblem::NotHttp { site, cause }
        } else {
            ProbeProblem::Unreachable { site, cause }
        }
    }

    fn check_encryption(&mut self) {
        let origin = self.wire.origin();
        if !origin.is_https() && !origin.is_loopback() {
            let finding = Finding::new(
                Severity::High,
                Rule::TransportPlain,
                "the site answers over plain http",
                "shows whatever anyone on the network path makes of the page, and sends no Sec-Fetch headers, so the server cannot recognize framed requests",
                "redirect every request to https",
            );
            let place = origin.to_string();
            self.report.find(&place, finding);
        }
    }

    /// An error page as the entry page says little about the site.
    fn check_entry(&mut self, place: &str, response: &Response) {
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
        self.report.find(place, finding);
    }

    /// Requests a page or a file. Without an answer the check is incomplete.
    async fn ask_page(&mut self, url: &Url, change: impl Fn(Request) -> Request) -> Option<Response> {
        self.ask_at(&format!("GET {}", shown(url)), url, change).await
    }

    async fn ask_at(
        &mut self,
        place: &str,
        url: &Url,
        change: impl Fn(Request) -> Request,
    ) -> Option<Response> {
        let result = self.exchange(place, "GET", url, change).await?;
        result
            .map_err(|error| {
                self.report.miss(format!("{place}: {error}"));
                self.silence(place, &error);
            })
            .ok()
    }

    /// Sends a request that a server may leave without an answer.
    async fn ask_unusual(
        &mut self,
        place: &str,
        method: &str,
        url: &Url,
        change: impl Fn(Request) -> Request,
    ) -> Option<Response> {
        let result = self.exchange(place, method, url, change).await?;
        result.map_err(|error| self.silence(place, &error)).ok()
    }

    async fn exchange(
        &mut self,
        place: &str,
        method: &str,
        url: &Url,
        change: impl Fn(Request) -> Request,
    ) -> Option<io::Result<Response>> {
        if !self.may_ask(place) {
            return None;
        }
        let result = self.wire.ask(&change(Request::navigation(method, &target(url)))).await;
        if let Ok(response) = &result {
            self.judge(place, url, response, false);
        }
        Some(result)
    }

    fn may_ask(&mut self, place: &str) -> bool {
        let may = self.asked < MOST && self.start.elapsed() < self.longest;
        if may {
            self.asked += 1;
        } else {
            self.not_asked.push(place.to_owned());
        }
        may
    }

    /// The report, with the requests that were not sent.
    fn finish(mut self) -> Report {
        if !self.not_asked.is_empty() {
            let stopped = if self.asked < MOST {
                format!("stopped after {} s", self.longest.as_secs())
            } else {
                format!("stopped after {MOST} requests")
            };
            self.report.miss(format!("{stopped}: not asked: {}", self.not_asked.join(", ")));
        }
        self.report
    }

    fn silence(&mut self, place: &str, error: &io::Error) {
        let finding = note(
            Rule::ProbeSilence,
            format!("no answer: {error}"),
            "shows an error page of its own",
            "nothing, if this is intended",
        );
        self.report.find(place, finding);
    }

    fn judge(&mut self, place: &str, url: &Url, response: &Response, malformed: bool) {
        let server = ServerProgram::of(response);
        if server != ServerProgram::Unknown {
            self.server = server;
        }
        let mut findings = judge::judge(response, self.circumstances(url, malformed));
        // A finding on pages is not repeated for the answer to a malformed request.
        findings.retain(|finding| !(malformed && self.report.has(finding)));
        self.report.answer(&format!("{place} ({})", response.status), findings);
    }

    fn circumstances(&self, url: &Url, malformed: bool) -> Circumstances {
        Circumstances {
            https: self.wire.origin().is_https(),
            is_loopback: self.wire.origin().is_loopback(),
            is_address: !matches!(url.host(), Some(url::Host::Domain(_))),
            server: self.server,
            strict: self.unframed && !self.is_embeddable(url),
            unframed: self.unframed,
            pages_are_denied: self.pages_are_denied,
            malformed,
        }
    }

    fn is_embeddable(&self, url: &Url) -> bool {
        self.routes.kind(url.path()) == RouteKind::Embeddable
    }
}

fn note(rule: Rule, what: impl Into<String>, browser: &str, change: &str) -> Finding {
    Finding::new(Severity::Note, rule, what, browser, change)
}

fn to(origin: &Origin) -> Result<Wire, ProbeProblem> {
    Wire::to(origin).map_err(|cause| ProbeProblem::NoTls { site: origin.to_string(), cause })
}

fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn shown(url: &Url) -> String {
    let target = target(url);
    target.get(..80).map_or_else(|| target.clone(), |short| format!("{short}…"))
}

/// Whether two URLs differ at most in the scheme and a leading `www.`.
fn same_site(from: &Url, to: &Url) -> bool {
    let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    bare(from) == bare(to)
}
