//! The servers under load: children of this process, on a loopback address, on one private database.

pub(crate) mod usage;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use unframed::config;
use unframed::db::local::{Engine, LocalDatabase, Settings};
use unframed::db::{DatabaseUrl, migrations};

/// A private database with the current schema. It and its folder end with this value.
pub(crate) struct Database {
    server: LocalDatabase,
    /// The folder of the database, of the mails and of what else a run needs.
    pub(crate) folder: TempDir,
}

impl Database {
    /// Starts a database and migrates it.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("unframed-benches-").tempdir()?;
        let search_path = config::search_path();
        let engine = Engine::find(&search_path)?;
        let settings = Settings {
            folder: folder.path().join("database"),
            durable: true,
            // The defaults of a distribution fit the smallest machine.
            postgres: vec!["shared_buffers=512MB".to_owned()],
            port: None,
        };
        let server = LocalDatabase::start(&engine, &settings, &search_path).await?;
        let database = Self { server, folder };
        migrations::run(&database.url()?, |_| {}).await?;
        Ok(database)
    }

    /// The URL of the database, as `psql` reads it.
    pub(crate) fn plain_url(&self) -> &str {
        self.server.url()
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> anyhow::Result<DatabaseUrl> {
        Ok(DatabaseUrl::parse(self.server.url(), "benches")?)
    }
}

/// A server of ours. It ends with this value.
pub(crate) struct Server {
    process: Child,
    /// The address that it listens on.
    pub(crate) address: SocketAddr,
    /// The time from the start of the process to its first page.
    pub(crate) start_time: Duration,
}

/// The release build of unframed, beside this program.
pub(crate) fn unframed_program() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("unframed");
    if !path.exists() {
        bail!("{} is missing: cargo build --release --bin unframed", path.display());
    }
    Ok(path)
}

impl Server {
    /// Starts unframed behind what it takes for a proxy on this machine, with further variables.
    pub(crate) fn unframed(database: &Database, variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = Command::new(unframed_program()?);
        command.arg("serve").envs(variables.iter().copied());
        Self::start(command, database)
    }

    /// Starts the bare server; `pages` is the folder with the pages that it copies.
    pub(crate) fn bare(database: &Database, pages: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").env("PAGES", pages);
        Self::start(command, database)
    }

    fn start(mut command: Command, database: &Database) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log_file = database.folder.path().join(format!("{}.log", address.port()));
        let log = fs::File::create(&log_file)?;
        // Not the variables of this process: they may be those of a real site.
        let kept = std::env::vars().filter(|(name, _)| ["PATH", "RUST_LOG"].contains(&name.as_str()));
        let own: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        command.env_clear().envs(kept);
        for (name, value) in own {
            command.env(name, value.unwrap_or_default());
        }
        command
            .current_dir(database.folder.path())
            .env("DATABASE_URL", database.server.url())
            .env("SECRET_KEY", "a key that is only good for measurements")
            .env("MAIL_URL", format!("folder:{}", database.folder.path().join("mails").display()))
            .env("TRUSTED_PROXIES", "127.0.0.1")
            .env("LISTEN", address.to_string())
            .env("PUBLIC_URL", format!("http://localhost:{}", address.port()))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let process = command.spawn().with_context(|| format!("{command:?}"))?;
        let mut server = Self { process, address, start_time: Duration::ZERO };
        while get(address, "/", "").is_err() {
            if let Some(status) = server.process.try_wait()? {
                bail!("the server ended: {status}: {}", fs::read_to_string(&log_file)?);
            }
            if start.elapsed() > Duration::from_secs(30) {
                bail!("the server did not answer within 30 s");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        server.start_time = start.elapsed();
        Ok(server)
    }

    /// The resident memory, in MiB.
    pub(crate) fn resident_mib(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let signalled = i32::try_from(self.process.id()).map(|id| kill(Pid::from_raw(id), Signal::SIGINT));
        if !matches!(signalled, Ok(Ok(()))) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// The body of a page.
pub(crate) fn get(server: SocketAddr, path: &str, cookie: &str) -> anyhow::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(server)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookie}\r\nAccept-Language: en\r\nSec-Fetch-Dest: document\r\n\
         Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nConnection: close\r\n\r\n",
        server.port()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no response")?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("{path}: {head}");
    }
    Ok(body.to_owned())
}
