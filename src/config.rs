//! Every environment variable, read once, all faults reported together. Nothing else reads the
//! environment.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use ipnet::IpNet;
use lettre::message::Mailbox;

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
    ("ASSETS_DIR", "the folder that holds templates/ and static/ (default the current one)"),
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

/// The key from which all others are derived.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(Vec<u8>);

impl SecretKey {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// Where mails go.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// Each mail becomes a file here.
    Folder(PathBuf),
    /// An SMTP server, as lettre reads it; it may hold a password.
    Smtp(String),
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Smtp(_) => f.write_str("smtp(..)"),
        }
    }
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
        let Some(text) = self.get("SECRET_KEY") else {
            return self.fault("SECRET_KEY", format!("is not set: {HOW}"));
        };
        let bytes = decode_key(&text);
        if bytes.len() < 32 {
            return self.fault("SECRET_KEY", format!("holds fewer than 32 bytes: {HOW}"));
        }
        if production && is_weak(&text, &bytes) {
            return self
                .fault("SECRET_KEY", format!("is a sample or not random, and PUBLIC_URL is https: {HOW}"));
        }
        Some(SecretKey(bytes))
    }

    fn mail_url(&mut self) -> Option<MailUrl> {
        let Some(text) = self.get("MAIL_URL") else {
            return self.fault(
                "MAIL_URL",
                "is not set: give smtps://user:password@host, smtp://host or folder:PATH",
            );
        };
        if let Some(path) = text.strip_prefix("folder:") {
            if path.is_empty() {
                return self.fault("MAIL_URL", "names no folder, as in folder:mails");
            }
            return Some(MailUrl::Folder(path.into()));
        }
        let Some(url) = url::Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some())
        else {
            return self.fault("MAIL_URL", "must be smtps://user:password@host, smtp://host or folder:PATH");
        };
        Some(MailUrl::Smtp(with_starttls(url)))
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
        for part in ["templates", "static"] {
            if !folder.join(part).is_dir() {
                self.faults.push(format!("ASSETS_DIR ({}) holds no folder {part}/", folder.display()));
            }
        }
        folder
    }
}

/// Base64 or hex if it is that, else the text's own bytes.
fn decode_key(text: &str) -> Vec<u8> {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hex {
        return text
            .as_bytes()
            .chunks(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
    }
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE_NO_PAD.decode(text))
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// A key that a person made up or copied: 32 random bytes hold more than 20 different ones in all
/// but one of 10^7 cases.
fn is_weak(text: &str, bytes: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let sample = ["change", "secret", "sample", "example", "unframed", "password", "0123456789"];
    let different: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
    sample.iter().any(|word| lower.contains(word)) || different.len() < 20
}

/// Mails hold links: to another machine they go through TLS unless the URL says otherwise.
fn with_starttls(mut url: url::Url) -> String {
    let local =
        url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]");
    if url.scheme() == "smtp" && !local && !url.query_pairs().any(|(name, _)| name == "tls") {
        url.query_pairs_mut().append_pair("tls", "required");
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
        let good = [
            ("DATABASE_URL", "postgresql://root@localhost:26257/defaultdb?sslmode=disable"),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
            ("MAIL_URL", "folder:/tmp"),
            ("ASSETS_DIR", env!("CARGO_MANIFEST_DIR")),
        ];
        let pairs: Vec<(String, String)> =
            good.iter().chain(pairs).map(|(n, v)| ((*n).into(), (*v).into())).collect();
        let lookup = |name: &str| {
            pairs.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone()).filter(|v| !v.is_empty())
        };
        Config::read(lookup, "test")
    }

    fn fault(name: &str, value: &str) -> String {
        let Faults(faults) = read(&[(name, value)]).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].clone()
    }

    #[test]
    fn all_faults_are_told_at_once_and_no_secret_with_them() {
        let Faults(faults) = read(&[
            ("DATABASE_URL", "postgres://u:hunter2@db.example/d?sslmode=prefer"),
            ("LISTEN", "8080"),
            ("SECRET_KEY", "hunter2"),
            ("MAIL_URL", "imap://u:hunter2@x"),
            ("TRUSTED_PROXIES", "10.0.0.0/8, nonsense"),
            ("SESSION_IDLE_MINUTES", "0"),
            ("PUBLIC_URL", "http://account.example.com"),
        ])
        .unwrap_err();
        assert_eq!(faults.len(), 7, "{faults:#?}");
        assert!(!faults.join("\n").contains("hunter2"), "{faults:#?}");
        assert!(fault("SECRET_KEY", "").contains("openssl rand"));
    }

    #[test]
    fn production_refuses_a_key_that_is_a_sample_or_not_random() {
        let https = ("PUBLIC_URL", "https://account.example.com");
        assert!(read(&[https]).is_ok());
        for weak in
            ["change-me-change-me-change-me-change-me", &"a".repeat(64), &"0123456789abcdef".repeat(4)]
        {
            let Faults(faults) = read(&[https, ("SECRET_KEY", weak)]).unwrap_err();
            assert!(faults[0].contains("sample or not random"), "{faults:?}");
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_readme() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url.as_str(), "http://localhost:8080");
        assert_eq!((config.session_idle.as_secs(), config.session_absolute.as_secs()), (1800, 43200));
        assert!(config.trusted_proxies.is_empty());
        let shown = format!("{config:?}");
        assert!(!shown.contains("uN3k") && shown.contains("SecretKey(..)"), "{shown}");
    }

    #[test]
    fn embedders_are_exact_origins_each_named_once() {
        let config = read(&[("EMBED_ORIGINS", "https://partner.example, http://localhost:9000")]).unwrap();
        let origins: Vec<&str> = config.embed_origins.iter().map(|one| one.origin().as_str()).collect();
        assert_eq!(origins, ["https://partner.example", "http://localhost:9000"]);
        assert!(read(&[]).unwrap().embed_origins.is_empty());
        for (value, said) in [
            ("https://*.partner.example", "wildcard"),
            ("https://partner.example/card", "without a path"),
            ("null", "no site"),
            ("http://partner.example", "must be https"),
            ("https://[2001:db8::1]", "IPv6"),
            ("https://partner.example https://partner.example", "twice"),
            ("http://localhost:8080", "is PUBLIC_URL"),
            ("https://Partner.example", "must be written https://partner.example"),
        ] {
            let fault = fault("EMBED_ORIGINS", value);
            assert!(fault.starts_with("EMBED_ORIGINS holds") && fault.contains(said), "{fault}");
        }
    }

    #[test]
    fn mail_to_another_machine_goes_through_tls() {
        let smtp = |url| match read(&[("MAIL_URL", url)]).unwrap().mail {
            MailUrl::Smtp(url) => url,
            MailUrl::Folder(path) => panic!("{path:?}"),
        };
        assert!(smtp("smtp://mail.example.com").ends_with("?tls=required"));
        assert!(!smtp("smtp://localhost:2525").contains("tls"));
        assert!(smtp("smtp://mail.example.com?tls=opportunistic").ends_with("?tls=opportunistic"));
    }
}
