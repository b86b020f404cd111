//! What is asked of a site from outside: pages and files that its entry page names, errors,
//! redirects, odd methods, a framed request, too much and nonsense. Nothing is ever posted; at most
//! `MOST` requests, one after the other, within `LONGEST`.

use std::io;
use std::time::{Duration, Instant};

use url::Url;
use uuid::Uuid;

use super::judge::{self, Circumstances, Finding, Server, Severity};
use super::links::collect;
use super::report::Report;
use super::response::Response;
use super::wire::{Request, Wire};
use crate::domain::Origin;
use crate::routes;

/// The most requests.
const MOST: usize = 60;
/// The longest that all of it may take.
const LONGEST: Duration = Duration::from_secs(90);
/// The most pages and the most files that are followed.
const PAGES: usize = 10;
const FILES: usize = 8;
const REDIRECTS: usize = 5;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ProbeProblem {
    /// Not an address of a web site.
    #[error("--url {0}: give it as https://account.example.com")]
    Url(String),
    /// Nobody answered.
    #[error("{site} cannot be reached: {cause}")]
    Unreachable {
        /// Whom we asked.
        site: String,
        /// Why it failed.
        cause: String,
    },
}

/// Looks at a site.
///
/// # Errors
/// A [`ProbeProblem`], when there is nothing to look at.
pub async fn run(url: &str) -> Result<Report, ProbeProblem> {
    let unusable = || ProbeProblem::Url(url.to_owned());
    let parsed = Url::parse(url).map_err(|_invalid| unusable())?;
    let origin = Origin::parse(&parsed.origin().ascii_serialization()).map_err(|_opaque| unusable())?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(unusable());
    }
    let mut probe = Probe::new(&origin)?;
    let (entry, page) = probe.enter(&parsed).await?;
    probe.look_around(&entry, &page).await;
    Ok(probe.report)
}

struct Probe {
    wire: Wire,
    report: Report,
    server: Server,
    /// It is unframed: nothing of it may be framed.
    strict: bool,
    asked: usize,
    start: Instant,
}

impl Probe {
    fn new(origin: &Origin) -> Result<Self, ProbeProblem> {
        Ok(Self {
            wire: to(origin)?,
            report: Report::new(origin.as_str()),
            server: Server::Unknown,
            strict: false,
            asked: 0,
            start: Instant::now(),
        })
    }

    /// The entry page, behind its redirects within the site.
    async fn enter(&mut self, url: &Url) -> Result<(Url, Response), ProbeProblem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let request = Request::navigation("GET", &target(&url));
            let response = self.wire.ask(&request).await.map_err(|error| ProbeProblem::Unreachable {
                site: self.wire.origin().to_string(),
                cause: error.to_string(),
            })?;
            self.strict |= response.text().contains(" · unframed</title>");
            self.note(&format!("GET {}", shown(&url)), &response, false);
            let next = match response.first("location") {
                Some(location) if (300..400).contains(&response.status) => url.join(location).ok(),
                _ => None,
            };
            let Some(next) = next else {
                self.check_encryption();
                return Ok((url, response));
            };
            if next.origin() != url.origin() {
                let origin = Origin::parse(&next.origin().ascii_serialization());
                match origin {
                    Ok(origin) if same_site(&url, &next) => self.wire = to(&origin)?,
                    _ => {
                        self.report.find(
                            &format!("GET {}", shown(&url)),
                            note(
                                "probe/elsewhere",
                                format!("redirects to {next}"),
                                "goes there",
                                "to look at that site too, give its address",
                            ),
                        );
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

    async fn look_around(&mut self, entry: &Url, page: &Response) {
        let (mut pages, mut files) = (Vec::new(), Vec::new());
        collect(entry, page, &mut pages, &mut files);
        if self.strict {
            pages.extend(known_pages(entry));
        }
        pages.retain(|url| url != entry);
        pages.dedup();
        let mut stored = vec![(entry.clone(), page.clone())];
        for url in pages.into_iter().take(PAGES + if self.strict { PAGES } else { 0 }) {
            if let Some(response) = self.ask("GET", &url, |request| request).await {
                collect(&url, &response, &mut Vec::new(), &mut files);
            }
        }
        for (url, dest) in files.into_iter().take(FILES) {
            let as_file = |request: Request| {
                let request = request.with("sec-fetch-dest", dest).with("sec-fetch-mode", "no-cors");
                request.with("sec-fetch-site", "same-origin").with("sec-fetch-user", "")
            };
            if let Some(response) = self.ask("GET", &url, as_file).await {
                stored.push((url, response));
            }
        }
        for (url, response) in stored {
            self.ask_again(&url, &response).await;
        }
        self.ask_oddly(entry).await;
        self.ask_framed(entry).await;
        self.ask_too_much(entry).await;
    }

    /// With the validators of what was sent: a 304 changes the headers of the stored copy.
    async fn ask_again(&mut self, url: &Url, response: &Response) {
        let validators = [("etag", "if-none-match"), ("last-modified", "if-modified-since")];
        let given: Vec<(&str, &str)> =
            validators.iter().filter_map(|(of, with)| Some((*with, response.first(of)?))).collect();
        if !given.is_empty() {
            let with = |request: Request| {
                given.iter().fold(request, |request, (name, value)| request.with(name, value))
            };
            self.ask("GET", url, with).await;
        }
    }

    async fn ask_oddly(&mut self, entry: &Url) {
        for method in ["HEAD", "OPTIONS", "VERIFY"] {
            self.ask(method, entry, |request| request).await;
        }
        let missing = format!("/unframed-verify-{}", Uuid::new_v4().simple());
        for path in [missing.as_str(), "/static/unframed-verify.css", "/%ff%00", "/..%2f"] {
            if let Ok(url) = entry.join(path) {
                self.ask("GET", &url, |request| request).await;
            }
        }
    }

    async fn ask_framed(&mut self, entry: &Url) {
        let framed = |request: Request| {
            request
                .with("sec-fetch-dest", "iframe")
                .with("sec-fetch-site", "cross-site")
                .with("sec-fetch-user", "")
        };
        let Some(response) = self.ask_as("GET, framed", "GET", entry, framed).await else { return };
        if response.status < 400 {
            let place = format!("GET {}, framed", shown(entry));
            let finding = if self.strict {
                Finding {
                    severity: Severity::High,
                    rule: "gate/open",
                    what: "a request for a frame is answered like any other".to_owned(),
                    browser: "relies on the response headers alone".to_owned(),
                    change: "let the proxy pass Sec-Fetch-Dest, Sec-Fetch-Mode and Sec-Fetch-Site on"
                        .to_owned(),
                }
            } else {
                note(
                    "gate/none",
                    "a request for a frame is answered like any other",
                    "relies on the response headers alone",
                    "a server may refuse `Sec-Fetch-Dest: iframe` itself: that holds where headers get lost",
                )
            };
            self.report.find(&place, finding);
        }
    }

    async fn ask_too_much(&mut self, entry: &Url) {
        let mut long = entry.clone();
        long.set_query(Some(&"a".repeat(16_000)));
        self.ask_as("GET with an address of 16 kB", "GET", &long, |request| request).await;
        let oversized = "a".repeat(160_000);
        let with = |request: Request| request.with("cookie", &format!("oversized={oversized}"));
        self.ask_as("GET with a cookie of 160 kB", "GET", entry, with).await;
        let host = entry.host_str().unwrap_or_default();
        for (place, bytes) in [
            ("a request without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned()),
            ("a header line without a colon", format!("GET / HTTP/1.1\r\nHost: {host}\r\nnonsense\r\n\r\n")),
            ("a request that is no HTTP", "NONSENSE\r\n\r\n".to_owned()),
        ] {
            if !self.may_ask() {
                return;
            }
            // No answer at all shows nothing, so nothing is wrong with it.
            if let Ok(response) = self.wire.ask_raw(bytes.as_bytes(), false).await {
                self.note(place, &response, true);
            }
        }
    }

    async fn ask(
        &mut self,
        method: &str,
        url: &Url,
        change: impl Fn(Request) -> Request,
    ) -> Option<Response> {
        self.ask_as(&format!("{method} {}", shown(url)), method, url, change).await
    }

    async fn ask_as(
        &mut self,
        place: &str,
        method: &str,
        url: &Url,
        change: impl Fn(Request) -> Request,
    ) -> Option<Response> {
        if !self.may_ask() {
            return None;
        }
        match self.wire.ask(&change(Request::navigation(method, &target(url)))).await {
            Ok(response) => {
                self.note(place, &response, false);
                Some(response)
            }
            Err(error) => {
                self.silence(place, &error);
                None
            }
        }
    }

    fn may_ask(&mut self) -> bool {
        self.asked += 1;
        self.asked <= MOST && self.start.elapsed() < LONGEST
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

    fn note(&mut self, place: &str, response: &Response, malformed: bool) {
        let server = Server::of(response);
        if server != Server::Unknown {
            self.server = server;
        }
        let circumstances = Circumstances {
            https: self.wire.origin().is_https(),
            server: self.server,
            strict: self.strict,
            malformed,
        };
        let findings = judge::judge(response, circumstances);
        self.report.answer(&format!("{place} ({})", response.status), findings);
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

/// The pages of unframed that can be asked for without an account.
fn known_pages(entry: &Url) -> Vec<Url> {
    let table = routes::table();
    let paths = table.iter().filter(|entry| entry.methods.contains(&actix_web::http::Method::GET));
    paths.filter(|entry| !entry.path.contains('{')).filter_map(|known| entry.join(known.path).ok()).collect()
}
