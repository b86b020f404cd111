//! Which browser is installed, and its driver.

use std::fmt;
use std::path::{Path, PathBuf};

use super::problem::BrowserProblem;

/// A browser that a driver can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chromium or Google Chrome, with chromedriver.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
}

impl Browser {
    /// The names of the browser's program, of which the first one found is used.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
            Self::Firefox => &["firefox", "firefox-esr"],
        }
    }

    fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
        }
    }

    /// How to install the browser and its driver.
    #[must_use]
    pub fn install(self) -> &'static str {
        match self {
            Self::Chromium => {
                "Install Chromium and its driver: on Debian `apt-get install chromium chromium-driver`, on Fedora `dnf install chromium chromedriver`"
            }
            Self::Firefox => {
                "Install Firefox and its driver: on Debian `apt-get install firefox-esr` and geckodriver from Mozilla, on Fedora `dnf install firefox geckodriver`"
            }
        }
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        })
    }
}

/// The programs of one browser.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The browser.
    pub browser: Browser,
    /// The browser's program.
    pub binary: PathBuf,
    /// Its driver.
    pub driver: PathBuf,
}

impl Programs {
    /// Looks for a browser in these folders; without a wish for Chromium first, then for Firefox.
    ///
    /// # Errors
    /// A [`BrowserProblem`] that says what to install.
    pub fn find(wish: Option<Browser>, folders: &[PathBuf]) -> Result<Self, BrowserProblem> {
        match wish {
            Some(browser) => Self::of(browser, folders),
            None => Self::of(Browser::Chromium, folders)
                .or_else(|_missing| Self::of(Browser::Firefox, folders))
                .map_err(|_missing| BrowserProblem::NoBrowser),
        }
    }

    fn of(browser: Browser, folders: &[PathBuf]) -> Result<Self, BrowserProblem> {
        let names = browser.names();
        let missing = |program| BrowserProblem::NotInstalled { program, browser };
        let binary = names.iter().find_map(|name| program(name, folders));
        let binary = binary.ok_or_else(|| missing(names.first().copied().unwrap_or_default()))?;
        let driver = program(browser.driver(), folders).ok_or_else(|| missing(browser.driver()))?;
        Ok(Self { browser, binary, driver })
    }
}

fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).find(|path| Path::is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_counts_only_with_its_driver_and_a_missing_one_is_named_with_its_packages() {
        let folder = std::env::temp_dir().join(format!("unframed-programs-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let folders = [folder.clone()];
        let none = Programs::find(None, &folders).unwrap_err().to_string();
        assert!(none.contains("apt-get install chromium chromium-driver"), "{none}");
        std::fs::write(folder.join("chromium"), "").unwrap();
        let half = Programs::find(Some(Browser::Chromium), &folders).unwrap_err().to_string();
        assert!(half.starts_with("chromedriver is not installed. Install Chromium"), "{half}");
        for name in ["firefox-esr", "geckodriver"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(Programs::find(None, &folders).unwrap().browser, Browser::Firefox);
        std::fs::write(folder.join("chromedriver"), "").unwrap();
        assert_eq!(Programs::find(None, &folders).unwrap().browser, Browser::Chromium);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
