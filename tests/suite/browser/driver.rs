//! One chromedriver for the run and one Chromium for each test, driven through WebDriver. The driver
//! ends with the test process, even if that is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;
use thirtyfour::prelude::*;
use tokio::sync::OnceCell;
use unframed::config::search_path;

use super::input::Place;
use super::screenshot::Screenshot;
use crate::harness::database::private_folder;

const INSTALL: &str = "the browser tests need Chromium and its driver: on Debian `apt-get install chromium chromium-driver`, on Fedora `dnf install chromium chromedriver`";

/// Width and height of each window in CSS pixels, which equal the screenshot's pixels.
pub const WINDOW: (u32, u32) = (1320, 2400);

/// A shell script that runs its arguments, and ends its process group when standard input closes.
const SUPERVISOR: &str = r#""$@" </dev/null & cat >/dev/null; kill -s TERM 0"#;

struct Driver {
    url: String,
    _process: Child,
}

fn program(names: &[&str]) -> PathBuf {
    let folders = search_path();
    let found = folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    found
        .into_iter()
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{} is not installed: {INSTALL}", names[0]))
}

async fn driver() -> &'static Driver {
    static DRIVER: OnceCell<Driver> = OnceCell::const_new();
    DRIVER
        .get_or_init(|| async {
            let mut process = Command::new("sh")
                .args(["-c", SUPERVISOR, "unframed-chromedriver"])
                .arg(program(&["chromedriver"]))
                .arg("--port=0")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()
                .expect("sh");
            let output = BufReader::new(process.stdout.take().expect("a pipe"));
            let port = output
                .lines()
                .map_while(Result::ok)
                .find_map(|line| {
                    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse::<u16>().ok()
                })
                .expect("chromedriver prints its port");
            Driver { url: format!("http://127.0.0.1:{port}"), _process: process }
        })
        .await
}

/// A Chromium with a profile of its own.
pub struct Session {
    /// The WebDriver session. It is not dropped: after a failed test that would wait for minutes, and the
    /// browser ends with the run in any case.
    pub driver: std::mem::ManuallyDrop<WebDriver>,
    /// Whether an authenticator for passkeys is plugged in.
    pub has_authenticator: AtomicBool,
}

impl Session {
    /// Starts a Chromium that trusts the certificate authority with this key digest.
    pub async fn open(key: &str) -> Self {
        let profile = private_folder("chromium");
        let mut arguments = vec![
            "--headless".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            format!("--window-size={},{}", WINDOW.0, WINDOW.1),
            format!("--screen-info={{{}x{}}}", WINDOW.0, WINDOW.1),
            format!("--user-data-dir={}", profile.display()),
            format!("--ignore-certificate-errors-spki-list={key}"),
            "--host-resolver-rules=MAP attacker.example 127.0.0.1, MAP partner.example 127.0.0.1, MAP *.victim.example 127.0.0.1, MAP localhost 127.0.0.1, MAP 127.0.0.1 127.0.0.1, MAP * ~NOTFOUND".to_owned(),
        ];
        if nix::unistd::Uid::effective().is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in &arguments {
            capabilities.add_arg(argument).expect("an argument");
        }
        let binary = program(&["chromium", "chromium-browser", "google-chrome"]);
        capabilities.set_binary(&binary.display().to_string()).expect("a binary");
        let driver = WebDriver::new(&driver().await.url, capabilities)
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}. {INSTALL}"));
        driver.set_page_load_timeout(Duration::from_secs(240)).await.expect("a time limit");
        Self { driver: std::mem::ManuallyDrop::new(driver), has_authenticator: AtomicBool::new(false) }
    }

    /// Ends the Chromium.
    pub async fn close(self) {
        std::mem::ManuallyDrop::into_inner(self.driver).quit().await.expect("the session ends");
    }

    /// Opens an address in the window.
    pub async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
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

    /// Whether the current document has loaded.
    async fn is_whole(&self) -> bool {
        let state = self.driver.execute("return document.readyState", vec![]).await;
        state.is_ok_and(|state| *state.json() == "complete")
    }

    /// Waits until the window shows this page and has loaded it.
    pub async fn arrive_at(&self, url: &str) {
        for _ in 0..1000 {
            let arrived = self.driver.current_url().await.is_ok_and(|at| at.as_str() == url);
            if arrived && self.is_whole().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not within twenty seconds: {url}");
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
        self.becomes(css, true).await;
    }

    /// Waits until a selector matches nothing.
    pub async fn disappears(&self, css: &str) {
        self.becomes(css, false).await;
    }

    async fn becomes(&self, css: &str, there: bool) {
        for _ in 0..1000 {
            let found = self.driver.find_all(By::Css(css)).await;
            if found.is_ok_and(|found| found.is_empty() != there) && self.is_whole().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not within twenty seconds: {css} {}", if there { "appears" } else { "disappears" });
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
        Screenshot::read(&self.driver.screenshot_as_png().await.expect("a screenshot"))
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

const LOOK: &str = "return {
    controls: location.protocol === 'chrome-error:' ? 0
        : document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea').length,
    frames: document.querySelectorAll('iframe, frame').length,
};";
