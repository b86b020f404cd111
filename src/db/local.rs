//! A private database process: for `unframed local` and for the tests. It lives in one folder,
//! listens on loopback only, and ends with its parent, however that ends.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl as _;

use super::DatabaseUrl;

/// The programs of a database server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `cockroach`.
    Cockroach(PathBuf),
    /// The folder that holds `postgres` and `initdb`.
    Postgres(PathBuf),
}

/// Why there is no private database.
#[derive(Debug, thiserror::Error)]
pub enum LocalProblem {
    /// Neither server is installed.
    #[error(
        "found neither `cockroach` nor PostgreSQL's `postgres` and `initdb` (looked in PATH and /usr/lib/postgresql). \
         Install one: on Debian and Ubuntu `apt-get install postgresql`, on Fedora `dnf install postgresql-server`, \
         with Homebrew `brew install postgresql`"
    )]
    NoServer,
    /// Asked for by name and missing.
    #[error("`cockroach` is not in PATH")]
    NoCockroach,
    /// A folder or file that cannot be used.
    #[error("{path}: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder holds the data of a PostgreSQL that is not installed.
    #[error(
        "{path} was made by PostgreSQL {made_by}, which is not installed: install it, or remove the folder to start anew"
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

/// What to start and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where data and log go; made if it is missing.
    pub folder: PathBuf,
    /// Whether what was written must survive a power cut; tests do without.
    pub durable: bool,
    /// More `name=value` settings, PostgreSQL only.
    pub postgres: Vec<String>,
    /// Where to listen; a free port if `None`.
    pub port: Option<u16>,
}

/// A running server. It is stopped when this is dropped.
pub struct LocalDatabase {
    supervisor: Child,
    url: String,
    log: PathBuf,
}

/// Runs the server as a child and stops it when the pipe on standard input closes, which the
/// kernel does however our process ends. Arguments: the signal that stops it, then the command.
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
const ROLE: &str = "unframed";
const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

impl Engine {
    /// `cockroach` if it is in the search path, else PostgreSQL: in the search path or in Debian's
    /// versioned folders, the newest first.
    ///
    /// # Errors
    /// [`LocalProblem::NoServer`], which says what to install.
    pub fn find(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        Self::find_cockroach(search_path).or_else(|_missing| {
            postgres_folders(search_path).into_iter().next().map(Self::Postgres).ok_or(LocalProblem::NoServer)
        })
    }

    /// `cockroach`, or an error that says that it is missing.
    ///
    /// # Errors
    /// [`LocalProblem::NoCockroach`].
    pub fn find_cockroach(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        let found = search_path.iter().map(|folder| folder.join("cockroach")).find(|file| file.is_file());
        found.map(Self::Cockroach).ok_or(LocalProblem::NoCockroach)
    }

    /// PostgreSQL, whether or not `cockroach` is there.
    ///
    /// # Errors
    /// [`LocalProblem::NoServer`].
    pub fn find_postgres(search_path: &[PathBuf]) -> Result<Self, LocalProblem> {
        postgres_folders(search_path).into_iter().next().map(Self::Postgres).ok_or(LocalProblem::NoServer)
    }
}

fn postgres_folders(search_path: &[PathBuf]) -> Vec<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut versioned: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versioned.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    search_path
        .iter()
        .cloned()
        .chain(versioned.into_iter().map(|(_, folder)| folder))
        .filter(complete)
        .collect()
}

impl LocalDatabase {
    /// Starts the server and waits until it answers SQL.
    ///
    /// # Errors
    /// A [`LocalProblem`]; nothing is left running.
    pub async fn start(
        engine: &Engine,
        settings: &Settings,
        search_path: &[PathBuf],
    ) -> Result<Self, LocalProblem> {
        make_folder(&settings.folder)?;
        // After a kill the former server may still be shutting down, and holds its lock till then; and
        // another program may have taken the port that was free a moment ago.
        let passing = ["postmaster.pid", "LOCK", "could not create any TCP/IP sockets"];
        for _ in 0..10 {
            match Self::start_once(engine, settings, search_path).await {
                Err(LocalProblem::Failed(log)) if passing.iter().any(|words| log.contains(words)) => {
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
            None => {
                free_port().map_err(|source| LocalProblem::Folder { path: "127.0.0.1".into(), source })?
            }
        };
        let (signal, mut command, url) = match engine {
            Engine::Cockroach(program) => cockroach(program, settings, port),
            Engine::Postgres(folder) => postgres(folder, settings, port, search_path)?,
        };
        let log_file = fs::File::create(&log).map_err(at(&log))?;
        let mut supervised = Command::new("sh");
        supervised
            .args(["-c", SUPERVISOR, "unframed-database", signal])
            .arg(command.get_program())
            .args(command.get_args());
        let (out, err) = (log_file.try_clone().map_err(at(&log))?, log_file);
        supervised.stdin(Stdio::piped()).stdout(out).stderr(err);
        // Ctrl-C in a terminal goes to the whole group: the server waits for our word instead.
        supervised.process_group(0);
        if let Some(user) = unprivileged() {
            supervised.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command = supervised;
        let supervisor = command.spawn().map_err(at(Path::new("sh")))?;
        let mut database = Self { supervisor, url, log };
        database.wait_until_ready().await?;
        if matches!(engine, Engine::Postgres(_)) {
            database.create_database().await?;
        }
        Ok(database)
    }

    /// Where to connect. It holds a password: do not print it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process that stands between us and the server, in a process group of its own.
    #[must_use]
    pub fn supervisor_id(&self) -> u32 {
        self.supervisor.id()
    }

    /// Stops the server and waits for it.
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
                return Err(LocalProblem::Failed(self.last_words()));
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

    /// The database that every server has from the start.
    fn maintenance_url(&self) -> Result<DatabaseUrl, LocalProblem> {
        let url = DatabaseUrl::parse(&self.url, "local")
            .map_err(|error| LocalProblem::Failed(error.to_string()))?;
        Ok(if self.url.contains("defaultdb") { url } else { url.with_database("postgres") })
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let telling =
            log.lines().rfind(|line| line.contains("FATAL") || line.contains("ERROR")).or(log.lines().last());
        telling.unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for LocalDatabase {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn cockroach(program: &Path, settings: &Settings, port: u16) -> (&'static str, Command, String) {
    let mut command = Command::new(program);
    let store = if settings.durable {
        settings.folder.join("cockroach").display().to_string()
    } else {
        "type=mem,size=1GiB".to_owned()
    };
    command.args(["start-single-node", "--insecure", "--http-addr=127.0.0.1:0"]);
    command.arg(format!("--listen-addr=127.0.0.1:{port}")).arg(format!("--store={store}"));
    ("TERM", command, format!("postgresql://root@127.0.0.1:{port}/defaultdb?sslmode=disable"))
}

fn postgres(
    folder: &Path,
    settings: &Settings,
    port: u16,
    search_path: &[PathBuf],
) -> Result<(&'static str, Command, String), LocalProblem> {
    let password_file = settings.folder.join("database_password");
    let data = data_folder(&settings.folder)?;
    let programs = if data.join("PG_VERSION").exists() {
        programs_for(&data, folder, search_path)?
    } else {
        init(folder, settings, &data, &password_file)?;
        folder.to_owned()
    };
    let password = fs::read_to_string(&password_file).map_err(at(&password_file))?;
    let mut command = Command::new(programs.join("postgres"));
    command.arg("-D").arg(&data).arg("-p").arg(port.to_string());
    let mut options = vec![
        // TCP on loopback behind a password: a socket's path may be at most 107 bytes long.
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "default_transaction_isolation=serializable".to_owned(),
        "max_connections=200".to_owned(),
    ];
    if !settings.durable {
        options.extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
    }
    for option in options.iter().chain(&settings.postgres) {
        command.arg("-c").arg(option);
    }
    Ok((
        "INT",
        command,
        format!("postgresql://{ROLE}:{}@127.0.0.1:{port}/{DATABASE}?sslmode=disable", password.trim()),
    ))
}

/// Makes the data folder: beside its place first, so that a half-made one is never mistaken for it.
fn init(programs: &Path, settings: &Settings, data: &Path, password_file: &Path) -> Result<(), LocalProblem> {
    let password =
        crate::domain::SecretToken::generate().map_err(|error| LocalProblem::Failed(error.to_string()))?;
    write_private(password_file, &password.encode())?;
    let fresh = data.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(at(&fresh))?;
    }
    fs::create_dir(&fresh).map_err(at(&fresh))?;
    let mut command = Command::new(programs.join("initdb"));
    let for_initdb = data.with_extension("password");
    write_private(&for_initdb, &password.encode())?;
    command.arg("-D").arg(&fresh).arg("-U").arg(ROLE).arg("--pwfile").arg(&for_initdb);
    command.args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
    if !settings.durable {
        command.arg("--no-sync");
    }
    if let Some(user) = unprivileged() {
        for path in [&fresh, &for_initdb] {
            chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).map_err(at(path))?;
        }
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    let output = command.current_dir("/").output().map_err(at(&programs.join("initdb")))?;
    fs::remove_file(&for_initdb).map_err(at(&for_initdb))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ");
        return Err(LocalProblem::Failed(words));
    }
    fs::rename(&fresh, data).map_err(at(data))
}

/// A data folder can only be run by the major version that made it.
fn programs_for(data: &Path, preferred: &Path, search_path: &[PathBuf]) -> Result<PathBuf, LocalProblem> {
    let file = data.join("PG_VERSION");
    let made_by = fs::read_to_string(&file).map_err(at(&file))?.trim().to_owned();
    let fits = |folder: &PathBuf| {
        let output = Command::new(folder.join("postgres")).arg("--version").output();
        output.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .any(|word| word.split('.').next() == Some(&made_by))
        })
    };
    std::iter::once(preferred.to_owned())
        .chain(postgres_folders(search_path))
        .find(fits)
        .ok_or_else(|| LocalProblem::OtherVersion { path: data.to_owned(), made_by })
}

/// `database` in the folder. Run as root, PostgreSQL runs as another user, who cannot look below a
/// closed home such as `/root`: there the data lies in `/var/lib/unframed` and `database` links to it.
fn data_folder(folder: &Path) -> Result<PathBuf, LocalProblem> {
    let inside = folder.join("database");
    let Some(user) = unprivileged() else { return Ok(inside) };
    let reachable = folder.ancestors().all(|part| {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(part).is_ok_and(|meta| {
            meta.mode() & 0o001 != 0 || (meta.uid() == user.uid.as_raw() && meta.mode() & 0o100 != 0)
        })
    });
    if reachable {
        return Ok(inside);
    }
    // A name of its own each time: a folder that was removed and made anew starts with nothing.
    if let Ok(outside) = fs::read_link(&inside) {
        return Ok(outside);
    }
    let outside = Path::new("/var/lib/unframed").join(uuid::Uuid::new_v4().to_string());
    fs::create_dir_all(&outside).map_err(at(&outside))?;
    let data = outside.join("database");
    std::os::unix::fs::symlink(&data, &inside).map_err(at(&inside))?;
    Ok(data)
}

/// PostgreSQL refuses to run as root: its package's own user stands in, else `nobody`.
fn unprivileged() -> Option<nix::unistd::User> {
    if !nix::unistd::Uid::effective().is_root() {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| nix::unistd::User::from_name(name).ok().flatten())
}

/// Makes a folder that is ours; others may pass through it, as the database's user must.
fn make_folder(folder: &Path) -> Result<(), LocalProblem> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let probe = folder.join(".writable");
    fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)).map_err(at(folder))
}

/// Writes a file that only its owner can read.
///
/// # Errors
/// [`LocalProblem::Folder`].
pub fn write_private(path: &Path, text: &str) -> Result<(), LocalProblem> {
    fs::write(path, "").map_err(at(path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(at(path))?;
    fs::write(path, text).map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> LocalProblem {
    let path = path.to_owned();
    move |source| LocalProblem::Folder { path: path.clone(), source }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
