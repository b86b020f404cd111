//! What a site is asked from outside: the pages and files that its entry page names, the pages that the user
//! names or lets it follow, errors, redirects, unusual methods, framed requests, oversized and malformed ones.
//! It never posts, except that `sign_in` sends the forms of a recipe first. Requests go one after the other,
//! and their number and time are bounded.

mod around;
mod entry;
mod frontier;
mod options;
mod pages;
mod problem;
mod record;
mod unframed;
mod visit;

pub(super) use self::around::{as_file, framed};
pub use self::options::{LONGEST, Options};
pub use self::problem::ProbeProblem;
pub use self::visit::VisitedPage;

use std::io;
use std::time::{Duration, Instant};

use url::Url;

use super::judge::{self, Circumstances, Finding, ServerProgram, Severity};
use super::links::{shown, target};
use super::report::Report;
use super::response::Response;
use super::rules::Rule;
use super::session::Session;
use super::sign_in;
use super::sites::SiteUrl;
use super::wire::{Request, Wire};
use crate::domain::Origin;
use crate::route_map::{RouteKind, RouteMap};

/// The most requests, without those for pages that the user names or lets it follow.
const MOST: usize = 200;
/// A page is asked for once, and once more if browsers would store it.
const REQUESTS_PER_PAGE: usize = 2;
/// How much longer it may take for each of those pages.
pub const LONGER_PER_PAGE: Duration = Duration::from_secs(1);

/// A check that has ended.
pub struct Checked {
    /// What was found.
    pub report: Report,
    /// The first pages that were opened as a person opens them, in order, and an error page.
    pub pages: Vec<VisitedPage>,
    /// How many more pages were opened.
    pub more_pages: usize,
    /// As whom the site was asked, for further requests to it.
    pub session: Session,
}

/// Checks a site. `routes` is our own URL table: where the site turns out to run this program, each of its
/// pages is checked.
///
/// # Errors
/// A [`ProbeProblem`], when there is nothing to check.
pub async fn run(url: &str, options: &Options, routes: &RouteMap) -> Result<Checked, ProbeProblem> {
    let site = SiteUrl::parse(url)?;
    let parsed = site.url();
    let named = options.paths.iter().map(|path| named_page(parsed, path)).collect::<Result<Vec<_>, _>>()?;
    let mut probe = Probe::new(site.origin(), options, routes)?;
    let signed_in = match &options.credentials.recipe {
        Some(recipe) => {
            let deadline = probe.start + probe.longest();
            Some(sign_in::run(&mut probe.session, parsed, recipe, deadline).await?)
        }
        None => None,
    };
    probe.sign_in_page = signed_in.as_ref().map(|signed_in| signed_in.page.clone());
    let (entry, page) = probe.enter(parsed).await?;
    for opened in signed_in.into_iter().flat_map(|signed_in| signed_in.opened) {
        probe.judge(&format!("{}, to sign in", opened.place), &opened.url, &opened.response, false);
    }
    let named: Vec<Url> = named.iter().map(|page| at_origin_of(&entry, page)).collect();
    probe.look_around(&entry, &page, &named).await;
    Ok(probe.finish())
}

/// A page that `--path` names.
fn named_page(site: &Url, path: &str) -> Result<Url, ProbeProblem> {
    let url = Some(path).filter(|path| path.starts_with('/')).and_then(|path| site.join(path).ok());
    let mut url =
        url.filter(|url| url.origin() == site.origin()).ok_or_else(|| ProbeProblem::Path(path.to_owned()))?;
    url.set_fragment(None);
    Ok(url)
}

/// A page on the origin to which the entry page has led.
fn at_origin_of(entry: &Url, page: &Url) -> Url {
    let mut moved = entry.clone();
    moved.set_path(page.path());
    moved.set_query(page.query());
    moved
}

struct Probe<'a> {
    session: Session,
    report: Report,
    options: &'a Options,
    server: ServerProgram,
    routes: &'a RouteMap,
    /// The site runs this program: only embeddable routes may be framed.
    unframed: bool,
    /// The site's pages say who may frame them.
    pages_are_denied: bool,
    pages: Vec<VisitedPage>,
    more_pages: usize,
    asked: usize,
    start: Instant,
    not_asked: Vec<String>,
    /// The page on which the recipe began.
    sign_in_page: Option<Url>,
    /// Requests that led to a sign-in page although the check is signed in.
    signed_out: Vec<String>,
    /// Where and with what status the entry page answered with an error.
    entry_error: Option<String>,
    /// A page that the user names has opened.
    named_opened: bool,
}

impl<'a> Probe<'a> {
    fn new(origin: &Origin, options: &'a Options, routes: &'a RouteMap) -> Result<Self, ProbeProblem> {
        Ok(Self {
            session: Session::new(to(origin, options)?, &options.credentials),
            report: Report::new(origin.as_str()),
            options,
            server: ServerProgram::Unknown,
            routes,
            unframed: false,
            pages_are_denied: false,
            pages: Vec::new(),
            more_pages: 0,
            asked: 0,
            start: Instant::now(),
            not_asked: Vec::new(),
            sign_in_page: None,
            signed_out: Vec::new(),
            entry_error: None,
            named_opened: false,
        })
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
                self.miss(&format!("{place}: {error}"));
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
        let result = self.session.ask(url, change(Request::navigation(method, &target(url)))).await;
        if let Ok(response) = &result {
            self.judge(place, url, response, false);
        }
        Some(result)
    }

    fn may_ask(&mut self, place: &str) -> bool {
        let may = self.asked < self.most() && self.start.elapsed() < self.longest();
        if may {
            self.asked += 1;
        } else {
            self.not_asked.push(place.to_owned());
        }
        may
    }

    /// The number of pages that the user names or lets it follow.
    fn wanted(&self) -> usize {
        self.options.paths.len() + self.options.crawl
    }

    fn most(&self) -> usize {
        MOST + REQUESTS_PER_PAGE * self.wanted()
    }

    fn longest(&self) -> Duration {
        let pages = u32::try_from(self.wanted()).unwrap_or(u32::MAX);
        self.options.longest.saturating_add(LONGER_PER_PAGE.saturating_mul(pages))
    }

    fn silence(&mut self, place: &str, error: &io::Error) {
        let finding = note(
            Rule::ProbeSilence,
            format!("no answer: {error}"),
            "shows an error page of its own",
            "nothing, if this is intended",
        );
        self.find(place, finding);
    }

    fn judge(&mut self, place: &str, url: &Url, response: &Response, malformed: bool) {
        let server = ServerProgram::of(response);
        if server != ServerProgram::Unknown {
            self.server = server;
        }
        let mut findings = judge::judge(response, self.circumstances(url, malformed));
        // A finding on pages is not repeated for the answer to a malformed request.
        findings.retain(|finding| !(malformed && self.report.has(finding)));
        self.answer(&format!("{place} ({})", response.status), findings);
    }

    fn circumstances(&self, url: &Url, malformed: bool) -> Circumstances {
        let origin = self.session.origin();
        Circumstances {
            https: origin.is_https(),
            is_loopback: origin.is_loopback(),
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

fn to(origin: &Origin, options: &Options) -> Result<Wire, ProbeProblem> {
    Wire::to(origin, &options.network)
        .map_err(|cause| ProbeProblem::NoTls { site: entry::both_forms(origin), cause })
}
