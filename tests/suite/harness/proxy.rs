//! The configurations that we ship for HAProxy and Caddy, in front of the application: with this machine's addresses and
//! without TLS.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::database::private_folder;

/// A proxy on loopback. It ends with this value.
pub struct Proxy {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Proxy {
    /// `deploy/haproxy.cfg`, with the application at this IP address and port.
    pub fn haproxy(app: SocketAddr) -> Self {
        let shipped = include_str!("../../../deploy/haproxy.cfg");
        Self::run("haproxy", &["-q", "-f"], |address| {
            let lines = shipped.lines().filter(|line| !line.trim_start().starts_with("server app2 "));
            let lines = lines.map(|line| match line.trim_start() {
                bind if bind.starts_with("bind ") => format!("    bind {address}"),
                _ => line.replace("app1:8080", &app.to_string()),
            });
            lines.collect::<Vec<_>>().join("\n") + "\n"
        })
    }

    /// `deploy/Caddyfile`, with the application at this IP address and port.
    pub fn caddy(app: SocketAddr) -> Self {
        let shipped = include_str!("../../../deploy/Caddyfile");
        Self::run("caddy", &["run", "--adapter", "caddyfile", "--config"], |address| {
            shipped
                .replace("account.example.com {", &format!("http://:{} {{\n\tbind 127.0.0.1", address.port()))
                .replace("app1:8080 app2:8080", &app.to_string())
        })
    }

    /// A proxy with this configuration, which gets the address to listen on.
    pub fn run(name: &str, arguments: &[&str], configuration: impl Fn(SocketAddr) -> String) -> Self {
        let folder = private_folder(name);
        let address =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
        let file = folder.join("configuration");
        std::fs::write(&file, configuration(address)).expect("a configuration");
        let log = folder.join("log");
        let program = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/opt/homebrew/bin"]
            .map(|at| format!("{at}/{name}"));
        let program =
            program.into_iter().find(|path| Path::new(path).is_file()).unwrap_or_else(|| name.to_owned());
        let process = Command::new(program)
            .args(arguments)
            .arg(&file)
            // Where Caddy keeps its data.
            .env("HOME", &folder)
            .env("XDG_DATA_HOME", &folder)
            .env("XDG_CONFIG_HOME", &folder)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).expect("a log"))
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{name}: {error}. Install it: on Debian `apt-get install {name}`")
            });
        let proxy = Self { process, address };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(address).is_err() {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(Instant::now() < deadline, "{name} does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
