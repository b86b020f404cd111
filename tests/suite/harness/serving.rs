//! `unframed serve` as a process of its own, for tests of signals and of the log.

use std::net::{SocketAddr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::database::private_folder;
use super::program::unframed;
use super::wire::{self, WireAnswer};

/// A running process.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    /// `PUBLIC_URL`.
    pub origin: String,
    child: Child,
    log: UnboundedReceiver<String>,
}

impl Serving {
    /// Starts the process on a database and waits until it serves.
    pub async fn start(database: &str, more: &[(&str, &str)]) -> Self {
        Self::start_as(database, more, |command| command).await
    }

    /// Starts the process with a soft limit of open files.
    pub async fn start_with_files(database: &str, files: u32) -> Self {
        let limited = |command: std::process::Command| {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.args(["-c", &format!("ulimit -S -n {files} && exec \"$0\" \"$@\"")]);
            shell.arg(command.get_program()).args(command.get_args()).env_clear();
            shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            shell.current_dir(command.get_current_dir().expect("a folder"));
            shell
        };
        Self::start_as(database, &[], limited).await
    }

    async fn start_as(
        database: &str,
        more: &[(&str, &str)],
        change: impl FnOnce(std::process::Command) -> std::process::Command,
    ) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let (listen, origin) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
        let mails = format!("folder:{}", private_folder("serving").join("mails").display());
        let variables = [
            ("DATABASE_URL", database),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM="),
            ("MAIL_URL", mails.as_str()),
            ("LISTEN", listen.as_str()),
            ("PUBLIC_URL", origin.as_str()),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("ASSETS_DIR", env!("CARGO_MANIFEST_DIR")),
        ];
        let mut command = Command::from(change(unframed(&["serve"], &[&variables, more].concat())));
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let (keep, log) = unbounded_channel();
        // Always read: a program whose log is full waits until someone does.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if keep.send(line).is_err() {
                    break;
                }
            }
        });
        let mut serving = Self { address: listen.parse().expect("an address"), origin, child, log };
        serving.line("unframed is at").await;
        serving
    }

    /// The next line of the log that contains this text.
    pub async fn line(&mut self, wanted: &str) -> String {
        let read = async {
            loop {
                let line = self.log.recv().await.expect("it has not ended");
                if line.contains(wanted) {
                    return line;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), read).await.expect("the line is logged in time")
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success(), "kill -s {name} {id}");
    }

    /// The resident memory in MiB.
    pub fn memory(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }

    /// Waits for the end of the process.
    pub async fn end(&mut self) -> ExitStatus {
        tokio::time::timeout(Duration::from_secs(60), self.child.wait())
            .await
            .expect("in time")
            .expect("it ends")
    }

    /// The bytes of a form from our own page, sent by a client of its own.
    pub fn form(&self, path: &str, client: &str, body: &str) -> String {
        let fields = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", self.origin.as_str()),
            ("X-Forwarded-For", client),
        ];
        wire::request("POST", path, &fields, Some(body))
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str, fields: &[(&str, &str)]) -> Option<WireAnswer> {
        wire::exchange(self.address, wire::request("GET", path, fields, None)).await
    }
}
