//! `DATABASE_URL`, read as CockroachDB's own connection strings are written, and the one function
//! that opens a connection. tokio-postgres alone reads no `verify-full`, no certificate files, and
//! falls back to plain text; nothing here does.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::tls::{self, TlsFiles, TlsProblem};

/// A checked connection string. Its `Debug` shows hosts and database, never user or password.
#[derive(Clone)]
pub struct DatabaseUrl {
    config: tokio_postgres::Config,
    tls: Option<Arc<rustls::ClientConfig>>,
    verified_by: String,
    client_certificate: bool,
}

/// Why a connection string is refused. No text quotes the string: it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseUrlProblem {
    /// Another scheme.
    #[error("must begin with postgresql:// or postgres://")]
    Scheme,
    /// What tokio-postgres says of the rest.
    #[error("{0}")]
    Malformed(String),
    /// No database or host.
    #[error("names no host, as in postgresql://user@host:26257/database")]
    NoHost,
    /// A mode that does not verify.
    #[error(
        "sslmode={0} is refused: it does not verify the server. Use verify-full (or require, which means the same here), or disable on a loopback address"
    )]
    WeakMode(String),
    /// A mode that nobody knows.
    #[error("sslmode={0} is unknown: use verify-full, require, or disable on a loopback address")]
    UnknownMode(String),
    /// Plain text across a network.
    #[error("sslmode=disable is only for a database on this machine (localhost, 127.0.0.1, ::1)")]
    PlainText,
    /// One of `sslcert` and `sslkey` without the other.
    #[error("sslcert and sslkey go together: give both or none")]
    HalfClient,
    /// Certificate files beside `sslmode=disable`.
    #[error("{0} is given beside sslmode=disable: nothing would be verified")]
    UnusedFile(&'static str),
    /// A certificate file that cannot be used.
    #[error("{0}")]
    Tls(String),
}

impl From<TlsProblem> for DatabaseUrlProblem {
    fn from(problem: TlsProblem) -> Self {
        Self::Tls(super::with_causes(&problem))
    }
}

/// Server settings of every connection; those of the URL's own `options` come later and win, but
/// for the isolation, without which our transactions would not be what they are.
const OPTIONS_BEFORE: &str = "-c statement_timeout=10s -c idle_in_transaction_session_timeout=30s";
const OPTIONS_AFTER: &str = "-c default_transaction_isolation=serializable";

/// How long one host is waited for, where the URL says nothing else.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl DatabaseUrl {
    /// Reads a connection string; `role` becomes part of the `application_name`.
    ///
    /// Of `sslmode`, only `disable` (loopback), `require` and `verify-full` are taken, the last two
    /// with one meaning: the chain and the host name are verified. Without `sslmode` a loopback
    /// host is spoken to in plain text and every other one verified.
    ///
    /// # Errors
    /// A [`DatabaseUrlProblem`].
    pub fn parse(text: &str, role: &str) -> Result<Self, DatabaseUrlProblem> {
        if !text.starts_with("postgresql://") && !text.starts_with("postgres://") {
            return Err(DatabaseUrlProblem::Scheme);
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let mut rest = form_urlencoded::Serializer::new(String::new());
        let (mut mode, mut root, mut cert, mut key, mut options) = (None, None, None, None, String::new());
        // `+` is no space in a connection string (RFC 3986), so it must not be read as one.
        for (name, value) in form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
            match &*name {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => root = Some(value.into_owned()),
                "sslcert" => cert = Some(PathBuf::from(&*value)),
                "sslkey" => key = Some(PathBuf::from(&*value)),
                "options" => options = value.into_owned(),
                _ => {
                    rest.append_pair(&name, &value);
                }
            }
        }
        // The other way round: the serializer writes a space as `+`.
        let rest = rest.finish().replace('+', "%20");
        let mut config: tokio_postgres::Config =
            format!("{address}?{rest}").parse().map_err(|error: tokio_postgres::Error| {
                DatabaseUrlProblem::Malformed(super::with_causes(&error))
            })?;
        if config.get_hosts().is_empty() {
            return Err(DatabaseUrlProblem::NoHost);
        }
        // `hostaddr` is what is connected to; `host` is then only the name.
        let loopback = config.get_hosts().iter().all(is_loopback)
            && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
        let plain = match mode.as_deref() {
            None => loopback,
            Some("disable") if loopback => true,
            Some("disable") => return Err(DatabaseUrlProblem::PlainText),
            Some("require" | "verify-full") => false,
            Some(weak @ ("allow" | "prefer" | "verify-ca")) => {
                return Err(DatabaseUrlProblem::WeakMode(weak.to_owned()));
            }
            Some(_) => return Err(DatabaseUrlProblem::UnknownMode(mode.unwrap_or_default())),
        };
        let client_certificate = cert.is_some();
        let verified_by = root.clone().unwrap_or_else(|| "the system's certificate authorities".to_owned());
        let tls = if plain {
            for (given, parameter) in
                [(root.is_some(), "sslrootcert"), (cert.is_some(), "sslcert"), (key.is_some(), "sslkey")]
            {
                if given {
                    return Err(DatabaseUrlProblem::UnusedFile(parameter));
                }
            }
            None
        } else {
            let client = match (cert, key) {
                (Some(cert), Some(key)) => Some((cert, key)),
                (None, None) => None,
                _ => return Err(DatabaseUrlProblem::HalfClient),
            };
            // `system` is libpq's word for the system's roots.
            let root = root.filter(|path| path != "system").map(PathBuf::from);
            Some(Arc::new(tls::client_config(&TlsFiles { root, client })?))
        };
        config.ssl_mode(if plain { SslMode::Disable } else { SslMode::Require });
        config.options(format!("{OPTIONS_BEFORE} {options} {OPTIONS_AFTER}"));
        if config.get_application_name().is_none() {
            config.application_name(format!("unframed-{role}"));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        // tokio-postgres would wait two hours before it asks whether a silent server is still there.
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
        Ok(Self { config, tls, verified_by, client_certificate })
    }

    /// The same server and login without the time limit on statements: schema changes take longer.
    #[must_use]
    pub fn without_statement_timeout(&self) -> Self {
        let mut patient = self.clone();
        let options = patient.config.get_options().unwrap_or_default().to_owned();
        patient.config.options(format!("{options} -c statement_timeout=0"));
        patient
    }

    /// The same server and login, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// Hosts, ports and database, without user and password.
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

    /// Whose signature the server's certificate must bear; `None` in plain text.
    #[must_use]
    pub fn verified_by(&self) -> Option<&str> {
        self.tls.is_some().then_some(self.verified_by.as_str())
    }

    /// Whether we have a certificate of our own to offer (`sslcert`).
    #[must_use]
    pub fn has_client_certificate(&self) -> bool {
        self.client_certificate
    }

    /// Opens a connection. Its driver task lives on the runtime that this is awaited on.
    ///
    /// # Errors
    /// With the whole chain of causes in one line, and never the password.
    pub async fn connect(&self) -> diesel::ConnectionResult<AsyncPgConnection> {
        // The driver's own limit ends with the TCP handshake: a server that accepts and then says
        // nothing would hold us for ever.
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        let patience =
            self.config.get_connect_timeout().map_or(CONNECT_TIMEOUT, |one| one.saturating_mul(hosts));
        tokio::time::timeout(patience, self.open()).await.unwrap_or_else(|_elapsed| {
            Err(ConnectionError::BadConnection(format!(
                "{} did not answer within {} s",
                self.shown(),
                patience.as_secs()
            )))
        })
    }

    async fn open(&self) -> diesel::ConnectionResult<AsyncPgConnection> {
        let failed =
            |error: tokio_postgres::Error| ConnectionError::BadConnection(super::with_causes(&error));
        if let Some(tls) = &self.tls {
            let connector = MakeRustlsConnect::new((**tls).clone());
            let (client, connection) = self.config.connect(connector).await.map_err(failed)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        } else {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(failed)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        }
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
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        DatabaseUrl::parse(url, "test").unwrap_err().to_string()
    }

    #[test]
    fn plain_text_is_for_loopback_only() {
        for url in [
            "postgresql://root@127.0.0.1:26257/defaultdb?sslmode=disable",
            "postgres://root@localhost:26257/defaultdb",
            "postgresql://root@[::1]:26257,localhost:26258/defaultdb?sslmode=disable",
        ] {
            assert_eq!(DatabaseUrl::parse(url, "test").unwrap().verified_by(), None, "{url}");
        }
        assert!(
            refusal("postgresql://root@db.example:26257/d?sslmode=disable")
                .contains("only for a database on this machine")
        );
        assert!(
            refusal("postgresql://root@localhost:1,db.example:2/d?sslmode=disable")
                .contains("on this machine")
        );
        assert!(
            refusal("postgresql://root@localhost/d?sslmode=disable&hostaddr=192.0.2.1")
                .contains("on this machine")
        );
    }

    #[test]
    fn weaker_and_unknown_modes_are_refused_by_name() {
        for mode in ["allow", "prefer", "verify-ca", "VERIFY-FULL", ""] {
            let text = refusal(&format!("postgresql://root@db.example/d?sslmode={mode}"));
            assert!(text.contains(&format!("sslmode={mode} is")), "{text}");
        }
    }

    #[test]
    fn the_strings_that_cockroachdb_writes_are_understood() {
        let url = DatabaseUrl::parse(
            "postgresql://app:s3cr%20et@a.example:26257,b.example:26258/defaultdb?sslmode=verify-full\
             &sslrootcert=system&options=--cluster%3Dfrisky-cat-1&load_balance_hosts=random&application_name=mine",
            "serve",
        );
        // Where the system has no roots at all, that is what is said.
        let url = match url {
            Ok(url) => url,
            Err(problem) => {
                return assert!(problem.to_string().contains("install ca-certificates"), "{problem}");
            }
        };
        assert_eq!(url.shown(), "a.example:26257,b.example:26258/defaultdb");
        assert_eq!(url.config.get_password(), Some(b"s3cr et".as_slice()));
        assert_eq!(url.config.get_application_name(), Some("mine"));
        assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
        let options = url.config.get_options().unwrap();
        assert!(options.contains("--cluster=frisky-cat-1"), "{options}");
        assert!(options.ends_with("default_transaction_isolation=serializable"), "{options}");
        assert!(!format!("{url:?}").contains("s3cr"), "{url:?}");
    }

    #[test]
    fn the_urls_own_options_win_over_our_limits() {
        let url = DatabaseUrl::parse("postgres://u@localhost/d?options=-c%20statement_timeout%3D2s", "test")
            .unwrap();
        let options = url.config.get_options().unwrap();
        assert!(options.find("statement_timeout=10s") < options.find("statement_timeout=2s"), "{options}");
        assert_eq!(url.config.get_application_name(), Some("unframed-test"));
    }

    #[test]
    fn a_bad_string_is_refused_without_quoting_the_password() {
        for url in [
            "mysql://u:hunter2@localhost/d",
            "postgres://u:hunter2@localhost:notaport/d",
            "postgres://u:hunter2@localhost/d?no_such_option=1",
            "postgres://u:hunter2@localhost/d?sslmode=verify-full&sslrootcert=/no/such/file",
            "postgres://u:hunter2@localhost/d?sslmode=verify-full&sslcert=/x",
            "postgres://u:hunter2@localhost/d?sslmode=disable&sslkey=/x",
            "postgres://",
        ] {
            let text = refusal(url);
            assert!(!text.is_empty() && !text.contains("hunter2"), "{url}: {text}");
        }
    }
}
