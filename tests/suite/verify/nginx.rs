//! nginx in front of the application, with configurations that people write.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{entries, report, verify};
use crate::harness::TestApp;
use crate::harness::database::private_folder;

/// nginx with a configuration of our own, on loopback; it ends with this value.
struct Nginx {
    process: Child,
    address: SocketAddr,
}

impl Nginx {
    /// `directives` stand in the `location` that passes everything on to the application.
    fn before(app: &TestApp, directives: &str) -> Self {
        let folder = private_folder("nginx");
        let address =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
        let configuration = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
             events {{ worker_connections 64; }}
             http {{
                 access_log off;
                 client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
                 uwsgi_temp_path {folder}; scgi_temp_path {folder};
                 server {{
                     listen {address};
                     location / {{
                         proxy_pass http://{upstream};
                         proxy_set_header Host $http_host;
                         {directives}
                     }}
                 }}
             }}",
            folder = folder.display(),
            upstream = app.address,
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

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn an_nginx_that_only_passes_on_tells_its_version_and_leaves_its_own_errors_bare() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "");
    let (code, report) = report(&nginx.url());
    assert_eq!(code, Some(1), "{report:#}");
    assert_eq!(entries(&report, "version/server")[0]["change"], "in nginx `server_tokens off;`");
    let bare = entries(&report, "framing/none");
    assert!(!bare.is_empty(), "{report:#}");
    for entry in bare {
        assert!(entry["severity"] != "high", "its error pages hold nothing to click: {report:#}");
    }
    assert!(entries(&report, "framing/doubled-x-frame-options").is_empty(), "{report:#}");
}

#[tokio::test]
async fn an_nginx_that_strips_the_headers_is_found_out() {
    let app = TestApp::spawn().await;
    let nginx =
        Nginx::before(&app, "proxy_hide_header X-Frame-Options; proxy_hide_header Content-Security-Policy;");
    let (code, stripped) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let found = entries(&stripped, "framing/none");
    let worst = found.iter().find(|entry| entry["severity"] == "high").expect("a grave finding");
    let places = worst["places"].as_array().expect("places");
    for place in ["GET /sign-in (200)", "GET /sign-up (200)"] {
        assert!(places.iter().any(|given| given == place), "{worst:#}");
    }
    let change = worst["change"].as_str().expect("text");
    assert!(change.contains("`proxy_hide_header X-Frame-Options`") && change.contains("always"), "{change}");

    let nginx = Nginx::before(&app, "proxy_hide_header X-Frame-Options;");
    let (code, one) = report(&nginx.url());
    assert_eq!(code, Some(1));
    assert!(!entries(&one, "framing/no-x-frame-options").is_empty(), "{one:#}");
}

#[tokio::test]
async fn an_nginx_that_doubles_a_header_is_told_how_to_stop() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(&app, "add_header X-Frame-Options SAMEORIGIN always;");
    let output = verify(&["--url", &nginx.url()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("X-Frame-Options stands 2 times: deny, sameorigin"), "{text}");
    assert!(
        text.contains("nginx adds a second X-Frame-Options: remove `add_header X-Frame-Options …`"),
        "{text}"
    );
}

#[tokio::test]
async fn an_nginx_that_replaces_the_policy_switches_x_frame_options_off() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(
        &app,
        "proxy_hide_header Content-Security-Policy;
         add_header Content-Security-Policy \"default-src 'self' 'unsafe-inline'; frame-ancestors *\" always;",
    );
    let (code, report) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let off = entries(&report, "framing/switched-off");
    assert!(off.iter().any(|entry| entry["severity"] == "high"), "{report:#}");
    assert!(!entries(&report, "csp/unsafe-inline").is_empty(), "{report:#}");
}

#[tokio::test]
async fn an_nginx_that_hides_the_fetch_headers_blinds_the_gate() {
    let app = TestApp::spawn().await;
    let nginx = Nginx::before(
        &app,
        "proxy_set_header Sec-Fetch-Dest \"\"; proxy_set_header Sec-Fetch-Mode \"\"; proxy_set_header Sec-Fetch-Site \"\";",
    );
    let (code, report) = report(&nginx.url());
    assert_eq!(code, Some(1));
    let [gate] = entries(&report, "gate/open")[..] else { panic!("{report:#}") };
    assert!(gate["change"].as_str().expect("text").contains("Sec-Fetch-Dest"));
}
