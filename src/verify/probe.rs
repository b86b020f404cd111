//! What is asked of a site from outside: pages and files that its entry page names, errors,
//! redirects, odd methods, framed requests, too much and nonsense. Nothing is ever posted; at most
//! `MOST` requests, one after the other, within `LONGEST`.

mod around;
mod problem;
mod unframed;

pub(super) use self::around::{as_file, framed};
pub use self::problem::ProbeProblem;
pub(super) use self::unframed::is_embeddable;

use std::io;
use std::time::{Duration, Instant};

use url::Url;

use super::judge::{self, Circumstances, Finding, Reach, Server, Severity};
use super::report::Report;
use super::response::Response;
use super::wire::{Request, Wire, is_no_http};
use crate::domain::Origin;

/// The most requests.
const MOST: usize = 100;
/// The longest that all of it may take.
pub const LONGEST: Duration = Duration::from_secs(90);
const REDIRECTS: usize = 5;

/// Looks at a site, for so long at most.
///
/// # Errors
/// A [`ProbeProblem`], when there is nothing to look at.
pub async fn run(url: &str, longest: Duration) -> Result<Report, ProbeProblem> {
    // What cannot be read as a URL may hold a password all the same.
    let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("…@{host}"));
    let unusable = || ProbeProblem::Url(shown.clone());
    let parsed = Url::parse(url).map_err(|_invalid| unusable())?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(ProbeProblem::Credentials);
    }
    let origin = Origin::parse(&parsed.origin().ascii_serialization()).map_err(|_opaque| unusable())?;
    let mut probe = Probe::new(&origin, longest)?;
    let (entry, page) = probe.enter(&parsed).await?;
    probe.look_around(&entry, &page).await;
    Ok(probe.finish())
}

struct Probe {
    wire: Wire,
    report: Report,
    server: Server,
    /// The site runs this program: nothing of it may be framed but what is registered for that.
    unframed: bool,
    /// Its pages say who may frame them.
    pages_are_denied: bool,
    asked: usize,
    start: Instant,
    longest: Duration,
    not_asked: Vec<String>,
}

impl Probe {
    fn new(origin: &Origin, longest: Duration) -> Result<Self, ProbeProblem> {
        Ok(Self {
            wire: to(origin)?,
            report: Report::new(origin.as_str()),
            server: Server::Unknown,
            unframed: false,
            pages_are_denied: false,
            asked: 0,
            start: Instant::now(),
            longest,
            not_asked: Vec::new(),
        })
    }

    /// The entry page, behind its redirects within the site.
    async fn enter(&mut self, url: &Url) -> Result<(Url, Response), ProbeProblem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let request = Request::navigation("GET", &target(&url));
            let response = self.wire.ask(&request).await.map_err(|error| self.unreachable(&error))?;
            self.unframed |= unframed::is_ours(&response);
            let place = format!("GET {}", shown(&url));
            self.note(&place, &url, &response, false);
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
                        self.report.miss(format!("{place} {goes}: that site was not looked at"));
                        let change = "to look at that site too, give its address";
                        self.report.find(&place, note("probe/elsewhere", goes, "goes there", change));
                        return Ok((url, response));
                    }
                }
            }
            url = next;
        }
        Err(ProbeProblem::Unreachable {
            site: self.wire.origin().to_string(),
            cause: format!("more than {REDIRECTS} redirects"),
        })
    }

    fn unreachable(&self, error: &io::Error) -> ProbeProblem {
        let (site, cause) = (self.wire.origin().to_string(), error.to_string());
        if is_no_http(error) {
            ProbeProblem::NotHttp { site, cause }
        } else {
            ProbeProblem::Unreachable { site, cause }
        }
    }

    fn check_encryption(&mut self) {
        let origin = self.wire.origin();
        if !origin.is_https() && !origin.is_loopback() {
            let finding = Finding {
                severity: Severity::High,
                rule: "transport/plain",
                what: "the site answers over plain http".to_owned(),
                browser: "shows what anybody on the way makes of it, and sends no Sec-Fetch headers: a server cannot tell a framed request".to_owned(),
                change: "redirect every request to https".to_owned(),
            };
            let place = origin.to_string();
            self.report.find(&place, finding);
        }
    }

    /// An error in the place of a page says little of the site.
    fn check_entry(&mut self, place: &str, response: &Response) {
        if (200..400).contains(&response.status) || (self.unframed && response.status == 403) {
            return;
        }
        let mut finding = note(
            "probe/entry",
            format!("the entry page answers {}", response.status),
            "shows an error page",
            "give an address that answers with a page; if a browser shows one there, look for what changes the headers Sec-Fetch-Dest, Sec-Fetch-Mode and Sec-Fetch-Site on the way",
        );
        if self.unframed {
            finding.severity = Severity::Medium;
        }
        self.report.find(place, finding);
    }

    /// A page or a file: its silence leaves the check incomplete.
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

    /// What a server may leave without an answer.
    async fn ask_oddly(
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
            self.note(place, url, response, false);
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

    /// The report, which says what was left out.
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
            "probe/silence",
            format!("no answer: {error}"),
            "shows an error page of its own",
            "nothing, if it is meant so",
        );
        self.report.find(place, finding);
    }

    fn note(&mut self, place: &str, url: &Url, response: &Response, malformed: bool) {
        let server = Server::of(response);
        if server != Server::Unknown {
            self.server = server;
        }
        let mut findings = judge::judge(response, self.circumstances(url, malformed));
        // What pages were found to lack need not be said of the answer to nonsense again.
        findings.retain(|finding| !(malformed && self.report.has(finding)));
        self.report.answer(&format!("{place} ({})", response.status), findings);
    }

    fn circumstances(&self, url: &Url, malformed: bool) -> Circumstances {
        Circumstances {
            https: self.wire.origin().is_https(),
            is_loopback: self.wire.origin().is_loopback(),
            is_address: !matches!(url.host(), Some(url::Host::Domain(_))),
            server: self.server,
            strict: self.unframed && !is_embeddable(url.path()),
            unframed: self.unframed,
            pages_are_denied: self.pages_are_denied,
            malformed,
        }
    }
}

fn note(rule: &'static str, what: impl Into<String>, browser: &str, change: &str) -> Finding {
    Finding {
        severity: Severity::Note,
        rule,
        what: what.into(),
        browser: browser.to_owned(),
        change: change.to_owned(),
    }
}

fn to(origin: &Origin) -> Result<Wire, ProbeProblem> {
    Wire::to(origin).map_err(|cause| ProbeProblem::Unreachable { site: origin.to_string(), cause })
}

fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn shown(url: &Url) -> String {
    let target = target(url);
    target.get(..80).map_or_else(|| target.clone(), |short| format!("{short}…"))
}

/// http to https, and with `www.` or without.
fn same_site(from: &Url, to: &Url) -> bool {
    let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    bare(from) == bare(to)
}
