//! Every page in every state, shown in a real browser to axe-core and to a walk by keyboard. To add a state, add a line to
//! one of the files in `tour/`: it opens a page, or sends a form, and gives the state a name.
//!
//! Accounts and links are made by the HTTP client of the harness, which is faster; the browser takes
//! over the session cookie. Nothing here reads the text of a page, so that every language can be shown.

mod actions;
mod errors;
mod guest;
mod inbox;
mod links;
mod member;
mod second_factors;

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::json;
use unframed::route_map::{RouteKind, RouteMap};

use super::axe::Axe;
use super::covering::Extent;
use super::driver::Session;
use super::keyboard::Keyboard;
use crate::harness::{Browser, TestApp};

/// The languages of the site.
const LANGUAGES: &[&str] = &["en", "de"];

/// Routes that answer GET and are no pages.
const NO_PAGES: [(&str, &str); 5] = [
    ("/.well-known/jwks.json", "JSON for applications"),
    ("/healthz", "plain text for machines"),
    ("/readyz", "plain text for machines"),
    ("/settings/two-factor/recovery-codes/{token}/download", "a file; without one, the page of the codes"),
    ("/settings/export/{token}/download", "a file; without one, the page of the export"),
];

/// A page in one state, open in the browser.
pub struct State {
    pub name: String,
    /// The path of its web address.
    pub path: String,
    pub language: &'static str,
    /// Whether no state before had a page of the same shape. In a full run, always. Pages of one shape differ in their
    /// words and targets alone, so what words do not decide is tried once.
    pub is_new: bool,
}

/// What a test does with each state. It may use the page as a user would, but must not leave it.
pub trait Check {
    /// Called once for each browser, before it opens a page.
    async fn prepare(&mut self, session: &Session);

    async fn check(&mut self, session: &Session, state: &State);
}

impl<A: Check, B: Check> Check for (A, B) {
    async fn prepare(&mut self, session: &Session) {
        self.0.prepare(session).await;
        self.1.prepare(session).await;
    }

    async fn check(&mut self, session: &Session, state: &State) {
        self.0.check(session, state).await;
        self.1.check(session, state).await;
    }
}

/// The shape of a page: its elements with their attributes and states, and the places of texts.
const SHAPE: &str = "
    const varying = ['action', 'content', 'd', 'data-options', 'datetime', 'href', 'value'];
    const shape = node => {
        if (node.nodeType !== Node.ELEMENT_NODE) return node.data?.trim() ? 'text' : '';
        const attributes = [...node.attributes]
            .filter(({name, value}) => !varying.includes(name) || value.startsWith('#'))
            .map(({name, value}) => `${name}=${value}`);
        return `<${node.localName} ${attributes} ${node.checked}>${[...node.childNodes].map(shape).join('')}</>`;
    };
    return shape(document.documentElement)";

/// A browser on its way through the states.
pub struct Tour<'a, C> {
    session: Session,
    language: &'static str,
    check: &'a mut C,
    /// The application that the browser uses.
    origin: String,
    /// The IP address that the application sees.
    address: String,
    routes: RouteMap,
    /// The rows of the URL table that have shown a page.
    shown: BTreeSet<&'static str>,
    shapes: BTreeSet<String>,
}

#[tokio::test]
async fn every_page_in_every_state_is_accessible_and_can_be_used_by_keyboard() {
    let mut checks = (Axe::default(), Keyboard::new());
    visit_all(LANGUAGES[0], &mut checks).await;
    let (mut axe, keyboard) = checks;
    // Another language changes the words alone: `browser::places` measures those in each run.
    if Extent::chosen() == Extent::Full {
        for language in &LANGUAGES[1..] {
            visit_all(language, &mut axe).await;
        }
    }
    let faults = [axe.finish(), keyboard.finish()].concat();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Shows every state in one language.
async fn visit_all(language: &'static str, check: &mut impl Check) {
    let mut tour = Tour {
        session: Session::open("").await,
        language,
        check,
        origin: String::new(),
        address: String::new(),
        routes: unframed::routes::map().expect("a good table"),
        shown: BTreeSet::new(),
        shapes: BTreeSet::new(),
    };
    tour.check.prepare(&tour.session).await;
    guest::visit(&mut tour).await;
    member::visit(&mut tour).await;
    actions::visit(&mut tour).await;
    second_factors::visit(&mut tour).await;
    links::visit(&mut tour).await;
    errors::visit(&mut tour).await;
    tour.assert_complete();
    // The inbox is for developers, in English.
    if language == LANGUAGES[0] {
        inbox::visit(&mut tour).await;
    }
    tour.session.close().await;
}

impl<C: Check> Tour<'_, C> {
    /// Fails if a page of the URL table was not shown.
    fn assert_complete(&self) {
        let pages = self.routes.patterns().filter(|route| {
            let page = !matches!(
                route.kind,
                RouteKind::Api | RouteKind::ForwardAuth | RouteKind::Asset | RouteKind::Reports
            );
            page && route.methods.contains(&Method::GET)
        });
        let missing: Vec<&str> = pages
            .map(|route| route.path)
            .filter(|path| !self.shown.contains(path) && NO_PAGES.iter().all(|(other, _)| other != path))
            .collect();
        assert!(missing.is_empty(), "tour/ shows no page of {missing:?}");
    }

    /// Goes to another application, with the session of a member or as a guest.
    async fn enter(&mut self, app: &TestApp, person: &Browser) {
        self.origin.clone_from(&app.origin);
        person.address().clone_into(&mut self.address);
        let headers = json!({"X-Forwarded-For": self.address, "Accept-Language": self.language});
        self.session.devtools("Network.enable", json!({})).await;
        self.session.devtools("Network.setExtraHTTPHeaders", json!({"headers": headers})).await;
        self.become_user(person).await;
    }

    /// Takes over the session of a user, or becomes a guest with those who have none.
    async fn become_user(&self, person: &Browser) {
        self.session.devtools("Network.clearBrowserCookies", json!({})).await;
        for name in ["session", "sign-in"] {
            let Some(token) = person.cookie(name) else { continue };
            let cookie = json!({
                "name": name, "value": token, "url": self.origin, "httpOnly": true, "sameSite": "Lax",
            });
            self.session.devtools("Network.setCookie", cookie).await;
        }
    }

    /// Opens a path, as by typing the web address, and shows it.
    async fn visit(&mut self, name: &str, path: &str, status: u16) {
        self.session.goto(&format!("{}{path}", self.origin)).await;
        self.show(name, status).await;
    }

    /// Opens a path, as by a link on the open page of ours, and shows it.
    async fn follow(&mut self, name: &str, path: &str, status: u16) {
        self.leave_by(&format!("location.href = {path:?}")).await;
        self.show(name, status).await;
    }

    /// Opens a path that announces a change, as the redirect after that change does, and shows it.
    async fn announce(&mut self, name: &str, path: &str) {
        let (_, done) = path.split_once('?').expect("a query that tells the change");
        let cookie = json!({"name": "done", "value": done, "url": self.origin, "httpOnly": true});
        self.session.devtools("Network.setCookie", cookie).await;
        self.follow(name, path, 200).await;
        let banners = self.session.run("return document.querySelectorAll('.banner.done').length").await;
        assert_eq!(banners, 1, "{name} announces nothing");
    }

    /// Sends a form with these fields and the open page's token, from that page, and shows the answer.
    async fn send(&mut self, name: &str, path: &str, fields: &[(&str, &str)], status: u16) {
        self.post(path, fields).await;
        self.show(name, status).await;
    }

    /// Sends a form as [`Self::send`] does, without showing the answer.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) {
        self.leave_by(&format!(
            "const form = document.createElement('form'), fields = {};
             const token = document.querySelector('[name=csrf_token]');
             if (token) fields.push(['csrf_token', token.value]);
             for (const [name, value] of fields) {{
                 const field = document.createElement('textarea');
                 Object.assign(field, {{name, value}});
                 form.append(field);
             }}
             Object.assign(form, {{method: 'post', action: {path:?}, hidden: true}});
             document.body.append(form);
             form.submit();",
            json!(fields)
        ))
        .await;
    }

    /// Sends a form as [`Self::send`] does, from the overview and without the token of its session.
    async fn send_stale(&mut self, name: &str, path: &str, fields: &[(&str, &str)]) {
        self.session.goto(&format!("{}/settings", self.origin)).await;
        let forget = "document.querySelectorAll('[name=csrf_token]').forEach(token => token.remove())";
        self.session.run(forget).await;
        self.send(&format!("{name}, stale"), path, fields, 403).await;
    }

    /// Runs a script that opens another page, and waits for that page.
    async fn leave_by(&self, script: &str) {
        self.session.run(&format!("document.documentElement.className = 'left'; {script}")).await;
        self.session.disappears(":root.left").await;
    }

    /// Hands the open page to the check. The status tells that it is the page that the tour means.
    async fn show(&mut self, name: &str, status: u16) {
        let seen = self
            .session
            .run(
                "return [performance.getEntriesByType('navigation')[0].responseStatus,
                         document.documentElement.lang, location.pathname, document.title]",
            )
            .await;
        let what = format!("{name} at {} “{}”", seen[2], seen[3]);
        assert_eq!(seen[0], status, "the status of {what}");
        assert_eq!(seen[1], self.language, "the language of {what}");
        let path = seen[2].as_str().expect("a path").to_owned();
        if status < 400
            && let Some(route) = self.routes.find(&path)
        {
            self.shown.insert(route.path);
        }
        let shape = self.session.run(SHAPE).await.to_string();
        let is_new = self.shapes.insert(shape) || Extent::chosen() == Extent::Full;
        let state = State { name: name.to_owned(), path, language: self.language, is_new };
        self.check.check(&self.session, &state).await;
    }
}
