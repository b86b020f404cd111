//! nginx in front of the application.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::TestApp;
use super::database::private_folder;

/// nginx on loopback with a configuration of the test. It ends with this value.
pub struct Nginx {
    process: Child,
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
        let address =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
        let configuration = format!(
            "daemon off; master_process off; pid {shown}/pid; error_log {shown}/error.log;
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
        let program =
            ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx"]
                .into_iter()
                .find(|path| std::path::Path::new(path).is_file())
                .unwrap_or("nginx");
        let process =
            Command::new(program).arg("-c").arg(&file).stderr(Stdio::null()).spawn().unwrap_or_else(
                |error| panic!("nginx: {error}. Install it: on Debian `apt-get install nginx-light`"),
            );
        let deadline = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(address).is_err() {
            let log = std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
            assert!(Instant::now() < deadline, "nginx does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
