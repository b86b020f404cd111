//! A private database server for `unframed local`, `unframed verify` and the tests. Its data is in one
//! folder, it listens on loopback only, and it stops when its parent process ends, even by a kill.

mod cockroach;
mod engine;
mod files;
mod postgres;

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl as _;

pub use self::engine::Engine;
use self::files::{at, make_folder};
use super::DatabaseUrl;

/// Why a private database did not start.
#[derive(Debug, thiserror::Error)]
pub enum LocalProblem {
    /// Neither CockroachDB nor PostgreSQL is installed.
    #[error(
        "neither `cockroach` nor PostgreSQL's `postgres` and `initdb` were found in PATH or /usr/lib/postgresql. \
         Install one: on Debian and Ubuntu `apt-get install postgresql`, on Fedora `dnf install postgresql-server`, \
         with Homebrew `brew install postgresql`"
    )]
    NoServer,
    /// CockroachDB was asked for and is not installed.
    #[error("`cockroach` is not in PATH")]
    NoCockroach,
    /// A folder or file cannot be used.
    #[error("{path}: {cause}")]
    File {
        /// The folder or file.
        path: PathBuf,
        /// What went wrong.
        cause: io::Error,
    },
    /// The data was made by a version of PostgreSQL that is not installed.
    #[error(
        "{path} was made by PostgreSQL {made_by}, which is not installed: install it, or remove the folder to start with an empty database"
    )]
    OtherVersion {
        /// The data folder.
        path: PathBuf,
        /// The version that made it.
        made_by: String,
    },
    /// The server did not start.
    #[error("the database did not start: {0}")]
    Failed(String),
}

/// How to start a private database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder for data and log; made if it is missing.
    pub folder: PathBuf,
    /// Whether data must survive a power cut. The tests are faster without.
    pub durable: bool,
    /// Further `name=value` settings for PostgreSQL.
    pub postgres: Vec<String>,
    /// The port to listen on; `None` takes a free port.
    pub port: Option<u16>,
}

/// A running private database. Dropping it stops the server.
pub struct LocalDatabase {
    supervisor: Child,
    url: String,
    log: PathBuf,
}

/// The command that starts a server.
struct Launch {
    /// The signal that makes the server shut down promptly.
    stop_signal: &'static str,
    command: Command,
    url: String,
}

/// A shell script that runs the server and stops it when standard input closes, which the kernel does
/// even if our process is killed. Its arguments are the stop signal and the command.
const SUPERVISOR: &str = r#"
signal=$1; shift
exec 3<&0
"$@" 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -s "$signal" "$server" 2>/dev/null; } &
watch=$!
exec 3<&-
wait "$server"; status=$?
kill "$watch" 2>/dev/null
exit "$status"
"#;

const DATABASE: &str = "unframed";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

impl LocalDatabase {
    /// Starts the server and waits until it answers SQL. If this fails, no process is left running.
    pub async fn start(
        engine: &Engine,
        settings: &Settings,
        search_path: &[PathBuf],
    ) -> Result<Self, LocalProblem> {
        make_folder(&settings.folder)?;
        // After a kill, the previous server may still hold its lock while it shuts down. Another program
        // may have taken the port that was free a moment ago.
        let temporary = ["postmaster.pid", "LOCK", "could not create any TCP/IP sockets"];
        for _ in 0..10 {
            match Self::start_once(engine, settings, search_path).await {
                Err(LocalProblem::Failed(log)) if temporary.iter().any(|text| log.contains(text)) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                result => return result,
            }
        }
        Err(LocalProblem::Failed(format!("another server uses {} or its port", settings.folder.display())))
    }

    async fn start_once(
        engine: &Engine,
        settings: &Settings,
        search_path: &[PathBuf],
    ) -> Result<Self, LocalProblem> {
        let log = settings.folder.join("database.log");
        let port = match settings.port {
            Some(port) => port,
            None => free_port().map_err(|cause| LocalProblem::File { path: "127.0.0.1".into(), cause })?,
        };
        let Launch { stop_signal, command, url } = match engine {
            Engine::Cockroach(program) => cockroach::launch(program, settings, port),
            Engine::Postgres(programs) => postgres::launch(programs, settings, port, search_path)?,
        };
        let log_file = fs::File::create(&log).map_err(at(&log))?;
        let mut supervised = Command::new("sh");
        supervised
            .args(["-c", SUPERVISOR, "unframed-database", stop_signal])
            .arg(command.get_program())
            .args(command.get_args());
        let (out, err) = (log_file.try_clone().map_err(at(&log))?, log_file);
        supervised.stdin(Stdio::piped()).stdout(out).stderr(err);
        // In a terminal, Ctrl-C goes to the whole process group. The server must outlive our own shutdown.
        supervised.process_group(0);
        if let Some(user) = postgres::server_user() {
            supervised.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let supervisor = supervised.spawn().map_err(at(Path::new("sh")))?;
        let mut database = Self { supervisor, url, log };
        database.wait_until_ready().await?;
        if matches!(engine, Engine::Postgres(_)) {
            database.create_database().await?;
        }
        Ok(database)
    }

    /// The URL to connect to. It holds a password: do not print it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The ID of the shell process that runs the server, in its own process group.
    #[must_use]
    pub fn supervisor_id(&self) -> u32 {
        self.supervisor.id()
    }

    /// Stops the server and waits until it has ended.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        drop(self.supervisor.stdin.take());
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if !matches!(self.supervisor.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    async fn wait_until_ready(&mut self) -> Result<(), LocalProblem> {
        let deadline = Instant::now() + START_TIMEOUT;
        let url = self.maintenance_url()?;
        loop {
            if let Ok(Some(_)) = self.supervisor.try_wait() {
                return Err(LocalProblem::Failed(self.last_error()));
            }
            match url.connect().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > deadline => {
                    return Err(LocalProblem::Failed(format!(
                        "no answer within a minute ({error}); see {}",
                        self.log.display()
                    )));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn create_database(&self) -> Result<(), LocalProblem> {
        let failed = |error: &dyn std::fmt::Display| LocalProblem::Failed(error.to_string());
        let mut conn = self.maintenance_url()?.connect().await.map_err(|error| failed(&error))?;
        match diesel::sql_query(format!("CREATE DATABASE {DATABASE}")).execute(&mut conn).await {
            Err(error) if !error.to_string().contains("already exists") => Err(failed(&error)),
            _ => Ok(()),
        }
    }

    /// The URL of the database that every server has from the start.
    fn maintenance_url(&self) -> Result<DatabaseUrl, LocalProblem> {
        let url = DatabaseUrl::parse(&self.url, "local")
            .map_err(|error| LocalProblem::Failed(error.to_string()))?;
        Ok(if self.url.contains("defaultdb") { url } else { url.with_database("postgres") })
    }

    /// The last error in the server's log, or else its last line.
    fn last_error(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let error = log.lines().rfind(|line| line.contains("FATAL") || line.contains("ERROR"));
        error.or(log.lines().last()).unwrap_or("its log is empty").to_owned()
    }
}

impl Drop for LocalDatabase {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
