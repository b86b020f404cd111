//! nginx in front of the application.

use std::net::SocketAddr;
use std::process::Command;

use super::TestApp;
use super::database::private_folder;
use super::supervised::{Supervised, free_address, system_program};

/// nginx on loopback with a configuration of the test. It ends with this value.
pub struct Nginx {
    _process: Supervised,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Nginx {
    /// `directives` go into the `location` that passes everything on to the application.
    pub fn before(app: &TestApp, directives: &str) -> Self {
        Self::with(app, "", directives)
    }

    /// The same, with more in the `server` block, where `PASS` passes a request on to the application.
    pub fn with(app: &TestApp, server: &str, directives: &str) -> Self {
        let pass = format!("proxy_pass http://{}; proxy_set_header Host $http_host;", app.address);
        let server = server.replace("PASS", &pass);
        Self::run(|address| {
            format!("server {{ listen {address}; {server} location / {{ {pass} {directives} }} }}")
        })
    }

    /// The configuration that we ship, with this machine's addresses and without TLS.
    pub fn shipped(app: &TestApp) -> Self {
        let shipped = include_str!("../../../deploy/nginx.conf");
        let (_, http) = shipped.split_once("http {").expect("its http block");
        let http = http.rsplit_once('}').expect("its end").0.to_owned();
        let lines = http.lines().filter(|line| {
            let line = line.trim_start();
            !line.starts_with("ssl_") && !line.starts_with("server app2") && !line.starts_with("access_log")
        });
        let http = lines.collect::<Vec<_>>().join("\n").replace("app1:8080", &app.address.to_string());
        Self::run(|address| http.replace("listen 8443 ssl", &format!("listen {address}")))
    }

    /// nginx with this `http` block, which gets the address to listen on.
    pub fn run(http: impl Fn(SocketAddr) -> String) -> Self {
        let folder = private_folder("nginx");
        let address = free_address();
        let configuration = format!(
            "daemon off; master_process off; pid {shown}/pid; error_log stderr;
             events {{ worker_connections 64; }}
             http {{
                 access_log off;
                 client_body_temp_path {shown}; proxy_temp_path {shown}; fastcgi_temp_path {shown};
                 uwsgi_temp_path {shown}; scgi_temp_path {shown};
                 {}
             }}",
            http(address),
            shown = folder.display(),
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).expect("a configuration");
        let mut command = Command::new(system_program("nginx"));
        command.arg("-c").arg(&file);
        let process = Supervised::listening(&command, address, &folder.join("log"), "nginx-light");
        Self { _process: process, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}
