//! The options that say as whom a site is checked, which of its pages, and through which network.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use super::files::NamedFile;
use super::output::read_text;
use crate::commands::Failure;
use crate::config;
use crate::verify::probe::Options;
use crate::verify::session::Credentials;
use crate::verify::sign_in::Recipe;
use crate::verify::wire::{Network, Proxies};

/// The most bytes of a file with cookies or a recipe.
const LARGEST_FILE: u64 = 1024 * 1024;
/// The most pages of a crawl.
const MOST_PAGES: u16 = 1000;

/// How a site is asked. Values are parsed here, not by clap, whose errors would quote them.
#[derive(clap::Args)]
#[command(next_help_heading = "Signed-in pages and the way to the site")]
pub(super) struct AccessArguments {
    /// Send these cookies with every request: 'name=value; name=value'. They never go to another origin
    #[arg(long, value_name = "COOKIES", requires = "url")]
    cookie: Vec<String>,
    /// Send the cookies of this file (Netscape format) that belong to the site
    #[arg(long, value_name = "FILE", requires = "site")]
    cookie_file: Option<PathBuf>,
    /// Send this header with every request: 'Name: value'. It never goes to another origin
    #[arg(long, value_name = "HEADER", requires = "url")]
    header: Vec<String>,
    /// Sign in first, by filling in the forms that this TOML file describes
    #[arg(long, value_name = "RECIPE", requires = "url")]
    login: Option<PathBuf>,
    /// Check this page of the site, too, such as /settings
    #[arg(long, value_name = "PATH", requires = "site")]
    path: Vec<String>,
    /// Follow links of the site to at most this many pages, as robots.txt allows; each adds a second to the time limit
    #[arg(long, value_name = "PAGES", requires = "site", value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_PAGES)))]
    crawl: Option<u16>,
    /// Trust the certificate authorities of this PEM file, too
    #[arg(long, value_name = "FILE", requires = "site")]
    cacert: Option<PathBuf>,
}

impl AccessArguments {
    /// The files that are read.
    pub(super) fn read_files(&self) -> [NamedFile<'_>; 3] {
        [
            ("--cookie-file", self.cookie_file.as_ref()),
            ("--login", self.login.as_ref()),
            ("--cacert", self.cacert.as_ref()),
        ]
    }

    /// The options of a check, with what the files and the environment hold.
    pub(super) fn options(&self) -> Result<Options, Failure> {
        let mut credentials = Credentials::default();
        for cookies in &self.cookie {
            credentials.add_cookies(cookies)?;
        }
        for header in &self.header {
            credentials.add_header(header)?;
        }
        if let Some(path) = &self.cookie_file {
            let text = text(path, "--cookie-file")?;
            credentials.add_cookie_file(&text).with_context(|| path.display().to_string())?;
        }
        if let Some(path) = &self.login {
            let recipe = Recipe::parse(&text(path, "--login")?, config::environment);
            credentials.sign_in_by(recipe.with_context(|| format!("--login {}", path.display()))?);
        }
        let proxies = Proxies::read(config::environment)?;
        Ok(Options {
            network: Network::new(proxies, self.cacert.as_deref())?,
            credentials,
            paths: self.path.clone(),
            crawl: self.crawl.map_or(0, usize::from),
            ..Options::default()
        })
    }
}

fn text(path: &Path, option: &str) -> Result<String, Failure> {
    let text = read_text(File::open(path), LARGEST_FILE);
    text.map_err(|problem| anyhow!("{option} {}: {problem}", path.display()))
}
