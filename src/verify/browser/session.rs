//! One browser with a profile of its own, driven through WebDriver.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value, json};
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, TimeoutConfiguration};

use super::driver::Driver;
use super::problem::BrowserProblem;
use super::programs::{Browser, Programs};

/// Width and height of the window in CSS pixels, which equal the screenshot's pixels.
pub const WINDOW: (u32, u32) = (1320, 2400);

/// How to start a browser.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    /// Where names lead, as Chromium's `--host-resolver-rules`.
    pub names: String,
    /// The names that lead to this machine in Firefox, which knows no ports there.
    pub local_names: Vec<String>,
    /// The digest of a key that Chromium trusts in certificates. Firefox trusts any certificate instead.
    pub key: &'a str,
    /// Whether Chromium isolates its processes by its sandbox.
    pub sandbox: bool,
    /// Chromium's preferences.
    pub preferences: Value,
    /// How long a page may load, and the longest that one command may take.
    pub limits: (Duration, Duration),
}

/// Starts a browser, with its profile below `folder`.
///
/// # Errors
/// The browser does not start.
pub async fn start(
    driver: &Driver,
    programs: &Programs,
    folder: &Path,
    launch: &Launch<'_>,
) -> Result<WebDriver, BrowserProblem> {
    let (page_load, command) = launch.limits;
    // A proxy of the environment could not reach the driver, and must not see its commands.
    let client = reqwest::Client::builder().no_proxy().timeout(command).build();
    let client = client.map_err(|error| BrowserProblem::WebDriver(error.to_string()))?;
    let capabilities = match programs.browser {
        Browser::Chromium => chromium(programs, folder, launch),
        Browser::Firefox => firefox(programs, launch),
    };
    let browser = WebDriver::builder(driver.url(), capabilities).client(client).await?;
    let limits = TimeoutConfiguration::new(Some(Duration::from_secs(5)), Some(page_load), None);
    browser.update_timeouts(limits).await?;
    Ok(browser)
}

fn chromium(programs: &Programs, folder: &Path, launch: &Launch<'_>) -> Capabilities {
    let (width, height) = WINDOW;
    let mut arguments = vec![
        "--headless".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--lang=en-US".to_owned(),
        "--force-device-scale-factor=1".to_owned(),
        format!("--window-size={width},{height}"),
        format!("--screen-info={{{width}x{height}}}"),
        format!("--user-data-dir={}", folder.join("profile").display()),
        format!("--ignore-certificate-errors-spki-list={}", launch.key),
        format!("--host-resolver-rules={}", launch.names),
    ];
    if !launch.sandbox {
        arguments.push("--no-sandbox".to_owned());
    }
    let options = json!({
        "binary": programs.binary,
        "args": arguments,
        "prefs": launch.preferences,
    });
    capabilities(&[("browserName", "chrome".into()), ("goog:chromeOptions", options)])
}

fn firefox(programs: &Programs, launch: &Launch<'_>) -> Capabilities {
    let (width, height) = WINDOW;
    let options = json!({
        "binary": programs.binary,
        "args": ["-headless", format!("--width={width}"), format!("--height={height}")],
        "prefs": {
            "layout.css.devPixelsPerPx": "1.0",
            "network.proxy.type": 0,
            "network.dns.localDomains": launch.local_names.join(","),
            // Where each site has a process of its own, a click that a driver makes ends at the frames of other sites.
            "fission.autostart": false,
            // Downloads go to the profile, which is removed.
            "browser.download.folderList": 0,
            "browser.download.always_ask_before_handling_new_types": true,
        },
    });
    capabilities(&[
        ("browserName", "firefox".into()),
        ("acceptInsecureCerts", true.into()),
        ("moz:firefoxOptions", options),
    ])
}

fn capabilities(of_browser: &[(&str, Value)]) -> Capabilities {
    // A dialog of a page must not stop the check.
    let all = [("unhandledPromptBehavior", Value::from("dismiss"))];
    let pairs = all.iter().chain(of_browser).map(|(name, value)| ((*name).to_owned(), value.clone()));
    Capabilities::from(pairs.collect::<Map<_, _>>())
}

/// Whether Chromium has to run without its sandbox, and why: the sandbox refuses root, and containers rarely
/// allow the namespaces that it is made of.
#[must_use]
pub fn reason_against_sandbox() -> Option<&'static str> {
    if nix::unistd::Uid::effective().is_root() {
        Some("this process runs as root")
    } else if ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists()) {
        Some("this process runs in a container")
    } else {
        None
    }
}
