//! Many sites in one check. By default a hundred; as many as you like, with the figures:
//! `TEST_SITES=1000 cargo test --test suite -- verify::many_sites --nocapture`.

mod journal;
mod progress;
mod signals;

use std::collections::HashMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use unframed::config::environment;

use super::unusual_servers::{page, server};
use super::verify;
use crate::harness::database::private_folder;

/// A server of many sites, one a folder, which counts what it is asked. Sites with an odd number lack a header.
#[derive(Clone, Default)]
struct Town {
    asked: Arc<Mutex<HashMap<String, usize>>>,
    /// The site that does not answer until it is opened.
    closed: Option<(&'static str, Arc<AtomicBool>)>,
}

impl Town {
    fn start(&self) -> SocketAddr {
        let town = self.clone();
        server(move |stream, request| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            *town.asked.lock().expect("a lock").entry(path.to_owned()).or_default() += 1;
            if let Some((closed, open)) = &town.closed {
                let deadline = Instant::now() + Duration::from_secs(60);
                while path == *closed && !open.load(Ordering::SeqCst) && Instant::now() < deadline {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            let number: usize = path.trim_matches('/').parse().unwrap_or_default();
            let answer = page("Connection: close\r\n", "");
            let answer =
                if number % 2 == 1 { answer.replace("X-Frame-Options: DENY\r\n", "") } else { answer };
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    fn asked(&self, path: &str) -> usize {
        self.asked.lock().expect("a lock").get(path).copied().unwrap_or_default()
    }
}

fn list(folder: &Path, address: SocketAddr, count: usize) -> String {
    let urls: String = (0..count).map(|number| format!("http://{address}/{number}/\n")).collect();
    let file = folder.join("sites.txt");
    std::fs::write(&file, format!("# sites\n\n{urls}")).expect("a list");
    file.to_str().expect("text").to_owned()
}

fn start(arguments: &[&str]) -> Child {
    start_by(&mut Command::new(env!("CARGO_BIN_EXE_unframed")), arguments)
}

fn start_by(command: &mut Command, arguments: &[&str]) -> Child {
    command.arg("verify").args(arguments).current_dir("/").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it runs")
}

/// Waits for the end. The most memory that the process has had, in kB.
fn peak(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("its state").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(10));
    }
    peak
}

#[test]
fn many_sites_are_checked_in_order_and_in_bounded_memory() {
    let count = environment("TEST_SITES").map_or(100, |count| count.parse().expect("a number"));
    let (folder, address) = (private_folder("many"), Town::default().start());
    let sites = list(&folder, address, count);
    let file = folder.join("report.json");
    let begun = Instant::now();
    let mut child = start(&[
        "--urls",
        &sites,
        "--parallel",
        "16",
        "--format",
        "json",
        "--output",
        file.to_str().expect("text"),
    ]);
    let peak = peak(&mut child);
    let output = child.wait_with_output().expect("its output");
    let size = std::fs::metadata(&file).expect("the report").len();
    println!(
        "{count} sites: {:.1} s, {} MB at most, a report of {} kB",
        begun.elapsed().as_secs_f64(),
        peak / 1024,
        size / 1024
    );
    // No line counts where standard error is no terminal.
    assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).expect("it")).expect("JSON");
    let lines = report["summary"]["sites"].as_array().expect("sites");
    assert_eq!(lines.len(), count);
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["site"], format!("http://{address}/{number}/"));
        assert_eq!((&line["medium"], &line["complete"]), (&(number % 2).into(), &true.into()), "{line:#}");
    }
    assert_eq!(report["summary"]["rules"]["framing/no-x-frame-options"], count / 2);
    assert!(peak > 0 && peak < 200 * 1024, "{peak} kB");
}

#[test]
fn wrong_lines_are_named_before_any_site_is_asked() {
    let (folder, town) = (private_folder("many"), Town::default());
    let sites = list(&folder, town.start(), 2);
    let mut file = std::fs::OpenOptions::new().append(true).open(&sites).expect("the list");
    file.write_all(b"not a url\nftp://x.example\nhttps://u:secret@x.example\n").expect("the list");
    let output = verify(&["--urls", &sites]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), town.asked("/0/")), (Some(2), 0), "{errors}");
    for line in ["line 5: not a url: write it as", "line 6: ftp://x.example", "line 7: contains a user name"]
    {
        assert!(errors.contains(line), "{errors}");
    }
    assert!(!errors.contains("secret"), "{errors}");
    for (arguments, word) in [
        (vec!["--urls", "/dev/null"], "the list contains no URL"),
        (vec!["--urls", "/nonexistent"], "/nonexistent"),
        (vec!["--urls", &sites, "--parallel", "65"], "65"),
        (vec!["--urls", &sites, "--parallel", "0"], "0"),
        (vec!["--urls", &sites, "--url", "http://x.example"], "cannot be used with"),
        (vec!["--resume", "x"], "--urls"),
    ] {
        let output = verify(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), errors.contains(word)), (Some(2), true), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_list_may_come_from_standard_input_and_a_site_that_is_away_is_reported() {
    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let address = Town::default().start();
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    command.args(["verify", "--urls", "-"]).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let list = format!("http://{closed}/\nhttp://{address}/2/\n");
    child.stdin.take().expect("its input").write_all(list.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(&format!("incomplete: http://{closed} cannot be reached")), "{text}");
    assert!(text.contains(&format!("    0  http://{closed}/  (incomplete)\n")), "{text}");
    assert!(text.ends_with("2 sites: 0 with findings that count, 1 not checked completely\n"), "{text}");
}

/// Starts a check of six sites of which the fourth does not answer, and waits until three are in the journal.
fn stuck(command: &mut Command, folder: &Path, more: &[&str]) -> (Town, Arc<AtomicBool>, Vec<String>, Child) {
    let open = Arc::new(AtomicBool::new(false));
    let town = Town { closed: Some(("/3/", open.clone())), ..Town::default() };
    let sites = list(folder, town.start(), 6);
    let journal = folder.join("journal");
    let mut arguments: Vec<String> =
        ["--urls", &sites, "--parallel", "1", "--resume", journal.to_str().expect("text"), "--json"]
            .map(str::to_owned)
            .into();
    arguments.extend(more.iter().map(|&argument| argument.to_owned()));
    let child = start_by(command, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let deadline = Instant::now() + Duration::from_secs(60);
    // After the line about the options.
    while std::fs::read_to_string(&journal).unwrap_or_default().matches('\n').count() < 4
        || town.asked("/3/") == 0
    {
        assert!(Instant::now() < deadline, "the journal is not written");
        std::thread::sleep(Duration::from_millis(10));
    }
    (town, open, arguments, child)
}
