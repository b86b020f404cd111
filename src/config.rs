//! The environment variables. They are read once, and all problems are reported together. Nothing else
//! reads the environment.

pub mod accent;
mod identity;
mod logo;
mod mail_url;
mod reader;
mod secret_key;
mod sign_up;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use ipnet::IpNet;
use lettre::message::Mailbox;

pub use self::accent::Accent;
pub use self::identity::{Identity, Link};
pub use self::logo::{LOGO_SVG, Logo, LogoProblem};
pub use self::mail_url::{MailUrl, MailUrlProblem};
use self::reader::Reader;
pub use self::secret_key::{SecretKey, SecretKeyProblem, SecretKeys};
pub use self::sign_up::{SignUpDomains, SignUpPolicy};
use crate::assets::Assets;
use crate::db::DatabaseUrl;
use crate::domain::{Embedder, Origin, SessionLifetime};
use crate::logging::line::LogFormat;

/// The name and purpose of each variable, as shown in `docs/CONFIGURATION.md` and by `--help`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_URL", "the database, as postgresql://user@host:26257/database?sslmode=verify-full"),
    ("DATABASE_POOL_SIZE", "the most connections of this process (default 10)"),
    ("LISTEN", "the address and port to listen on (default 127.0.0.1:8080)"),
    (
        "METRICS_LISTEN",
        "a private address and port that serves /metrics to Prometheus, such as 127.0.0.1:9464 (default none)",
    ),
    ("PUBLIC_URL", "the scheme and host that users see (default http://localhost:8080)"),
    (
        "SECRET_KEY",
        "at least 32 random bytes (`openssl rand -base64 32`); in a list with commas, the first key signs",
    ),
    (
        "MAIL_URL",
        "smtps://user:password@host, smtp://host (STARTTLS; plain only to 127.0.0.1) or folder:PATH",
    ),
    ("MAIL_FROM", "the sender of emails (default no-reply at the host of PUBLIC_URL)"),
    (
        "TRUSTED_PROXIES",
        "the IP addresses or networks of your proxies, or `none`; required if PUBLIC_URL is https",
    ),
    ("CLIENT_ADDRESS_HEADER", "the header in which these proxies name the client (default X-Forwarded-For)"),
    (
        "EMBED_ORIGINS",
        "sites that may show the public card in a frame, such as https://partner.example (default none)",
    ),
    (
        "API_ALLOWED_ORIGINS",
        "sites whose scripts may use the API with an access token, such as https://tools.example (default none)",
    ),
    (
        "WEBHOOK_ALLOWED_HOSTS",
        "hosts of webhooks that may have a private IP address, separated by commas, such as payroll.internal (default none)",
    ),
    ("SITE_NAME", "the name of the site on pages and in emails, at most 80 characters (default unframed)"),
    ("SITE_LOGO", "your logo: an SVG, PNG, JPEG, WebP or GIF file of at most 256 KiB (default ours)"),
    (
        "ACCENT_COLOR",
        "the color of links and buttons, such as #0d6156, or two: for light pages and for dark ones (default ours)",
    ),
    ("SERVICE_URL", "the service that the account belongs to; pages link back to it (default none)"),
    ("SUPPORT_URL", "your help page (default none)"),
    ("SUPPORT_EMAIL", "your help by email, if there is no SUPPORT_URL (default none)"),
    ("PRIVACY_URL", "your privacy notice (default none)"),
    ("ACCESSIBILITY_URL", "your accessibility statement (default none)"),
    ("SIGN_UP", "who may sign up: open, invite (by `unframed admin invite`) or closed (default open)"),
    ("SIGN_UP_DOMAINS", "the domains of email addresses that may sign up while it is open (default all)"),
    (
        "REQUIRE_SECOND_FACTOR",
        "yes: users without a second factor must add one after sign-in and can do nothing else before (default no)",
    ),
    ("SESSION_IDLE_MINUTES", "a session ends after this time without use (default 30)"),
    ("SESSION_ABSOLUTE_HOURS", "a session ends this long after sign-in, even if it is used (default 12)"),
    (
        "SESSION_REMEMBER_DAYS",
        "how long a device on which the user chose to stay signed in stays so; 0 removes the choice (default 30)",
    ),
    (
        "OVERRIDES_DIR",
        "a folder whose templates/, static/ and locales/ replace single files of ours (default none)",
    ),
    (
        "ASSETS_DIR",
        "a folder whose templates/, static/ and locales/ are used in place of those in the program (default none)",
    ),
    ("LOG_FORMAT", "the form of the log: text or json, one object a line (default text)"),
    ("RUST_LOG", "the log level: error, warn, info, debug or trace (default info)"),
];

/// The configuration of the server.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: u32,
    /// `LISTEN`.
    pub listen: SocketAddr,
    /// `METRICS_LISTEN`.
    pub metrics_listen: Option<SocketAddr>,
    /// `PUBLIC_URL`, which decides the cookie's name and Secure, HSTS, the allowed Origin, and links in mails.
    pub public_url: Origin,
    /// `SECRET_KEY`.
    pub secret_keys: SecretKeys,
    /// `MAIL_URL`.
    pub mail: MailUrl,
    /// `MAIL_FROM`.
    pub mail_from: Mailbox,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// `CLIENT_ADDRESS_HEADER`.
    pub client_address_header: HeaderName,
    /// `EMBED_ORIGINS`.
    pub embed_origins: Vec<Embedder>,
    /// `API_ALLOWED_ORIGINS`.
    pub api_allowed_origins: Vec<Origin>,
    /// `WEBHOOK_ALLOWED_HOSTS`.
    pub webhook_allowed_hosts: Vec<String>,
    /// `SITE_NAME` and the links that lead out of the site.
    pub identity: Identity,
    /// `SIGN_UP_DOMAINS`. `SIGN_UP` is in the identity, because pages show it.
    pub sign_up_domains: SignUpDomains,
    /// `REQUIRE_SECOND_FACTOR`.
    pub require_second_factor: bool,
    /// `SESSION_IDLE_MINUTES`.
    pub session_idle: Duration,
    /// `SESSION_ABSOLUTE_HOURS`.
    pub session_absolute: Duration,
    /// `SESSION_REMEMBER_DAYS`; zero: nobody can choose to stay signed in.
    pub session_remember: Duration,
    /// `ASSETS_DIR`.
    pub assets: Assets,
}

/// All problems of the environment, one line each. No line quotes a secret.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<String>);

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigProblems {}

/// Reads one variable. An empty one counts as not set.
pub fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// `LOG_FORMAT`, which is needed before anything else is read.
pub fn log_format() -> Result<LogFormat, ConfigProblems> {
    let mut reader = Reader::new(environment);
    let format = reader.parsed("LOG_FORMAT", "text", "text or json");
    format.ok_or_else(|| ConfigProblems(reader.into_problems()))
}

/// The folders of `PATH`, in which programs are looked up.
#[must_use]
pub fn search_path() -> Vec<PathBuf> {
    environment("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// The system's folder for temporary files.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

impl Config {
    /// Reads the environment of this process. `role` becomes part of the connections' `application_name`.
    pub fn from_env(role: &str) -> Result<Self, ConfigProblems> {
        Self::read(environment, role)
    }

    /// Reads variables through `lookup`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, role: &str) -> Result<Self, ConfigProblems> {
        let mut reader = Reader::new(lookup);
        let database_url = reader.database_url(role);
        let pool_size = reader.pool_size();
        let listen =
            reader.parsed("LISTEN", "127.0.0.1:8080", "an address and a port, such as 127.0.0.1:8080");
        let metrics_listen = reader.metrics_listen();
        let public_url = reader.public_url();
        let secret_keys = reader.secret_keys(public_url.as_ref().is_some_and(Origin::is_https));
        let mail = reader.mail_url();
        let trusted_proxies = reader.trusted_proxies(public_url.as_ref().is_some_and(Origin::is_https));
        let client_address_header =
            reader.parsed("CLIENT_ADDRESS_HEADER", "X-Forwarded-For", "the name of a header");
        let embed_origins = reader.embed_origins(public_url.as_ref());
        let api_allowed_origins = reader.api_allowed_origins(public_url.as_ref());
        let webhook_allowed_hosts = reader.webhook_allowed_hosts();
        let identity = reader.identity();
        let mail_from = reader.mail_from(public_url.as_ref(), &identity.name);
        let sign_up_domains = reader.sign_up_domains();
        let require_second_factor = reader.yes_or_no("REQUIRE_SECOND_FACTOR");
        let session_idle = reader.number("SESSION_IDLE_MINUTES", 30, 1, 24 * 60);
        let session_absolute = reader.number("SESSION_ABSOLUTE_HOURS", 12, 1, 24 * 30);
        let session_remember = reader.number("SESSION_REMEMBER_DAYS", 30, 0, 400);
        let assets = reader.assets();
        match (
            database_url,
            listen,
            public_url,
            secret_keys,
            mail,
            mail_from,
            client_address_header,
            reader.into_problems(),
        ) {
            (
                Some(database_url),
                Some(listen),
                Some(public_url),
                Some(secret_keys),
                Some(mail),
                Some(mail_from),
                Some(client_address_header),
                problems,
            ) if problems.is_empty() => Ok(Self {
                database_url,
                pool_size,
                listen,
                metrics_listen,
                public_url,
                secret_keys,
                mail,
                mail_from,
                trusted_proxies,
                client_address_header,
                embed_origins,
                api_allowed_origins,
                webhook_allowed_hosts,
                identity,
                sign_up_domains,
                require_second_factor,
                session_idle: Duration::from_secs(u64::from(session_idle) * 60),
                session_absolute: Duration::from_secs(u64::from(session_absolute) * 3600),
                session_remember: Duration::from_secs(u64::from(session_remember) * 24 * 3600),
                assets,
            }),
            (.., problems) => Err(ConfigProblems(problems)),
        }
    }

    /// The lifetime of a new session, of a user who chose to stay signed in or not.
    #[must_use]
    pub fn session_lifetime(&self, remembered: bool) -> SessionLifetime {
        if remembered && !self.session_remember.is_zero() {
            let long = self.session_remember.max(self.session_absolute);
            SessionLifetime { idle: long, absolute: long, remembered: true }
        } else {
            SessionLifetime { idle: self.session_idle, absolute: self.session_absolute, remembered: false }
        }
    }

    /// Reads only `DATABASE_URL`, for the commands that need no other variable.
    pub fn database_url_from_env(role: &str) -> Result<DatabaseUrl, ConfigProblems> {
        let mut reader = Reader::new(environment);
        reader.database_url(role).ok_or_else(|| ConfigProblems(reader.into_problems()))
    }

    /// Reads only `DATABASE_URL` and `DATABASE_POOL_SIZE`.
    pub fn database_from_env(role: &str) -> Result<(DatabaseUrl, u32), ConfigProblems> {
        let mut reader = Reader::new(environment);
        let pool_size = reader.pool_size();
        match (reader.database_url(role), reader.into_problems()) {
            (Some(url), problems) if problems.is_empty() => Ok((url, pool_size)),
            (_, problems) => Err(ConfigProblems(problems)),
        }
    }
}

#[cfg(test)]
mod tests;
