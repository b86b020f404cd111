//! Why a browser could not be used.

use std::io;

use super::programs::Browser;

/// Why the browser check could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum BrowserProblem {
    /// The browser or its driver is not in `PATH`.
    #[error("{program} is not installed. {}", .browser.install())]
    NotInstalled {
        /// The missing program.
        program: &'static str,
        /// The browser that needs it.
        browser: Browser,
    },
    /// Neither browser is in `PATH` together with its driver.
    #[error("--browser needs Chromium with chromedriver, or Firefox with geckodriver. {}", Browser::Chromium.install())]
    NoBrowser,
    /// A process, a socket or a folder failed.
    #[error("{what}: {cause}")]
    Io {
        /// What failed.
        what: String,
        /// Why.
        cause: io::Error,
    },
    /// The driver started and did not say where it listens.
    #[error("{0} did not start within two minutes")]
    Silent(String),
    /// The driver ended before it said where it listens; the last line that it wrote.
    #[error("{0} did not start: {1}")]
    Ended(String, String),
    /// The driver refused or lost the browser.
    #[error("{0}")]
    WebDriver(String),
    /// The certificate for the run could not be made.
    #[error("the certificate of the framing pages cannot be made: {0}")]
    Certificate(String),
    /// A screenshot is not a PNG with eight bits per channel.
    #[error("the browser's screenshot cannot be read: {0}")]
    Screenshot(String),
}

impl BrowserProblem {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }
}

impl From<thirtyfour::error::WebDriverError> for BrowserProblem {
    fn from(error: thirtyfour::error::WebDriverError) -> Self {
        let text = error.to_string();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // After this the driver appends the addresses of its stack.
        let line = line.split(" (Session info").next().unwrap_or_default();
        Self::WebDriver(line.chars().take(300).collect())
    }
}
