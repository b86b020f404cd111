//! Reads and checks one variable after the other, and collects the problems.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ipnet::IpNet;
use lettre::message::Mailbox;

use super::{Accent, Identity, Link, Logo, MailUrl, SecretKey, SecretKeys, SignUpDomains};
use crate::assets::{ASSET_FOLDERS, Assets};
use crate::db::DatabaseUrl;
use crate::domain::{DisplayName, EmailAddress, Embedder, Origin};

/// Reads variables through a lookup function.
pub(super) struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn new(lookup: L) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// The problems of all variables that were read.
    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned())
    }

    fn problem<T>(&mut self, name: &str, problem: impl fmt::Display) -> Option<T> {
        self.problems.push(format!("{name} {problem}"));
        None
    }

    pub(super) fn number(&mut self, name: &str, default: u32, least: u32, most: u32) -> u32 {
        match self.get(name).map(|text| text.parse()) {
            None => default,
            Some(Ok(number)) if (least..=most).contains(&number) => number,
            Some(_) => {
                self.problem(name, format!("must be a number from {least} to {most}")).unwrap_or(default)
            }
        }
    }

    /// `yes` or `no`.
    pub(super) fn yes_or_no(&mut self, name: &str) -> bool {
        match self.get(name).as_deref() {
            None | Some("no") => false,
            Some("yes") => true,
            Some(_) => self.problem(name, "must be yes or no").unwrap_or(false),
        }
    }

    /// The identity; a faulty part of it counts as not set, besides being a problem.
    pub(super) fn identity(&mut self) -> Identity {
        let default = Identity::default();
        let name = match self.get("SITE_NAME").map(|name| DisplayName::parse(&name)) {
            None => default.name,
            Some(Ok(name)) => name.as_str().to_owned(),
            Some(Err(problem)) => self.problem("SITE_NAME", problem).unwrap_or(default.name),
        };
        let support_url = self.link("SUPPORT_URL");
        let support_email = match self.get("SUPPORT_EMAIL").map(|text| EmailAddress::parse(&text)) {
            None => None,
            Some(Ok(address)) => Some(Link::to_email(&address)),
            Some(Err(problem)) => self.problem("SUPPORT_EMAIL", problem),
        };
        let logo = self.get("SITE_LOGO").and_then(|path| match Logo::read(Path::new(&path)) {
            Ok(logo) => Some(logo),
            Err(problem) => self.problem("SITE_LOGO", format!("({path}) {problem}")),
        });
        let accent = self.get("ACCENT_COLOR").and_then(|text| match Accent::parse(&text) {
            Ok(accent) => Some(accent),
            Err(problem) => self.problem("ACCENT_COLOR", problem),
        });
        Identity {
            name,
            logo,
            accent,
            service_url: self.link("SERVICE_URL"),
            support_url: support_url.or(support_email),
            privacy_url: self.link("PRIVACY_URL"),
            accessibility_url: self.link("ACCESSIBILITY_URL"),
            sign_up: self.parsed("SIGN_UP", "open", "open, invite or closed").unwrap_or_default(),
        }
    }

    pub(super) fn sign_up_domains(&mut self) -> SignUpDomains {
        let text = self.get("SIGN_UP_DOMAINS").unwrap_or_default();
        let parsed = SignUpDomains::parse(&text).or_else(|| {
            self.problem("SIGN_UP_DOMAINS", "must be domains such as example.com, separated by commas")
        });
        parsed.unwrap_or_default()
    }

    fn link(&mut self, name: &str) -> Option<Link> {
        let text = self.get(name)?;
        Link::parse(&text).or_else(|| self.problem(name, "must be an https:// or http:// URL"))
    }

    /// No address by default: who can reach it can read how the site is used.
    pub(super) fn metrics_listen(&mut self) -> Option<SocketAddr> {
        let text = self.get("METRICS_LISTEN")?;
        text.parse().ok().or_else(|| {
            self.problem("METRICS_LISTEN", "must be an address and a port, such as 127.0.0.1:9464")
        })
    }

    pub(super) fn pool_size(&mut self) -> u32 {
        self.number("DATABASE_POOL_SIZE", 10, 1, 1000)
    }

    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, default: &str, form: &str) -> Option<T> {
        let text = self.get(name).unwrap_or_else(|| default.to_owned());
        text.parse().ok().or_else(|| self.problem(name, format!("must be {form}")))
    }

    pub(super) fn database_url(&mut self, role: &str) -> Option<DatabaseUrl> {
        let Some(text) = self.get("DATABASE_URL") else {
            return self.problem(
                "DATABASE_URL",
                "is not set: set it to a URL such as postgresql://user@host:26257/database?sslmode=verify-full",
            );
        };
        DatabaseUrl::parse(&text, role).map_err(|problem| self.problem::<()>("DATABASE_URL", problem)).ok()
    }

    pub(super) fn public_url(&mut self) -> Option<Origin> {
        let text = self.get("PUBLIC_URL").unwrap_or_else(|| "http://localhost:8080".to_owned());
        match Origin::parse(&text) {
            Err(problem) => self.problem("PUBLIC_URL", problem),
            Ok(origin) if !origin.is_https() && !origin.is_loopback() => self.problem(
                "PUBLIC_URL",
                "must be https: plain http is only for localhost, where browsers trust it",
            ),
            Ok(origin) => Some(origin),
        }
    }

    pub(super) fn secret_keys(&mut self, production: bool) -> Option<SecretKeys> {
        const ADVICE: &str = "generate one with `openssl rand -base64 32`";
        let Some(text) = self.get("SECRET_KEY") else {
            return self.problem("SECRET_KEY", format!("is not set: {ADVICE}"));
        };
        let listed: Vec<&str> = text.split(',').map(str::trim).collect();
        let mut keys = Vec::new();
        for (at, text) in listed.iter().enumerate() {
            let which = match listed.len() {
                1 => String::new(),
                count => format!("(key {} of {count}) ", at + 1),
            };
            match SecretKey::parse(text, production) {
                Ok(key) => keys.push(key),
                Err(problem) => self.problems.push(format!("SECRET_KEY {which}{problem}: {ADVICE}")),
            }
        }
        if keys.len() == listed.len() { SecretKeys::new(keys) } else { None }
    }

    pub(super) fn mail_url(&mut self) -> Option<MailUrl> {
        let Some(text) = self.get("MAIL_URL") else {
            return self.problem(
                "MAIL_URL",
                "is not set: set it to smtps://user:password@host, smtp://host or folder:PATH",
            );
        };
        MailUrl::parse(&text).map_err(|problem| self.problem::<()>("MAIL_URL", problem)).ok()
    }

    pub(super) fn mail_from(&mut self, public_url: Option<&Origin>, site_name: &str) -> Option<Mailbox> {
        let address = format!("no-reply@{}", public_url.map_or("localhost", Origin::host));
        let mailbox = match self.get("MAIL_FROM") {
            Some(text) => text.parse(),
            None => address.parse().map(|address| Mailbox::new(Some(site_name.to_owned()), address)),
        };
        match mailbox {
            Ok(mailbox) => Some(mailbox),
            Err(_) => self.problem(
                "MAIL_FROM",
                "must be an email address, such as: Example accounts <no-reply@example.com>",
            ),
        }
    }

    /// Behind a proxy that is not listed, all users share its IP address, and a stranger's wrong passwords
    /// lock everyone out. So production must say which proxies there are, or `none`.
    pub(super) fn trusted_proxies(&mut self, production: bool) -> Vec<IpNet> {
        let Some(text) = self.get("TRUSTED_PROXIES") else {
            if production {
                self.problems.push(
                    "TRUSTED_PROXIES is not set, and PUBLIC_URL is https: set it to the IP addresses or networks of \
                     your proxies, or to none if clients connect directly"
                        .to_owned(),
                );
            }
            return Vec::new();
        };
        let mut networks = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty() && text != "none") {
            match part.parse::<IpNet>().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_) => self.problems.push(format!(
                    "TRUSTED_PROXIES holds {part:?}, which is neither an IP address nor a network such as 10.0.0.0/8"
                )),
            }
        }
        networks
    }

    pub(super) fn embed_origins(&mut self, own: Option<&Origin>) -> Vec<Embedder> {
        let text = self.get("EMBED_ORIGINS").unwrap_or_default();
        let mut embedders: Vec<Embedder> = Vec::new();
        for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
            match Embedder::parse(part) {
                Err(problem) => self.problems.push(format!("EMBED_ORIGINS holds {part:?}, which {problem}")),
                Ok(embedder) if own == Some(embedder.origin()) => self.problems.push(format!(
                    "EMBED_ORIGINS holds {part:?}, which is PUBLIC_URL: no page of ours has a frame"
                )),
                Ok(embedder) if embedders.contains(&embedder) => {
                    self.problems.push(format!("EMBED_ORIGINS holds {part:?} twice"));
                }
                Ok(embedder) => embedders.push(embedder),
            }
        }
        embedders
    }

    /// Each as browsers spell it in `Origin`, because the gate compares texts.
    pub(super) fn api_allowed_origins(&mut self, own: Option<&Origin>) -> Vec<Origin> {
        let text = self.get("API_ALLOWED_ORIGINS").unwrap_or_default();
        let mut origins: Vec<Origin> = Vec::new();
        for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
            let problem = match Origin::parse(part) {
                Err(problem) => problem.to_string(),
                Ok(origin) if part.contains('*') || origin.host().contains('*') => {
                    "holds a wildcard: name each site exactly".to_owned()
                }
                Ok(origin) if part != origin.as_str() => format!("must be written {origin}"),
                Ok(origin) if !origin.is_https() && !origin.is_loopback() => {
                    "must be https: plain http is only for localhost".to_owned()
                }
                Ok(origin) if own == Some(&origin) => "is PUBLIC_URL, whose scripts need no entry".to_owned(),
                Ok(origin) if origins.contains(&origin) => "is there twice".to_owned(),
                Ok(origin) => {
                    origins.push(origin);
                    continue;
                }
            };
            self.problems.push(format!("API_ALLOWED_ORIGINS holds {part:?}, which {problem}"));
        }
        origins
    }

    /// Host names and IP addresses as URLs spell them, an IPv6 address without brackets.
    pub(super) fn webhook_allowed_hosts(&mut self) -> Vec<String> {
        let text = self.get("WEBHOOK_ALLOWED_HOSTS").unwrap_or_default();
        let mut hosts = Vec::new();
        for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
            let bracketed = if part.contains(':') { format!("[{part}]") } else { part.to_owned() };
            match Origin::parse(&format!("https://{bracketed}")) {
                Ok(origin) if origin.host() == bracketed && origin.port() == 443 => hosts.push(part.to_owned()),
                _ => self.problems.push(format!(
                    "WEBHOOK_ALLOWED_HOSTS holds {part:?}, which is not a host name or IP address as URLs spell it"
                )),
            }
        }
        hosts
    }

    /// The files in the program or on disk. Something in `OVERRIDES_DIR` that cannot replace anything is a problem.
    pub(super) fn assets(&mut self) -> Assets {
        let own = self.get("ASSETS_DIR").map(PathBuf::from);
        if let Some(own) = &own {
            for part in ASSET_FOLDERS {
                if !own.join(part).is_dir() {
                    self.problems.push(format!("ASSETS_DIR ({}) has no folder {part}/", own.display()));
                }
            }
        }
        let overrides = self.get("OVERRIDES_DIR").map(PathBuf::from);
        if let Some(folder) = &overrides {
            let shown = folder.display();
            match std::fs::read_dir(folder) {
                Err(error) => self.problems.push(format!("OVERRIDES_DIR ({shown}) cannot be read: {error}")),
                Ok(entries) => {
                    let names =
                        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
                    let strange = names
                        .filter(|name| !name.starts_with('.') && !ASSET_FOLDERS.contains(&name.as_str()));
                    for name in strange {
                        self.problems.push(format!(
                            "OVERRIDES_DIR ({shown}) holds {name:?}: only templates/, static/ and locales/ replace files"
                        ));
                    }
                }
            }
        }
        match own {
            Some(own) => Assets::new(own, overrides),
            None => Assets::embedded(overrides),
        }
    }
}
