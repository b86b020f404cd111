//! A folder of its own with a database and a running server, in which commands run as people type them.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use regex::Regex;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use unframed::config::environment;

use super::reading::root;
use super::table::PLACEHOLDERS;
use crate::harness::database::{alone, private_folder};
use crate::harness::program::Run;
use crate::harness::serving::Serving;

const LIMIT: Duration = Duration::from_secs(120);
/// Rows of each kind: see "What it prints" in docs/IMPORT.md.
const USERS: &str = "email,password\n\
    ada@example.com,pbkdf2_sha256$20000$SHET5ZhOdgNLz6pXbe4KLF$UC617op9XhcdfXBvWaZzogX9CI8i+QfLaEewAN9mhKE=\n\
    bob@example.com,\ncid@example.com,\nada@example.com,\ndan@example.com,$2b$10$cut\n";

/// Where commands run.
pub struct Sandbox {
    folder: PathBuf,
    serving: Serving,
    variables: Vec<(&'static str, String)>,
}

impl Sandbox {
    pub async fn start() -> Self {
        let folder = private_folder("documents").canonicalize().expect("a folder");
        let programs = folder.join("bin");
        fs::create_dir(&programs).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_unframed"), programs.join("unframed"))
            .expect("a link");
        fs::write(folder.join("users.csv"), USERS).expect("a file");
        let database = alone().await;
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let path = environment("PATH").unwrap_or_default();
        let variables = vec![
            ("PATH", format!("{}:{path}", programs.display())),
            ("DATABASE_URL", database.clone()),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=".to_owned()),
            ("MAIL_URL", "folder:mails".to_owned()),
            ("LISTEN", format!("127.0.0.1:{port}")),
        ];
        let serving = Serving::start(&database, &[]).await;
        fs::write(folder.join("sites.txt"), format!("{}\n", serving.origin)).expect("a file");
        Self { folder, serving, variables }
    }

    /// The command with values for its placeholders.
    pub fn filled_in(&self, command: &str, number: usize) -> String {
        PLACEHOLDERS.iter().fold(command.to_owned(), |text, (placeholder, value)| {
            let value = value.replace('*', &number.to_string()).replace("$ORIGIN", &self.serving.origin);
            Regex::new(placeholder).unwrap().replace_all(&text, value.as_str()).into_owned()
        })
    }

    /// A folder that holds copies of these folders of the project.
    pub fn copy(&self, folders: &[&str]) -> PathBuf {
        let copy = self.folder.join("copy");
        let mut open: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        while let Some(folder) = open.pop() {
            fs::create_dir_all(copy.join(&folder)).expect("a folder");
            for entry in
                fs::read_dir(root().join(&folder)).expect("a folder").map(|entry| entry.expect("an entry"))
            {
                let inner = folder.join(entry.file_name());
                if entry.path().is_dir() {
                    open.push(inner);
                } else {
                    fs::copy(entry.path(), copy.join(inner)).expect("a copy");
                }
            }
        }
        copy
    }

    fn shell(&self, command: &str, folder: Option<&Path>) -> Command {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder.unwrap_or(&self.folder))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        shell
    }

    /// Runs a command to its end.
    pub async fn run(&self, command: &str, folder: Option<&Path>) -> Run {
        let ended = tokio::time::timeout(LIMIT, self.shell(command, folder).output()).await;
        let ended = ended.unwrap_or_else(|_| panic!("`{command}` has not ended in time")).expect("a shell");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Run { stdout: text(&ended.stdout), stderr: text(&ended.stderr), code: ended.status.code() }
    }

    /// Whether a program is installed.
    pub async fn has(&self, program: &str) -> bool {
        self.run(&format!("command -v {program}"), None).await.code == Some(0)
    }

    /// Starts a server, waits until it serves, interrupts it, and returns how it ended.
    pub async fn serve(&self, command: &str) -> Run {
        let mut server = self.shell(&format!("exec {command} 2>&1"), None).spawn().expect("a shell");
        let mut output = BufReader::new(server.stdout.take().expect("its output"));
        let session = async {
            let mut seen = String::new();
            while !seen.contains("::serve] unframed is at ") {
                if output.read_line(&mut seen).await.expect("text") == 0 {
                    break; // it has ended
                }
            }
            if let Some(id) = server.id() {
                let sent = Command::new("kill").args(["-s", "INT", &id.to_string()]).status().await;
                assert!(sent.expect("kill runs").success(), "{seen}");
            }
            output.read_to_string(&mut seen).await.expect("text");
            Run { stdout: seen, stderr: String::new(), code: server.wait().await.expect("it ends").code() }
        };
        tokio::time::timeout(LIMIT, session)
            .await
            .unwrap_or_else(|_| panic!("`{command}` did not serve and end"))
    }
}
