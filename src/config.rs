//! Every environment variable, read once, all faults reported together. Nothing else reads the
//! environment.

mod mail_url;
mod secret_key;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;

pub use self::mail_url::MailUrl;
pub use self::secret_key::SecretKey;
use crate::db::DatabaseUrl;
use crate::domain::{Embedder, Origin};

/// A variable's name and what it is for: the table of the README and of `unframed serve --help`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_URL", "where the database is, as postgresql://user@host:26257/database?sslmode=verify-full"),
    ("DATABASE_POOL_SIZE", "the most connections of this process (default 10)"),
    ("LISTEN", "address and port to listen on (default 127.0.0.1:8080)"),
    ("PUBLIC_URL", "scheme and host that users see (default http://localhost:8080)"),
    ("SECRET_KEY", "at least 32 random bytes in base64 or hex, as `openssl rand -base64 32` makes them"),
    ("MAIL_URL", "smtps://user:password@host, smtp://host or folder:PATH"),
    ("MAIL_FROM", "the sender of mails (default no-reply at the host of PUBLIC_URL)"),
    (
        "TRUSTED_PROXIES",
        "addresses or networks whose Forwarded or X-Forwarded-For is believed (default none)",
    ),
    (
        "EMBED_ORIGINS",
        "sites that may show the public card in a frame, such as https://partner.example (default none)",
    ),
    ("SESSION_IDLE_MINUTES", "a session ends after so long without use (default 30)"),
    ("SESSION_ABSOLUTE_HOURS", "a session ends so long after sign-in in any case (default 12)"),
    ("ASSETS_DIR", "the folder that holds templates/, static/ and locales/ (default the current one)"),
    ("RUST_LOG", "what is logged: error, warn, info, debug or trace (default info)"),
];

/// What the server needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `DATABASE_POOL_SIZE`.
    pub pool_size: u32,
    /// `LISTEN`.
    pub listen: SocketAddr,
    /// `PUBLIC_URL`: decides the cookie's name and Secure, HSTS, the allowed Origin, links in mails.
    pub public_url: Origin,
    /// `SECRET_KEY`.
    pub secret_key: SecretKey,
    /// `MAIL_URL`.
    pub mail: MailUrl,
    /// `MAIL_FROM`.
    pub mail_from: Mailbox,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// `EMBED_ORIGINS`.
    pub embed_origins: Vec<Embedder>,
    /// `SESSION_IDLE_MINUTES`.
    pub session_idle: Duration,
    /// `SESSION_ABSOLUTE_HOURS`.
    pub session_absolute: Duration,
    /// `ASSETS_DIR`.
    pub assets_dir: PathBuf,
}

/// All that is wrong with the environment, a line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Faults {}

/// Looks a variable up; an empty one counts as not set.
pub fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The folders in which programs are looked for.
#[must_use]
pub fn search_path() -> Vec<PathBuf> {
    environment("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Where files may lie that nobody needs later.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// [`Faults`] of all variables at once; no value of a secret is in them.
    pub fn from_env(role: &str) -> Result<Self, Faults> {
        Self::read(environment, role)
    }

    /// Reads variables through `lookup`.
    ///
    /// # Errors
    /// [`Faults`] of all variables at once.
    pub fn read(lookup: impl Fn(&str) -> Option<String>, role: &str) -> Result<Self, Faults> {
        let mut reader = Reader { lookup, faults: Vec::new() };
        let database_url = reader.database_url(role);
        let pool_size = reader.pool_size();
        let listen =
            reader.parsed("LISTEN", "127.0.0.1:8080", "an address and a port, such as 127.0.0.1:8080");
        let public_url = reader.public_url();
        let secret_key = reader.secret_key(public_url.as_ref().is_some_and(Origin::is_https));
        let mail = reader.mail_url();
        let mail_from = reader.mail_from(public_url.as_ref());
        let trusted_proxies = reader.trusted_proxies();
        let embed_origins = reader.embed_origins(public_url.as_ref());
        let session_idle = reader.number("SESSION_IDLE_MINUTES", 30, 1, 24 * 60);
        let session_absolute = reader.number("SESSION_ABSOLUTE_HOURS", 12, 1, 24 * 30);
        let assets_dir = reader.assets_dir();
        match (database_url, listen, public_url, secret_key, mail, mail_from, reader.faults) {
            (
                Some(database_url),
                Some(listen),
                Some(public_url),
                Some(secret_key),
                Some(mail),
                Some(mail_from),
                faults,
            ) if faults.is_empty() => Ok(Self {
                database_url,
                pool_size,
                listen,
                public_url,
                secret_key,
                mail,
                mail_from,
                trusted_proxies,
                embed_origins,
                session_idle: Duration::from_secs(u64::from(session_idle) * 60),
                session_absolute: Duration::from_secs(u64::from(session_absolute) * 3600),
                assets_dir,
            }),
            (.., faults) => Err(Faults(faults)),
        }
    }

    /// Only `DATABASE_URL`, for the commands that need no more.
    ///
    /// # Errors
    /// [`Faults`].
    pub fn database_url_from_env(role: &str) -> Result<DatabaseUrl, Faults> {
        let mut reader = Reader { lookup: environment, faults: Vec::new() };
        reader.database_url(role).ok_or(Faults(reader.faults))
    }

    /// Only `DATABASE_URL` and `DATABASE_POOL_SIZE`.
    ///
    /// # Errors
    /// [`Faults`].
    pub fn database_from_env(role: &str) -> Result<(DatabaseUrl, u32), Faults> {
        let mut reader = Reader { lookup: environment, faults: Vec::new() };
        let pool_size = reader.pool_size();
        match (reader.database_url(role), reader.faults) {
            (Some(url), faults) if faults.is_empty() => Ok((url, pool_size)),
            (_, faults) => Err(Faults(faults)),
        }
    }
}

/// Reads variables and keeps what is wrong with them.
struct Reader<L> {
    lookup: L,
    faults: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned())
    }

    fn fault<T>(&mut self, name: &str, what: impl fmt::Display) -> Option<T> {
        self.faults.push(format!("{name} {what}"));
        None
    }

    fn number(&mut self, name: &str, default: u32, least: u32, most: u32) -> u32 {
        match self.get(name).map(|text| text.parse()) {
            None => default,
            Some(Ok(number)) if (least..=most).contains(&number) => number,
            Some(_) => {
                self.fault(name, format!("must be a number from {least} to {most}")).unwrap_or(default)
            }
        }
    }

    fn pool_size(&mut self) -> u32 {
        self.number("DATABASE_POOL_SIZE", 10, 1, 1000)
    }

    fn parsed<T: FromStr>(&mut self, name: &str, default: &str, form: &str) -> Option<T> {
        let text = self.get(name).unwrap_or_else(|| default.to_owned());
        text.parse().ok().or_else(|| self.fault(name, format!("must be {form}")))
    }

    fn database_url(&mut self, role: &str) -> Option<DatabaseUrl> {
        let Some(text) = self.get("DATABASE_URL") else {
            return self.fault(
                "DATABASE_URL",
                "is not set: give the database, as postgresql://user@host:26257/database?sslmode=verify-full",
            );
        };
        DatabaseUrl::parse(&text, role).map_err(|problem| self.fault::<()>("DATABASE_URL", problem)).ok()
    }

    fn public_url(&mut self) -> Option<Origin> {
        let text = self.get("PUBLIC_URL").unwrap_or_else(|| "http://localhost:8080".to_owned());
        match Origin::parse(&text) {
            Err(problem) => self.fault("PUBLIC_URL", problem),
            Ok(origin) if !origin.is_https() && !origin.is_loopback() => self.fault(
                "PUBLIC_URL",
                "must be https: plain http is only for localhost, where browsers trust it",
            ),
            Ok(origin) => Some(origin),
        }
    }

    fn secret_key(&mut self, production: bool) -> Option<SecretKey> {
        const HOW: &str = "make one with `openssl rand -base64 32`";
        let key = match self.get("SECRET_KEY") {
            None => Err("is not set"),
            Some(text) => SecretKey::parse(&text, production),
        };
        key.map_err(|problem| self.fault::<()>("SECRET_KEY", format!("{problem}: {HOW}"))).ok()
    }

    fn mail_url(&mut self) -> Option<MailUrl> {
        let url = match self.get("MAIL_URL") {
            None => Err("is not set: give smtps://user:password@host, smtp://host or folder:PATH"),
            Some(text) => MailUrl::parse(&text),
        };
        url.map_err(|problem| self.fault::<()>("MAIL_URL", problem)).ok()
    }

    fn mail_from(&mut self, public_url: Option<&Origin>) -> Option<Mailbox> {
        let default = format!("unframed <no-reply@{}>", public_url.map_or("localhost", Origin::host));
        match self.get("MAIL_FROM").unwrap_or(default).parse() {
            Ok(mailbox) => Some(mailbox),
            Err(_) => {
                self.fault("MAIL_FROM", "must be an address, as in: Example accounts <no-reply@example.com>")
            }
        }
    }

    fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let text = self.get("TRUSTED_PROXIES").unwrap_or_default();
        let mut networks = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse::<IpNet>().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_) => {
                    self.faults.push(format!("TRUSTED_PROXIES holds {part:?}, which is neither an address nor a network such as 10.0.0.0/8"));
                }
            }
        }
        networks
    }

    fn embed_origins(&mut self, own: Option<&Origin>) -> Vec<Embedder> {
        let text = self.get("EMBED_ORIGINS").unwrap_or_default();
        let mut embedders: Vec<Embedder> = Vec::new();
        for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
            match Embedder::parse(part) {
                Err(problem) => {
                    self.faults.push(format!("EMBED_ORIGINS holds {part:?}, which {problem}"));
                }
                Ok(embedder) if own == Some(embedder.origin()) => {
                    self.faults
                        .push(format!("EMBED_ORIGINS holds {part:?}, which is PUBLIC_URL: we frame nothing"));
                }
                Ok(embedder) if embedders.contains(&embedder) => {
                    self.faults.push(format!("EMBED_ORIGINS holds {part:?} twice"));
                }
                Ok(embedder) => embedders.push(embedder),
            }
        }
        embedders
    }

    fn assets_dir(&mut self) -> PathBuf {
        let folder = PathBuf::from(self.get("ASSETS_DIR").unwrap_or_else(|| ".".to_owned()));
        for part in ["templates", "static", "locales"] {
            if !folder.join(part).is_dir() {
                self.faults.push(format!("ASSETS_DIR ({}) holds no folder {part}/", folder.display()));
            }
        }
        folder
    }
}

#[cfg(test)]
mod tests;
