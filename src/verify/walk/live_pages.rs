//! Pages that exist only for a while: the confirm page of each sensitive action, the pages that mails link
//! to, a card, and files under their present names. A walk that cannot open one of them has not checked
//! it, so it fails.

use std::io;

use chrono::TimeDelta;
use url::Url;

use super::forms::{codes, form_of, offered_secret};
use super::{METHODS, Visitor, Walk, WalkProblem};
use crate::route_map::{RouteKind, Sensitivity};
use crate::verify::form::forms;
use crate::verify::judge::{Reach, reach};
use crate::verify::links::{LinkedFile, linked_files, linked_pages};
use crate::verify::probe::{as_file, framed};
use crate::verify::response::Response;
use crate::verify::wire::Request;

/// Longer than the least time after which a confirm page accepts its form.
const READING_TIME: TimeDelta = TimeDelta::seconds(2);

/// Where applications ask for confirmations.
const CONFIRMATIONS: &str = "/api/v1/confirmations";

/// The folder of the pages for second factors.
const FACTORS: &str = "/settings/two-factor/";
/// The page on which a member adds an authenticator app.
const ENROLMENT: &str = "/settings/two-factor/authenticator";

/// The paths of pages that exist now.
pub(super) struct LivePages {
    embeddable: Vec<String>,
    confirms: Vec<String>,
    /// What mails link to, in the order of the URL table.
    mailed: Vec<String>,
    files: Vec<LinkedFile>,
}

impl Walk<'_> {
    /// Starts every sensitive action that the URL table has, through its pages.
    pub(super) async fn make_live_pages(
        &mut self,
        member: &mut Visitor,
        send_mails: impl AsyncFn() -> io::Result<Vec<String>>,
    ) -> Result<LivePages, WalkProblem> {
        let mut confirms = Vec::new();
        let mut starts = self.paths_of(Sensitivity::Start);
        // Only an authenticator makes a passkey, and the walk has none: the page itself is walked, its action is not.
        starts.retain(|start| !self.server.routes.find(start).is_some_and(|route| route.script));
        // The actions that need a second factor come late, when the member has one, and then another one is begun.
        let needs_factor = |start: &str| start.starts_with(FACTORS) && start != ENROLMENT;
        starts.sort_by_key(|start| (start.starts_with(FACTORS), *start == ENROLMENT));
        for start in starts {
            if needs_factor(start) && member.secret.is_none() {
                self.enrol(member).await?;
            }
            let path = self.path_of(start, member).await?;
            confirms.push(self.start(&path, member).await?);
            // Confirmed by another member: some actions end the sessions of an account, or the account.
            let mut other = self.sign_up(&send_mails).await?;
            if needs_factor(start) {
                self.enrol(&mut other).await?;
            }
            let path = self.path_of(start, &other).await?;
            let confirm = self.start(&path, &other).await?;
            self.confirm(&confirm, &other).await?;
        }
        let mut forgetful = self.sign_up(&send_mails).await?;
        // A visitor with a session would type another email address than the account's.
        forgetful.cookie.clear();
        self.ask_for_link("/forgot-password", &forgetful).await?;
        // After the last sign-up, which would use this link.
        self.ask_for_link("/sign-up", &Visitor::new_member()).await?;
        let mailed = self.mailed_links(&send_mails().await?)?;
        let settings = self.open("/settings/profile", member).await?;
        self.submit(&settings, "/settings/card", member).await?;
        let settings = self.open("/settings/profile", member).await?;
        let links = linked_pages(&self.base, &settings);
        let paths =
            links.iter().map(Url::path).filter(|path| self.server.routes.kind(path) == RouteKind::Embeddable);
        let embeddable: Vec<String> = paths.map(str::to_owned).collect();
        if embeddable.is_empty() {
            return Err(WalkProblem::NoEmbeddablePage(self.server.embedder.to_owned()));
        }
        let files = linked_files(&self.base, &settings);
        if files.is_empty() {
            return Err(WalkProblem::NoFile);
        }
        Ok(LivePages { embeddable, confirms, mailed, files })
    }

    /// The path of a start page. The page of a confirmation exists once an application has asked for it.
    async fn path_of(&mut self, start: &str, visitor: &Visitor) -> Result<String, WalkProblem> {
        if !start.contains('{') {
            return Ok(start.to_owned());
        }
        let application = &self.server.application;
        let body = serde_json::json!({
            "user": visitor.email, "title": "Verify", "return_url": application.return_origin, "expires_in": 3600,
        });
        let request = Request {
            method: "POST".to_owned(),
            path: CONFIRMATIONS.to_owned(),
            fields: vec![
                ("authorization".to_owned(), format!("Bearer {}", application.secret)),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: body.to_string().into_bytes(),
        };
        let place = format!("POST {CONFIRMATIONS}, by an application");
        let response = self.ask(&place, &request).await;
        let asked = response.as_ref().and_then(|response| {
            let body: serde_json::Value = serde_json::from_slice(&response.body).ok()?;
            Some(body.get("url")?.as_str()?.strip_prefix(self.server.site.as_str())?.to_owned())
        });
        asked.ok_or_else(|| WalkProblem::not_accepted(place, response))
    }

    /// Starts a sensitive action on its start page; the path of its confirm page.
    async fn start(&mut self, path: &str, member: &Visitor) -> Result<String, WalkProblem> {
        let page = self.open(path, member).await?;
        let response = self.submit(&page, path, member).await?;
        let location = response.first("location").unwrap_or_default();
        if self.server.routes.kind(location) == RouteKind::Sensitive(Sensitivity::Confirm) {
            Ok(location.to_owned())
        } else {
            Err(WalkProblem::NotStarted { start: path.to_owned(), location: self.shown(location) })
        }
    }

    /// Fills in and sends a confirm page, after the time that a person needs.
    async fn confirm(&mut self, path: &str, member: &Visitor) -> Result<Response, WalkProblem> {
        let mut page = self.open(path, member).await?;
        if form_of(&page, path).is_some_and(|form| form.asks_for_code()) {
            // No code works twice: a later one is shown by then.
            self.server.clock.advance(TimeDelta::seconds(30));
            page = self.open(path, member).await?;
        }
        self.server.clock.advance(READING_TIME);
        self.submit(&page, path, member).await
    }

    /// Adds an authenticator app to the account of a member, and writes the recovery codes down.
    async fn enrol(&mut self, member: &mut Visitor) -> Result<(), WalkProblem> {
        let page = self.open(ENROLMENT, member).await?;
        let secret = offered_secret(&page);
        let begun = self.submit(&page, ENROLMENT, member).await?;
        let confirm = begun.first("location").unwrap_or_default().to_owned();
        let confirmed = self.confirm(&confirm, member).await?;
        let shown = self.open(confirmed.first("location").unwrap_or_default(), member).await?;
        (member.secret, member.recovery_codes) = (secret, codes(&shown));
        Ok(())
    }

    fn paths_of(&self, sensitivity: Sensitivity) -> Vec<&'static str> {
        let routes = self.server.routes.patterns();
        routes
            .filter(|route| route.kind == RouteKind::Sensitive(sensitivity))
            .map(|route| route.path)
            .collect()
    }

    /// The paths of the links in mails. Each route that acts by such a link must occur.
    fn mailed_links(&self, mails: &[String]) -> Result<Vec<String>, WalkProblem> {
        let mut links = Vec::new();
        for pattern in self.paths_of(Sensitivity::Link) {
            let found = self.links_to(pattern, mails);
            if found.is_empty() {
                return Err(WalkProblem::NoMailedLink(pattern));
            }
            links.extend(found);
        }
        Ok(links)
    }

    /// The paths of the links in mails that one route serves and that were not used.
    pub(super) fn links_to(&self, pattern: &str, mails: &[String]) -> Vec<String> {
        let lines = mails.iter().flat_map(|mail| mail.lines());
        let paths = lines.filter_map(|line| line.trim().strip_prefix(self.server.site.as_str()));
        let matches = |path: &&str| self.server.routes.find(path).is_some_and(|it| it.path == pattern);
        paths.filter(matches).map(str::to_owned).filter(|path| !self.used.contains(path)).collect()
    }

    /// Requests all of them by every method but POST, which would use them up.
    pub(super) async fn look_at(
        &mut self,
        live: &LivePages,
        guest: &Visitor,
        member: &Visitor,
    ) -> Result<(), WalkProblem> {
        for path in &live.embeddable {
            let page = self.open(path, guest).await?;
            if !matches!(reach(&page), Reach::Listed(sites) if sites == [self.server.embedder]) {
                let embedder = self.server.embedder.to_owned();
                return Err(WalkProblem::NotEmbeddable { path: self.shown(path), embedder });
            }
        }
        let mut paths = live.embeddable.clone();
        for path in live.confirms.iter().chain(&live.mailed) {
            let page = self.open(path, member).await?;
            if form_of(&page, path).is_none() {
                return Err(WalkProblem::NoForm { path: self.shown(path) });
            }
            // Such as the form that cancels.
            let targets = forms(&page).into_iter().map(|form| form.action);
            paths.extend(targets.filter(|target| target.starts_with(path)));
        }
        for path in &paths {
            for visitor in [guest, member] {
                let request =
                    |method: &str| Request::navigation(method, path).with("cookie", &visitor.cookie);
                for method in METHODS.into_iter().filter(|method| *method != "POST") {
                    let place = self.place(method, path, visitor);
                    self.ask(&place, &self.by_own_page(request(method))).await;
                }
                let place = format!("{}, framed", self.place("GET", path, visitor));
                self.ask(&place, &framed(request("GET"))).await;
            }
        }
        for file in &live.files {
            self.look_at_file(file).await;
        }
        Ok(())
    }

    async fn look_at_file(&mut self, LinkedFile { url, destination }: &LinkedFile) {
        let path = url.path();
        let request = |method: &str| as_file(Request::navigation(method, path), destination);
        let loaded = self.ask(&format!("GET {path} as a {destination}"), &request("GET")).await;
        for method in METHODS {
            self.ask(&format!("{method} {path} as a {destination}"), &request(method)).await;
        }
        for (validator, condition) in [("etag", "if-none-match"), ("last-modified", "if-modified-since")] {
            let value = loaded.as_ref().and_then(|response| response.first(validator)).unwrap_or_default();
            let again = request("GET").with(condition, value);
            self.ask(&format!("GET {path} again, by {condition}"), &again).await;
            self.ask(&format!("GET {path}, a part of it"), &again.with("range", "bytes=0-1")).await;
        }
    }

    /// Sends the forms last: they use the pages up. Only the links act for a guest.
    pub(super) async fn use_links(&mut self, live: &LivePages, guest: &Visitor) -> Result<(), WalkProblem> {
        for path in &live.confirms {
            for path in [format!("{path}/cancel"), path.clone()] {
                let place = self.place("POST", &path, guest);
                self.ask(&place, &self.form(&path, "a=b")).await;
            }
        }
        for path in &live.mailed {
            let place = format!("{} before its use", self.place("GET", path, guest));
            let page = self.ask(&place, &Request::navigation("GET", path)).await;
            // An undo link makes the later ones of its account void. All of them were open before.
            let Some(page) = page.filter(|page| page.status != 410) else { continue };
            self.submit(&page, path, guest).await?;
            let place = format!("{} afterwards", self.place("GET", path, guest));
            self.ask(&place, &Request::navigation("GET", path)).await;
            let place = format!("{} again", self.place("POST", path, guest));
            self.ask(&place, &self.form(path, "")).await;
        }
        Ok(())
    }
}
