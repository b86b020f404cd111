//! The walk over our own server: it requests every route by every method, as a guest and as a member, with
//! an id that does not exist and with one that opens a page, and it provokes every error. `commands`
//! starts the server that it walks, on a private database.

mod errors;
mod forms;
mod live_pages;
mod problem;
mod visitor;

pub use self::problem::WalkProblem;

use std::io;
use std::time::Duration;

use url::Url;
use uuid::Uuid;

use self::forms::form_of;
use self::visitor::Visitor;
use super::judge::{self, Circumstances, Finding, Severity};
use super::report::Report;
use super::response::Response;
use super::rules::Rule;
use super::wire::{Request, Wire};
use crate::clock::Clock;
use crate::domain::Origin;
use crate::route_map::{API_FOLDER, ASSET_FOLDER, RouteKind, RouteMap};

/// The longest that a walk may take.
const LONGEST: Duration = Duration::from_secs(300);
/// Every method that HTTP defines for an origin server, and one that it does not define.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "VERIFY"];

/// The server that is walked.
pub struct WalkedServer<'a> {
    /// The port on which it listens, on loopback and without TLS.
    pub port: u16,
    /// The origin that it is configured for, on https.
    pub site: Origin,
    /// The one site that may frame its embeddable pages.
    pub embedder: &'a str,
    /// Its URL table.
    pub routes: RouteMap,
    /// Its clock. The walk advances it where a person would need time.
    pub clock: Clock,
    /// The most bytes that it reads of a form.
    pub form_limit: usize,
    /// An application that hands confirmations over.
    pub application: WalkedApplication,
}

/// An application of the walked server.
pub struct WalkedApplication {
    /// Its secret.
    pub secret: String,
    /// The origin to which users return.
    pub return_origin: &'static str,
}

/// Walks the whole server. `send_mails` sends the queued mails and returns every mail sent so far;
/// `stop_database` stops the server's database, for the last requests.
///
/// # Errors
/// A [`WalkProblem`]: a page that the walk needs did not work, so the walk is not complete.
pub async fn run(
    server: &WalkedServer<'_>,
    send_mails: impl AsyncFn() -> io::Result<Vec<String>>,
    stop_database: impl FnOnce(),
) -> Result<Report, WalkProblem> {
    let mut walk = Walk {
        server,
        base: Url::parse(server.site.as_str())?,
        wire: Wire::behind(&server.site, server.port),
        report: Report::new("this program's own server"),
        used: Vec::new(),
    };
    let walked = tokio::time::timeout(LONGEST, walk.ask_everything(send_mails)).await;
    stop_database();
    walked.map_err(|_elapsed| WalkProblem::TooSlow(LONGEST.as_secs()))??;
    walk.ask_without_database().await;
    Ok(walk.report)
}

struct Walk<'a> {
    server: &'a WalkedServer<'a>,
    /// The site, for the links of its pages.
    base: Url,
    wire: Wire,
    report: Report,
    /// The sign-up links that have created an account.
    used: Vec<String>,
}

impl Walk<'_> {
    async fn ask_everything(
        &mut self,
        send_mails: impl AsyncFn() -> io::Result<Vec<String>>,
    ) -> Result<(), WalkProblem> {
        let guest = Visitor::guest();
        let mut member = self.sign_up(&send_mails).await?;
        let live = self.make_live_pages(&mut member, send_mails).await?;
        self.look_at(&live, &guest, &member).await?;
        for visitor in [&guest, &member] {
            let missing = [
                "/there-is-no-such-page".to_owned(),
                format!("{API_FOLDER}nothing"),
                format!("{ASSET_FOLDER}none/app.css"),
            ];
            let mut known: Vec<String> =
                self.server.routes.patterns().map(|route| without_ids(route.path)).collect();
            // POST /sign-out ends the session that the other requests need.
            known.sort_by_key(|path| path == "/sign-out");
            for path in missing.iter().chain(&known) {
                for method in METHODS {
                    let request = Request::navigation(method, path).with("cookie", &visitor.cookie);
                    self.ask(&format!("{method} {path}, {}", visitor.name), &self.by_own_page(request)).await;
                }
            }
        }
        self.use_links(&live, &guest).await?;
        self.provoke_errors(&member).await;
        self.ask_too_much().await;
        Ok(())
    }

    /// Makes an account through the pages and the mailed link, for this walk only.
    async fn sign_up(
        &mut self,
        send_mails: &impl AsyncFn() -> io::Result<Vec<String>>,
    ) -> Result<Visitor, WalkProblem> {
        const PATH: &str = "/sign-up";
        const LINK: &str = "/sign-up/{token}";
        let (mut member, guest) = (Visitor::new_member(), Visitor::guest());
        let page = self.open(PATH, &guest).await?;
        self.submit(&page, PATH, &member).await?;
        let mails = send_mails().await?;
        let link = self.links_to(LINK, &mails).into_iter().next().ok_or(WalkProblem::NoMailedLink(LINK))?;
        let page = self.open(&link, &guest).await?;
        let response = self.submit(&page, &link, &member).await?;
        self.used.push(link);
        let line = response.first("set-cookie").and_then(|line| line.split(';').next()).unwrap_or_default();
        if line.is_empty() {
            return Err(WalkProblem::NoSession { status: response.status });
        }
        line.clone_into(&mut member.cookie);
        Ok(member)
    }

    /// Asks on a page for a link that is not used, so that the page of the link can be walked.
    async fn ask_for_link(&mut self, path: &str, visitor: &Visitor) -> Result<(), WalkProblem> {
        let page = self.open(path, &Visitor::guest()).await?;
        self.submit(&page, path, visitor).await.map(|_| ())
    }

    /// Opens a page that must exist, as a link on one of our own pages does.
    async fn open(&mut self, path: &str, visitor: &Visitor) -> Result<Response, WalkProblem> {
        let request = Request::navigation("GET", path)
            .with("sec-fetch-site", "same-origin")
            .with("cookie", &visitor.cookie);
        let place = format!("{}, from a page of the site", self.place("GET", path, visitor));
        match self.ask(&place, &request).await {
            Some(response) if response.status == 200 => Ok(response),
            response => Err(WalkProblem::not_a_page(place, response)),
        }
    }

    /// Fills and sends the form of a page that leads to `path`. The server must accept it, with a redirect.
    async fn submit(
        &mut self,
        page: &Response,
        path: &str,
        visitor: &Visitor,
    ) -> Result<Response, WalkProblem> {
        let form = form_of(page, path).ok_or_else(|| WalkProblem::NoForm { path: self.shown(path) })?;
        let place = format!("{}, filled in", self.place("POST", path, visitor));
        let request = self
            .form(path, &form.filled(page, visitor, self.server.clock.now()))
            .with("cookie", &visitor.cookie);
        match self.ask(&place, &request).await {
            Some(response) if response.status == 303 => Ok(response),
            response => Err(WalkProblem::not_accepted(place, response)),
        }
    }

    async fn ask(&mut self, place: &str, request: &Request) -> Option<Response> {
        let result = self.wire.ask(request).await;
        self.judge_result(place, request, result)
    }

    fn judge_result(
        &mut self,
        place: &str,
        request: &Request,
        result: io::Result<Response>,
    ) -> Option<Response> {
        match result {
            Ok(response) => {
                self.judge(place, &request.path, &response, false);
                Some(response)
            }
            Err(error) => {
                let finding = Finding::new(
                    Severity::Low,
                    Rule::WalkSilence,
                    format!("no answer: {error}"),
                    "shows an error page of its own",
                    "find out why the server did not answer",
                );
                self.report.find(place, finding);
                None
            }
        }
    }

    fn judge(&mut self, place: &str, path: &str, response: &Response, malformed: bool) {
        let embeddable = self.server.routes.kind(path) == RouteKind::Embeddable;
        let circumstances = Circumstances {
            https: true,
            // The listed sites may frame an embeddable page, but not its errors.
            strict: !(embeddable && response.status == 200),
            unframed: true,
            malformed,
            ..Circumstances::default()
        };
        let findings = judge::judge(response, circumstances);
        self.report.answer(&format!("{place} ({})", response.status), findings);
    }

    /// As one of our own pages sends it.
    fn by_own_page(&self, request: Request) -> Request {
        if matches!(request.method.as_str(), "GET" | "HEAD") {
            return request;
        }
        request.with("origin", self.server.site.as_str()).with("sec-fetch-site", "same-origin")
    }

    /// A form that one of our own pages sends.
    fn form(&self, path: &str, body: &str) -> Request {
        Request::submission(&self.server.site, path, body)
    }

    fn place(&self, method: &str, path: &str, visitor: &Visitor) -> String {
        format!("{method} {}, {}", self.shown(path), visitor.name)
    }

    /// A path without the ids and secrets in it.
    fn shown(&self, path: &str) -> String {
        let pattern = self.server.routes.find(path).map_or(path, |route| route.path);
        fill(pattern, "…")
    }
}

/// The path of a route with an id that does not exist in place of each `{name}`.
pub(super) fn without_ids(pattern: &str) -> String {
    fill(pattern, &Uuid::nil().to_string())
}

fn fill(pattern: &str, id: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}
