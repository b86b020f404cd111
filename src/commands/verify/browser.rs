//! `--browser`: frames the pages that the probe has visited in a real browser, and saves the pictures.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::commands::Failure;
use crate::config;
use crate::private_files;
use crate::verify::Report;
use crate::verify::browser::{self, Browser, BrowserCheck, BrowserFinding, Programs};
use crate::verify::judge::Finding;
use crate::verify::probe::Checked;

/// The options of a check with a browser.
#[derive(clap::Args)]
pub(super) struct BrowserArguments {
    /// Also frame each page in a real browser, and report what can be seen and clicked. Without a name: the one that is installed
    #[arg(long = "browser", requires = "url", value_name = "BROWSER", num_args = 0..=1, default_missing_value = "any")]
    wish: Option<Wish>,
    /// How many pages the browser frames
    #[arg(long = "browser-pages", requires = "wish", value_name = "NUMBER", default_value_t = 20)]
    pages: usize,
    /// Save a picture for each finding of the browser in this folder. On signed-in pages they show private data
    #[arg(long, requires = "wish", value_name = "FOLDER")]
    screenshots: Option<PathBuf>,
}

/// The browser that the user wants.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Wish {
    /// Chromium, otherwise Firefox
    Any,
    /// Chromium or Chrome, with chromedriver
    Chromium,
    /// Firefox, with geckodriver
    Firefox,
}

impl BrowserArguments {
    /// The browser to use; `None` without `--browser`.
    pub(super) fn find(&self) -> Result<Option<Programs>, Failure> {
        let Some(wish) = self.wish else { return Ok(None) };
        let wish = match wish {
            Wish::Any => None,
            Wish::Chromium => Some(Browser::Chromium),
            Wish::Firefox => Some(Browser::Firefox),
        };
        Ok(Some(Programs::find(wish, &config::search_path())?))
    }

    /// How many pages a check keeps for this browser.
    pub(super) fn pages(&self, chosen: Option<&Programs>) -> usize {
        if chosen.is_some() { self.pages } else { 0 }
    }

    /// Adds what the browser shows to the report of a check.
    pub(super) async fn check(&self, checked: Checked, programs: &Programs) -> Result<Report, Failure> {
        let Checked { mut report, pages, more_pages, session } = checked;
        let cookies = session.cookies();
        if session.has_headers() {
            report.miss(
                "--header: the browser does not send it, so it framed pages as they are without it"
                    .to_owned(),
            );
        }
        if more_pages > 0 {
            let pages = self.pages;
            report.miss(format!(
                "--browser-pages is {pages}: pages beyond, {more_pages} of them, were not framed in a browser"
            ));
        }
        let options = BrowserCheck {
            programs,
            folder: &config::temporary_folder(),
            cookies: &cookies,
            most_pages: self.pages,
            longest: browser::LONGEST,
            page_limit: browser::PAGE_LIMIT,
        };
        match browser::check(session.origin(), &pages, &options).await {
            Ok(checked) => {
                checked.incomplete.iter().for_each(|why| report.miss(session.hide(why)));
                if let Some(folder) = &self.screenshots {
                    save(folder, &checked.findings)?;
                }
                for BrowserFinding { place, finding, picture } in checked.findings {
                    let hide = |text: &str| session.hide(text);
                    let (what, browser) = (hide(&finding.what), hide(&finding.browser));
                    let (place, finding) = (hide(&place), Finding { what, browser, ..finding });
                    match picture {
                        Some(picture) => report.find_with_picture(&place, finding, picture.to_vec()),
                        None => report.find(&place, finding),
                    }
                }
            }
            // What was found without it is still worth reading.
            Err(problem) => report.miss(format!("no page was framed in a browser: {problem}")),
        }
        Ok(report)
    }
}

/// Saves each picture under the name of its rule and a number that is free.
fn save(folder: &Path, findings: &[BrowserFinding]) -> Result<(), Failure> {
    private_files::make_folder(folder).with_context(|| folder.display().to_string())?;
    for found in findings {
        let Some(picture) = &found.picture else { continue };
        let name = found.finding.rule.name().replace('/', "-");
        let mut paths = (1_u32..).map(|number| folder.join(format!("{name}-{number}.png")));
        let path = paths.find(|path| !path.exists()).unwrap_or_default();
        private_files::write(&path, picture).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
