//! Load from `wrk`: it keeps a number of connections busy and counts what comes back.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::NamedTempFile;

/// One request of the load.
pub(crate) struct Request {
    /// The `Cookie` header; empty for none.
    pub(crate) cookie: String,
    /// The client's IP address, as a proxy would name it.
    pub(crate) address: String,
    /// A form to send; empty for none.
    pub(crate) body: String,
}

/// Requests that wrk sends again and again, in turn.
pub(crate) struct Load {
    file: NamedTempFile,
    method: &'static str,
    encoding: &'static str,
    connections: usize,
    duration: Duration,
    pause: Duration,
}

/// What wrk measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Responses per second.
    pub(crate) per_second: f64,
    /// The 99th percentile of the latencies, in milliseconds.
    pub(crate) p99_ms: f64,
    /// The responses with a status of 400 or more.
    pub(crate) refused: u64,
    /// The connections that failed and the responses that did not come within two seconds.
    pub(crate) broken: u64,
}

impl Figures {
    /// The figures, if each request had a good response.
    pub(crate) fn without_errors(self) -> anyhow::Result<Self> {
        if self.refused + self.broken > 0 {
            bail!("{} responses were errors and {} connections broke", self.refused, self.broken);
        }
        Ok(self)
    }
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/requests.lua");

impl Load {
    /// GET requests on 32 connections for some seconds.
    pub(crate) fn new<'a>(
        requests: impl IntoIterator<Item = &'a Request>,
        seconds: u64,
    ) -> anyhow::Result<Self> {
        let mut lines = String::new();
        for Request { cookie, address, body } in requests {
            writeln!(lines, "{cookie}\t{address}\t{body}")?;
        }
        let mut file = NamedTempFile::new()?;
        file.write_all(lines.as_bytes())?;
        Ok(Self {
            file,
            method: "GET",
            encoding: "identity",
            connections: 32,
            duration: Duration::from_secs(seconds),
            pause: Duration::ZERO,
        })
    }

    /// The file with the requests.
    pub(crate) fn file(&self) -> &std::path::Path {
        self.file.path()
    }

    /// The same requests by another method.
    pub(crate) fn by(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// The same requests on another number of connections.
    pub(crate) fn on(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    /// The same requests, and each connection pauses before it sends one.
    pub(crate) fn pausing(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Sends the requests to a path of a server.
    pub(crate) fn send(&self, server: SocketAddr, path: &str) -> anyhow::Result<Figures> {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--timeout", "2s", "--latency", "--script", SCRIPT])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", self.duration.as_secs())])
            .arg(format!("http://{server}{path}"))
            .arg("--")
            .arg(self.file.path())
            .args([self.method, &format!("localhost:{}", server.port()), self.encoding])
            .arg(self.pause.as_millis().to_string())
            .output()
            .context("wrk: install it, on Debian with `apt-get install wrk`")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let line = printed.lines().find_map(|line| line.strip_prefix("FIGURES "));
        let Some(line) = line else { bail!("wrk: {printed}{}", String::from_utf8_lossy(&output.stderr)) };
        let figures: Value = serde_json::from_str(line)?;
        let number = |name: &str| {
            figures.get(name).and_then(Value::as_f64).with_context(|| format!("{name} in {line}"))
        };
        let count = |name: &str| {
            figures.get(name).and_then(Value::as_u64).with_context(|| format!("{name} in {line}"))
        };
        Ok(Figures {
            per_second: number("requests")? / number("seconds")?,
            p99_ms: number("p99_ms")?,
            refused: count("refused")?,
            broken: count("broken")?,
        })
    }
}
