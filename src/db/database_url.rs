//! `DATABASE_URL`, in the syntax of CockroachDB's own connection strings. tokio-postgres alone does not
//! know `verify-full` or certificate files, and falls back to plain text.

mod parameters;

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};

use self::parameters::Parameters;
use super::tls::{self, TlsProblem};

/// A checked connection string. Its `Debug` shows the hosts and the database, never user or password.
#[derive(Clone)]
pub struct DatabaseUrl {
    pub(super) config: tokio_postgres::Config,
    /// `None` in plain text.
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
    verified_by: String,
    has_client_certificate: bool,
}

/// Why a connection string is refused. No text quotes the string, because it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlProblem {
    /// It has another scheme.
    #[error("must begin with postgresql:// or postgres://")]
    Scheme,
    /// tokio-postgres cannot parse it.
    #[error("{0}")]
    Malformed(String),
    /// It has an `@` that does not end user and password.
    #[error("has an @ too many: in a user name or password, write @ as %40 and ? as %3F")]
    NotEncoded,
    /// It names no host.
    #[error("names no host, as in postgresql://user@host:26257/database")]
    NoHost,
    /// Its `sslmode` does not verify the server.
    #[error(
        "sslmode={0} is refused: it does not verify the server. Use verify-full (or require, which means the same here), or disable on a loopback address"
    )]
    WeakMode(String),
    /// Its `sslmode` does not exist.
    #[error("sslmode={0} is unknown: use verify-full, require, or disable on a loopback address")]
    UnknownMode(String),
    /// It asks for plain text across a network.
    #[error("sslmode=disable is only for a database on this machine (localhost, 127.0.0.1, ::1)")]
    PlainText,
    /// It gives one of `sslcert` and `sslkey` without the other.
    #[error("sslcert and sslkey go together: give both or neither")]
    HalfClient,
    /// It names a certificate file beside `sslmode=disable`.
    #[error("{0} has no effect with sslmode=disable: remove it, or use sslmode=verify-full")]
    UnusedFile(&'static str),
    /// It names a certificate file that cannot be used.
    #[error("{0}")]
    Tls(String),
}

impl From<TlsProblem> for DatabaseUrlProblem {
    fn from(problem: TlsProblem) -> Self {
        Self::Tls(super::with_causes(&problem))
    }
}

/// Settings that the URL's own `options`, which come later, may override.
const DEFAULT_OPTIONS: &str = "-c statement_timeout=10s -c idle_in_transaction_session_timeout=30s";

/// How long to wait for one host, unless the URL sets `connect_timeout`.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl DatabaseUrl {
    /// Parses a connection string; `role` becomes part of the `application_name`.
    ///
    /// The accepted values of `sslmode` are `disable` (loopback only), `require` and `verify-full`. The
    /// last two mean the same: the certificate chain and the host name are verified. Without `sslmode`,
    /// a loopback host is reached in plain text and any other host is verified.
    pub fn parse(text: &str, role: &str) -> Result<Self, DatabaseUrlProblem> {
        if !text.starts_with("postgresql://") && !text.starts_with("postgres://") {
            return Err(DatabaseUrlProblem::Scheme);
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        // A password with `@` or `?` would end early. We would show the rest, as a host, a database or a parameter.
        if address.matches('@').count() > 1 || query.contains('@') {
            return Err(DatabaseUrlProblem::NotEncoded);
        }
        let parameters = Parameters::parse(query);
        let mut config: tokio_postgres::Config =
            format!("{address}?{}", parameters.rest).parse().map_err(|error: tokio_postgres::Error| {
                DatabaseUrlProblem::Malformed(super::with_causes(&error))
            })?;
        if config.get_hosts().is_empty() {
            return Err(DatabaseUrlProblem::NoHost);
        }
        // Where `hostaddr` is given, it is what we connect to, and `host` is only the name to verify.
        let loopback = config.get_hosts().iter().all(is_loopback)
            && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
        let files = parameters.tls_files(loopback)?;
        let tls = files.as_ref().map(tls::client_config).transpose()?.map(Arc::new);
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        config.options(format!("{DEFAULT_OPTIONS} {}", parameters.options));
        if config.get_application_name().is_none() {
            config.application_name(format!("unframed-{role}"));
        }
        set_default_timeouts(&mut config, query);
        Ok(Self {
            config,
            tls,
            has_client_certificate: files.is_some_and(|files| files.client.is_some()),
            verified_by: parameters
                .sslrootcert
                .unwrap_or_else(|| "the system's certificate authorities".to_owned()),
        })
    }

    /// The same server and login without a statement timeout, because schema changes take longer.
    #[must_use]
    pub fn without_statement_timeout(&self) -> Self {
        let mut unlimited = self.clone();
        let options = unlimited.config.get_options().unwrap_or_default().to_owned();
        unlimited.config.options(format!("{options} -c statement_timeout=0"));
        unlimited
    }

    /// The same server and login with another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// The hosts, ports and database, without user and password.
    #[must_use]
    pub fn shown(&self) -> String {
        let ports = self.config.get_ports();
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .enumerate()
            .map(|(index, host)| {
                let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
                match host {
                    Host::Tcp(name) => format!("{name}:{port}"),
                    Host::Unix(path) => path.display().to_string(),
                }
            })
            .collect();
        format!("{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// The authority that must have signed the server's certificate; `None` in plain text.
    #[must_use]
    pub fn verified_by(&self) -> Option<&str> {
        self.tls.is_some().then_some(self.verified_by.as_str())
    }

    /// Whether we offer a client certificate (`sslcert`).
    #[must_use]
    pub fn has_client_certificate(&self) -> bool {
        self.has_client_certificate
    }
}

/// Sets the timeouts that the URL leaves out.
fn set_default_timeouts(config: &mut tokio_postgres::Config, query: &str) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    // By default, tokio-postgres waits two hours before it probes a silent server.
    if !query.contains("keepalives_idle=") {
        config.keepalives_idle(Duration::from_secs(30));
    }
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(Duration::from_secs(10));
    }
    if config.get_keepalives_retries().is_none() {
        config.keepalives_retries(3);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(15));
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseUrl({})", self.shown())
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests;
