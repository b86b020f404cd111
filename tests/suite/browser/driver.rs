//! One chromedriver for the run and one Chromium for each test, as `unframed verify --browser` starts them. What
//! a test asks of its browser either succeeds or fails the test.

use std::mem::ManuallyDrop;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;
use tokio::sync::OnceCell;
use unframed::config::search_path;
use unframed::verify::browser::driver::Driver;
use unframed::verify::browser::input::Place;
use unframed::verify::browser::screenshot::Screenshot;
use unframed::verify::browser::session::{self, Launch};
use unframed::verify::browser::{Browser, Programs};

use crate::harness::database::private_folder;

/// The driver of the run with its programs.
async fn driver() -> &'static (Programs, Driver) {
    static DRIVER: OnceCell<(Programs, Driver)> = OnceCell::const_new();
    let start = async || {
        let programs = Programs::find(Some(Browser::Chromium), &search_path());
        let programs =
            programs.unwrap_or_else(|problem| panic!("the browser tests need a browser: {problem}"));
        let driver = Driver::start(&programs, &private_folder("driver")).await;
        (programs, driver.unwrap_or_else(|problem| panic!("{problem}")))
    };
    DRIVER.get_or_init(start).await
}

/// A Chromium with a profile of its own.
pub struct Session {
    /// The WebDriver session. It is not dropped: after a failed test that would wait for minutes, and the
    /// browser ends with the run in any case.
    pub driver: ManuallyDrop<WebDriver>,
    /// Whether an authenticator for passkeys is plugged in.
    pub has_authenticator: AtomicBool,
}

impl Session {
    /// Starts a Chromium that trusts the certificate authority with this key digest.
    pub async fn open(key: &str) -> Self {
        let (programs, driver) = driver().await;
        let names = "MAP attacker.example 127.0.0.1, MAP partner.example 127.0.0.1, MAP *.victim.example 127.0.0.1, MAP localhost 127.0.0.1, MAP 127.0.0.1 127.0.0.1, MAP * ~NOTFOUND";
        let launch = Launch {
            names: names.to_owned(),
            local_names: Vec::new(),
            key,
            sandbox: session::reason_against_sandbox().is_none(),
            preferences: json!({}),
            limits: (Duration::from_secs(240), Duration::from_secs(300)),
        };
        let started = session::start(driver, programs, &private_folder("chromium"), &launch).await;
        let browser = started.unwrap_or_else(|problem| panic!("Chromium does not start: {problem}"));
        Self { driver: ManuallyDrop::new(browser), has_authenticator: AtomicBool::new(false) }
    }

    /// Ends the Chromium.
    pub async fn close(self) {
        ManuallyDrop::into_inner(self.driver).quit().await.expect("the session ends");
    }

    /// Opens an address in the window. If that fails, the panic says what the page still waits for.
    pub async fn goto(&self, url: &str) {
        if let Err(error) = self.driver.goto(url).await {
            let looked = self.driver.execute(LOADED, vec![]);
            let looked = tokio::time::timeout(Duration::from_secs(10), looked).await;
            let loaded = looked.map(|answer| answer.map(|answer| answer.json().clone()));
            panic!("{url}: {error}\nloaded: {loaded:?}");
        }
    }

    /// Runs the body of a function in the current document.
    pub async fn run(&self, body: &str) -> Value {
        self.driver
            .execute(body, vec![])
            .await
            .unwrap_or_else(|error| panic!("{body}: {error}"))
            .json()
            .clone()
    }

    /// How many links, buttons and fields are in the documents of a frame of the page.
    pub async fn controls_in_frame(&self, index: u16) -> u64 {
        let mut controls = 0;
        // Depth first, from the top each time: WebDriver knows one place only.
        let mut paths = vec![vec![index]];
        while let Some(path) = paths.pop() {
            self.driver.enter_default_frame().await.expect("the page");
            let mut entered = true;
            for step in &path {
                entered &= self.driver.enter_frame(*step).await.is_ok();
            }
            if !entered {
                continue;
            }
            let Ok(answer) = self.driver.execute(LOOK, vec![]).await else { continue };
            let seen = answer.json();
            controls += seen["controls"].as_u64().unwrap_or_default();
            let frames = seen["frames"].as_u64().unwrap_or_default();
            for next in 0..u16::try_from(frames.min(3)).expect("a few") {
                paths.push([path.as_slice(), &[next]].concat());
            }
        }
        self.driver.enter_default_frame().await.expect("the page");
        controls
    }

    /// The text of a frame, which the indices of the frames from the top name.
    pub async fn text(&self, path: &[u16]) -> String {
        for step in path {
            self.driver.enter_frame(*step).await.expect("a frame");
        }
        let text = self.run("return document.body.innerText").await;
        self.driver.enter_default_frame().await.expect("the page");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the window shows this page and has loaded it.
    pub async fn arrive_at(&self, url: &str) {
        self.becomes(&format!("document.URL === {url:?}")).await;
    }

    /// Waits for a window that is not in the list, and returns it.
    pub async fn new_window(&self, before: &[WindowHandle]) -> WindowHandle {
        for _ in 0..1000 {
            let windows = self.driver.windows().await.expect("windows");
            if let Some(window) = windows.into_iter().find(|window| !before.contains(window)) {
                return window;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no window opens");
    }

    /// Closes the window and switches to another one. A window whose page is changing may refuse to close;
    /// it stays open, and no test uses it again.
    pub async fn leave(&self, onward: WindowHandle) {
        if let Err(error) = self.driver.close_window().await {
            log::debug!("a window stays open: {error}");
        }
        self.driver.switch_to_window(onward).await.expect("the window");
    }

    /// Waits until a selector matches on a page that has loaded.
    pub async fn appears(&self, css: &str) {
        self.becomes(&format!("document.querySelector({css:?}) !== null")).await;
    }

    /// Waits until a selector matches nothing on a page that has loaded.
    pub async fn disappears(&self, css: &str) {
        self.becomes(&format!("document.querySelector({css:?}) === null")).await;
    }

    /// Waits until the window shows a page that has loaded and of which this is true.
    async fn becomes(&self, condition: &str) {
        let question = format!("return document.readyState === 'complete' && {condition}");
        for _ in 0..1000 {
            // While the page changes there may be no document to ask.
            let answer = self.driver.execute(&question, vec![]).await;
            if answer.is_ok_and(|answer| *answer.json() == true) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not within twenty seconds: {condition}");
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, command: &str, arguments: Value) -> Value {
        let answer = self.driver.cdp().send_raw(command, arguments).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// The middle of the first match of a selector, in the window.
    pub async fn place(&self, css: &str) -> Place {
        let found = self
            .run(&format!(
                "const box = document.querySelector({css:?}).getBoundingClientRect();
                 return [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];"
            ))
            .await;
        let number = |index: usize| found[index].as_i64().expect("a number");
        (number(0), number(1))
    }

    /// A picture of the window.
    pub async fn screenshot(&self) -> Screenshot {
        Screenshot::read(&self.driver.screenshot_as_png().await.expect("a screenshot")).expect("a PNG")
    }

    /// Waits until a condition holds, for at most twenty seconds.
    pub async fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        for _ in 0..1000 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not within twenty seconds: {what}");
    }
}

/// What the document has loaded: its frames and files, each with the time of its last byte.
const LOADED: &str = "return [document.URL, document.readyState, frames.length,
    performance.getEntriesByType('resource').map(entry => [entry.name, entry.responseEnd])]";

const LOOK: &str = "return {
    controls: location.protocol === 'chrome-error:' ? 0
        : document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea').length,
    frames: document.querySelectorAll('iframe, frame').length,
};";
