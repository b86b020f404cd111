//! A program that ends with the test process, even if that is killed.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A shell script that runs its arguments, and ends its process group when standard input closes.
const SUPERVISOR: &str = r#""$@" </dev/null & cat >/dev/null; kill -s TERM 0"#;

/// A running program. It ends with this value.
pub struct Supervised {
    shell: Child,
}

impl Supervised {
    /// Starts a command with its arguments, variables and folder. The file gets what it prints.
    pub fn start(command: &Command, log: &Path) -> Self {
        let log = File::create(log).expect("a log");
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISOR, "unframed-test"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        shell.stdin(Stdio::piped()).stdout(log.try_clone().expect("a file")).stderr(log).process_group(0);
        Self { shell: shell.spawn().expect("sh") }
    }

    /// Starts a server and waits until it listens. `package` is the Debian package that has it.
    pub fn listening(command: &Command, address: SocketAddr, log: &Path, package: &str) -> Self {
        let server = Self::start(command, log);
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            assert!(
                Instant::now() < deadline,
                "{:?} does not listen. If it is not installed: on Debian `apt-get install {package}`. It said: {}",
                command.get_program(),
                std::fs::read_to_string(log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A port on which nothing listens at the moment.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port")
}

/// A program of the system, which need not be on the search path.
pub fn system_program(name: &str) -> String {
    let places = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/opt/homebrew/bin"];
    let found = places.iter().map(|folder| format!("{folder}/{name}")).find(|path| Path::new(path).is_file());
    found.unwrap_or_else(|| name.to_owned())
}
