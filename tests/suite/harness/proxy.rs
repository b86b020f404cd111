//! The configurations that we ship for HAProxy and Caddy, in front of the application: with this machine's addresses and
//! without TLS.

use std::net::SocketAddr;
use std::process::Command;

use super::database::private_folder;
use super::supervised::{Supervised, free_address, system_program};

/// A proxy on loopback. It ends with this value.
pub struct Proxy {
    _process: Supervised,
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
        let address = free_address();
        let file = folder.join("configuration");
        std::fs::write(&file, configuration(address)).expect("a configuration");
        let mut command = Command::new(system_program(name));
        command.args(arguments).arg(&file);
        // Where Caddy keeps its data.
        command.env("HOME", &folder).env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
        let process = Supervised::listening(&command, address, &folder.join("log"), name);
        Self { _process: process, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}
