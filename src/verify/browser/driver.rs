//! The driver's process, which runs the browser. Both end with this process, even if that is killed, and the
//! folder with the profile goes with them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

use super::problem::BrowserProblem;
use super::programs::Programs;
use crate::private_files;

/// A shell script: the arguments after the folder are run in the script's process group. Only they write to its output, so
/// the end of the output shows that they have ended. When standard input
/// closes, which the kernel does even if we are killed, the group ends and the folder is removed.
const SUPERVISOR: &str = r#"
folder=$1; shift
trap : TERM
"$@" </dev/null &
driver=$!
exec >/dev/null
cat >/dev/null
kill -s TERM 0
{ sleep 5; rm -rf "$folder"; kill -s KILL 0; } &
wait "$driver"
sleep 0.2
rm -rf "$folder"
kill -s KILL 0
"#;

/// Browsers keep sockets in the folder of `TMPDIR`, and the path of a socket has 107 bytes at most.
const LONGEST_TMPDIR: usize = 60;
/// The longest that the driver may take to start, with all its starts.
const START: Duration = Duration::from_secs(120);
/// How often the driver is started before its failure counts. Chromedriver looks for a port that is free for IPv6,
/// and ends if another program has the same port for IPv4.
const STARTS: usize = 5;
/// The most characters of a line of the driver that are read.
const LONGEST_LINE: usize = 200;
/// The longest that the driver and the browser may take to end.
const END: Duration = Duration::from_secs(8);

/// A running driver. Dropping it ends the browsers that it started.
#[derive(Debug)]
pub struct Driver {
    url: String,
    folder: PathBuf,
    supervisor: Child,
}

impl Driver {
    /// Starts the driver. It keeps its files in a new folder below `parent`, which is removed with it.
    ///
    /// # Errors
    /// The driver does not start.
    pub async fn start(programs: &Programs, parent: &Path) -> Result<Self, BrowserProblem> {
        let deadline = Instant::now() + START;
        for _ in 1..STARTS {
            match Self::start_once(programs, parent, deadline).await {
                Err(BrowserProblem::Ended(..)) => {}
                started => return started,
            }
        }
        Self::start_once(programs, parent, deadline).await
    }

    async fn start_once(
        programs: &Programs,
        parent: &Path,
        deadline: Instant,
    ) -> Result<Self, BrowserProblem> {
        let random = Uuid::new_v4().simple().to_string();
        let folder = parent.join(format!("unframed-browser-{}", random.get(..12).unwrap_or(&random)));
        private_files::make_folder(&folder).map_err(BrowserProblem::io(folder.display().to_string()))?;
        let mut supervised = Command::new("sh");
        supervised.args(["-c", SUPERVISOR, "unframed-browser"]).arg(&folder).arg(&programs.driver);
        supervised.arg("--port=0");
        if folder.as_os_str().len() <= LONGEST_TMPDIR {
            supervised.env("TMPDIR", &folder);
        }
        supervised.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut supervisor = supervised.spawn().map_err(BrowserProblem::io("sh"))?;
        let output = supervisor.stdout.take();
        let mut driver = Self { url: String::new(), folder, supervisor };
        let name = programs.driver.display().to_string();
        let Some(output) = output else { return Err(BrowserProblem::Silent(name)) };
        let mut lines = BufReader::new(output).split(b'\n');
        let port = async {
            let mut last = String::new();
            while let Some(line) = lines.next_segment().await? {
                last = String::from_utf8_lossy(&line).chars().take(LONGEST_LINE).collect();
                if let Some(port) = port_in(&last) {
                    return Ok(Ok(port));
                }
            }
            Ok::<_, io::Error>(Err(last))
        };
        let port = match tokio::time::timeout_at(deadline.into(), port).await {
            Err(_elapsed) => return Err(BrowserProblem::Silent(name)),
            Ok(read) => read.map_err(BrowserProblem::io(&name))?,
        };
        let port = match port {
            Ok(port) => port,
            Err(last) => {
                // It waits until the processes have ended.
                let _ended = tokio::task::spawn_blocking(move || drop(driver)).await;
                return Err(BrowserProblem::Ended(name, last));
            }
        };
        // geckodriver ends when it cannot write further lines.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_segment().await {} });
        driver.url = format!("http://127.0.0.1:{port}");
        Ok(driver)
    }

    /// Where the driver listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder that is removed with the driver.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let deadline = Instant::now() + END;
        while matches!(self.supervisor.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The port in the line with which a driver says that it listens.
fn port_in(line: &str) -> Option<u16> {
    let chromedriver = line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
    let geckodriver = || line.split_once("Listening on 127.0.0.1:").map(|(_, port)| port);
    chromedriver.or_else(geckodriver)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::programs::Browser;
    use super::*;

    /// A shell script as a driver, in a folder with the browsers' files.
    fn driver(script: &str) -> (tempfile::TempDir, Programs) {
        let folder = tempfile::tempdir().unwrap();
        let driver = folder.path().join("driver");
        fs::write(&driver, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&driver, fs::Permissions::from_mode(0o700)).unwrap();
        let programs = Programs { browser: Browser::Chromium, binary: PathBuf::new(), driver };
        (folder, programs)
    }

    #[tokio::test]
    async fn a_driver_that_ends_because_its_port_is_taken_is_started_again() {
        let (folder, programs) = driver(
            r#"if mkdir "$0.first"; then echo "IPv4 port not available. Exiting..."; exit 1; fi
            printf '\377\n'; echo "ChromeDriver was started successfully on port 4321."; exec sleep 60"#,
        );
        let driver = Driver::start(&programs, folder.path()).await.unwrap();
        assert_eq!(driver.url(), "http://127.0.0.1:4321");
        drop(driver);
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 2, "the driver and its note are left, no folder of a browser");
    }

    #[tokio::test]
    async fn a_driver_that_always_ends_is_given_up_at_once() {
        let (folder, programs) = driver(r#"echo >> "$0.starts"; echo "no library"; exit 1"#);
        let before = Instant::now();
        let problem = Driver::start(&programs, folder.path()).await.unwrap_err();
        assert!(problem.to_string().ends_with("did not start: no library"), "{problem}");
        assert!(before.elapsed() < START / 2, "its end is seen");
        let starts = fs::read_to_string(folder.path().join("driver.starts")).unwrap().lines().count();
        // The system refuses to start a script that a child of another test still has open for writing.
        assert!((2..=STARTS).contains(&starts), "{starts}");
    }

    #[test]
    fn the_port_is_read_from_the_line_of_either_driver() {
        for (line, port) in [
            ("ChromeDriver was started successfully on port 41027.", Some(41_027)),
            ("1700000000000\tgeckodriver\tINFO\tListening on 127.0.0.1:4444", Some(4444)),
            ("Only local connections are allowed.", None),
        ] {
            assert_eq!(port_in(line), port, "{line}");
        }
    }
}
