//! A page by keyboard: Tab reaches each link and control once, in the order in which
//! they are shown, Enter submits each form, and the links of an error summary lead to the fields.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};
use unframed::route_map::{RouteKind, RouteMap};

use super::driver::Session;
use super::evidence::tell;
use super::input::{ENTER, SHIFT, SPACE, TAB};
use super::tour::{Check, State};

const WALK: &str = include_str!("keyboard/walk.js");

/// Width and height of the window: of a desktop, where pages have two columns, and of a phone.
const WINDOWS: [(u32, u32); 2] = [(1280, 720), (320, 568)];

/// The findings so far.
pub struct Keyboard {
    routes: RouteMap,
    /// The rows of the URL table that a form of a page is sent to.
    forms: BTreeSet<&'static str>,
    states: usize,
    stops: u64,
    submitters: u64,
    faults: Vec<String>,
}

fn number(found: &Value) -> u64 {
    found.as_u64().expect("a number")
}

impl Keyboard {
    pub fn new() -> Self {
        let routes = unframed::routes::map().expect("a good table");
        Self { routes, forms: BTreeSet::new(), states: 0, stops: 0, submitters: 0, faults: Vec::new() }
    }

    /// Asks for the faults of a step.
    async fn note(&mut self, session: &Session, state: &State, step: &str) {
        let found = session.run(&format!("return walk.{step}")).await;
        let State { name, path, .. } = state;
        let faults = found.as_array().unwrap_or_else(|| panic!("{step}: {found}")).iter();
        self.faults.extend(faults.map(|fault| format!("{name} ({path}): {fault}")));
    }

    /// Tab through all stops, and back.
    async fn walk(&mut self, session: &Session, state: &State) {
        let stops = number(&session.run("return walk.start()").await);
        if stops == 0 {
            return;
        }
        self.stops += stops;
        session.press_in_a_row(None, TAB, stops).await;
        session.press_in_a_row(Some(SHIFT), TAB, stops - 1).await;
        self.note(session, state, "walked()").await;
        session.press_in_a_row(None, TAB, 1).await;
        self.note(session, state, "left()").await;
    }

    /// Enter in each field and on each button.
    async fn submit(&mut self, session: &Session, state: &State) {
        let submitters = number(&session.run("return walk.submitters()").await);
        self.submitters += submitters;
        for index in 0..submitters {
            session.run(&format!("walk.focus({index})")).await;
            session.press_in_a_row(None, ENTER, 1).await;
            self.note(session, state, &format!("submitted({index})")).await;
        }
    }

    /// The rows of the URL table that the forms are sent to.
    async fn list_forms(&mut self, session: &Session) {
        let paths = session.run("return walk.forms()").await;
        for path in paths.as_array().expect("paths") {
            let route = self.routes.find(path.as_str().expect("a path"));
            self.forms.extend(route.map(|route| route.path));
        }
    }

    /// The links of the error summary.
    async fn follow_summary(&mut self, session: &Session, state: &State) {
        let links = number(&session.run("return walk.links()").await);
        for index in 0..links {
            session.run(&format!("document.querySelectorAll('.error-summary a')[{index}].focus()")).await;
            session.press_in_a_row(None, ENTER, 1).await;
            self.note(session, state, &format!("arrived({index}, false)")).await;
            let on_control =
                session.run("return document.activeElement.matches('input, select')").await == true;
            if !on_control {
                session.press_in_a_row(None, TAB, 1).await;
                self.note(session, state, &format!("arrived({index}, true)")).await;
            }
        }
    }

    /// Space on the tick of a confirm page, Tab to the last button, Enter.
    async fn confirm(&mut self, session: &Session, state: &State) {
        if session.run("return walk.tick()").await != true {
            return;
        }
        session.press_in_a_row(None, SPACE, 1).await;
        self.note(session, state, "ticked()").await;
        for _ in 0..5 {
            if session.run("return walk.isFinal()").await != true {
                session.press_in_a_row(None, TAB, 1).await;
            }
        }
        session.run("document.querySelector('form.confirm').noValidate = true; walk.forget()").await;
        session.press_in_a_row(None, ENTER, 1).await;
        self.note(session, state, "confirmed()").await;
    }

    /// Tells what was tried, and returns the faults. One of them is a row of the URL table that takes a form and that no page
    /// has a form for.
    pub fn finish(self) -> Vec<String> {
        let Self { routes, forms, states, stops, submitters, mut faults } = self;
        let taking = routes
            .patterns()
            .filter(|route| !matches!(route.kind, RouteKind::Reports | RouteKind::Api))
            .filter(|route| route.methods.contains(&Method::POST));
        let missing = taking.map(|route| route.path).filter(|path| !forms.contains(path));
        faults.extend(missing.map(|path| format!("no page has a form for {path}")));
        tell(&format!(
            "keyboard: {states} states of pages, {} windows: {stops} stops reached by Tab and by Shift+Tab on those of different shapes, {submitters} controls submitted forms, which go to {} routes",
            WINDOWS.len(),
            forms.len()
        ));
        faults
    }
}

impl Check for Keyboard {
    /// The script for passkeys is not loaded: it would stop the forms on their way and open a window of the browser.
    /// `browser::passkeys` uses it.
    async fn prepare(&mut self, session: &Session) {
        session.devtools("Network.enable", json!({})).await;
        session.devtools("Network.setBlockedURLs", json!({"urls": ["*passkeys.js*"]})).await;
    }

    async fn check(&mut self, session: &Session, state: &State) {
        self.states += 1;
        session.run(WALK).await;
        self.note(session, state, "told()").await;
        self.list_forms(session).await;
        if !state.is_new {
            return;
        }
        for (width, height) in WINDOWS {
            let window = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
            session.devtools("Emulation.setDeviceMetricsOverride", window).await;
            self.walk(session, state).await;
        }
        self.submit(session, state).await;
        self.follow_summary(session, state).await;
        self.confirm(session, state).await;
    }
}
