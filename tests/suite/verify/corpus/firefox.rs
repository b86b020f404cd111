//! Firefox, by Marionette, the protocol that geckodriver speaks with it: Debian has no package of geckodriver.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use unframed::config::search_path;

use super::case::{Case, Positions};
use super::position::HOSTS;
use super::{Screenshot, Viewer};
use crate::harness::database::private_folder;
use crate::harness::supervised::Supervised;

/// A Firefox with a profile of its own. It ends with this value.
pub struct Firefox {
    stream: TcpStream,
    sent: u64,
    _process: Supervised,
}

impl Firefox {
    /// Starts it; `None` if it is not installed.
    pub async fn open() -> Option<Self> {
        let names = ["firefox-esr", "firefox"];
        let program = search_path()
            .into_iter()
            .flat_map(|folder| names.map(|name| folder.join(name)))
            .find(|path| path.is_file())?;
        let profile = private_folder("firefox");
        let hosts = HOSTS.join(",");
        let preferences = [
            ("marionette.port", json!(0)),
            ("network.dns.localDomains", json!(hosts)),
            ("network.captive-portal-service.enabled", json!(false)),
            ("network.connectivity-service.enabled", json!(false)),
            ("dom.security.https_first", json!(false)),
            ("browser.shell.checkDefaultBrowser", json!(false)),
            ("datareporting.policy.dataSubmissionEnabled", json!(false)),
            ("browser.safebrowsing.provider.mozilla.updateURL", json!("")),
            ("app.update.disabledForTesting", json!(true)),
        ];
        let mut file = std::fs::File::create(profile.join("user.js")).expect("a file");
        for (name, value) in preferences {
            writeln!(file, "user_pref(\"{name}\", {value});").expect("written");
        }
        let mut command = Command::new(program);
        command.args(["--headless", "--no-remote", "--marionette", "--profile"]).arg(&profile);
        command.env("HOME", &profile);
        let process = Supervised::start(&command, &profile.join("log"));
        let port = profile.join("MarionetteActivePort");
        let deadline = Instant::now() + Duration::from_secs(60);
        let stream = loop {
            let port = std::fs::read_to_string(&port).ok().and_then(|text| text.trim().parse::<u16>().ok());
            if let Some(port) = port
                && let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await
            {
                break stream;
            }
            assert!(Instant::now() < deadline, "Firefox does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let mut firefox = Self { stream, sent: 0, _process: process };
        let greeting = firefox.receive().await;
        assert_eq!(greeting["marionetteProtocol"], 3, "{greeting}");
        firefox.ask("WebDriver:NewSession", json!({"acceptInsecureCerts": true})).await;
        Some(firefox)
    }

    /// Reads a message: its length, a colon, and JSON.
    async fn receive(&mut self) -> Value {
        let mut length = Vec::new();
        loop {
            match self.stream.read_u8().await.expect("Firefox answers") {
                b':' => break,
                digit => length.push(digit),
            }
        }
        let length: usize = String::from_utf8_lossy(&length).parse().expect("a length");
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text).await.expect("Firefox answers");
        serde_json::from_slice(&text).expect("JSON")
    }

    async fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.try_to(command, arguments).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Sends a command; the answer is its result or an error.
    async fn try_to(&mut self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.sent += 1;
        let text = json!([0, self.sent, command, arguments]).to_string();
        self.stream.write_all(format!("{}:{text}", text.len()).as_bytes()).await.expect("Firefox reads");
        let answer = self.receive().await;
        assert_eq!(answer[1], self.sent, "{command}: {answer}");
        if answer[2].is_null() { Ok(answer[3].clone()) } else { Err(answer[2].clone()) }
    }
}

impl Viewer for Firefox {
    fn name(&self) -> &'static str {
        "Firefox"
    }

    async fn open(&mut self, url: &str) {
        self.ask("WebDriver:Navigate", json!({"url": url})).await;
    }

    async fn picture(&mut self) -> Screenshot {
        // The whole page, however small the window is. While a frame navigates there may be no picture.
        let deadline = Instant::now() + Duration::from_secs(20);
        let answer = loop {
            match self.try_to("WebDriver:TakeScreenshot", json!({"full": true})).await {
                Ok(answer) => break answer,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let text = answer["value"].as_str().expect("a picture");
        let png = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
        Screenshot::read(&png).expect("a picture")
    }

    fn departures(&self, case: &Case) -> Positions {
        case.firefox
    }
}
