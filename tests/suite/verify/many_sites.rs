//! Many sites in one check. By default a hundred; as many as you like, with the figures:
//! `TEST_SITES=1000 cargo test --test suite -- verify::many_sites --nocapture`.

mod progress;

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
use super::{verify, verify_with};
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
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
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
fn stuck(folder: &Path, more: &[&str]) -> (Town, Arc<AtomicBool>, Vec<String>, Child) {
    let open = Arc::new(AtomicBool::new(false));
    let town = Town { closed: Some(("/3/", open.clone())), ..Town::default() };
    let sites = list(folder, town.start(), 6);
    let journal = folder.join("journal");
    let mut arguments: Vec<String> =
        ["--urls", &sites, "--parallel", "1", "--resume", journal.to_str().expect("text"), "--json"]
            .map(str::to_owned)
            .into();
    arguments.extend(more.iter().map(|&argument| argument.to_owned()));
    let child = start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
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

#[test]
fn a_check_that_was_killed_goes_on_where_it_was() {
    let folder = private_folder("many");
    let (town, open, arguments, mut child) = stuck(&folder, &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let second = verify(&arguments);
    assert!(String::from_utf8_lossy(&second.stderr).contains("another check uses this journal"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let journal = folder.join("journal");
    let mut file = std::fs::OpenOptions::new().append(true).open(&journal).expect("the journal");
    file.write_all(b"{\"url\":\"http://cut").expect("the journal");
    drop(file);
    open.store(true, Ordering::SeqCst);
    let asked: Vec<usize> = (0..3).map(|number| town.asked(&format!("/{number}/"))).collect();
    let output = verify(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&errors);
    let lines = report["summary"]["sites"].as_array().expect("sites");
    let found: Vec<_> = lines.iter().map(|line| line["medium"].as_u64().expect("a number")).collect();
    assert_eq!((output.status.code(), found), (Some(1), vec![0, 1, 0, 1, 0, 1]), "{report:#}");
    let again: Vec<usize> = (0..3).map(|number| town.asked(&format!("/{number}/"))).collect();
    assert_eq!(again, asked, "sites of the journal are not asked again");
    assert_eq!(std::fs::read_to_string(&journal).expect("the journal").lines().count(), 1 + 6);
    let third = verify(&arguments);
    assert_eq!(third.stdout, output.stdout, "a finished check reports the same from its journal");

    std::fs::write(&journal, "{}\n{}\n").expect("the journal");
    let output = verify(&arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), errors.contains("line 1 is not a line of a journal")),
        (Some(2), true),
        "{errors}"
    );
}

#[test]
fn a_check_with_other_options_does_not_go_on_with_a_journal() {
    let (folder, town) = (private_folder("many"), Town::default());
    let sites = list(&folder, town.start(), 1);
    let at = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let cookies = |name: &str, value: &str| {
        let line = format!("127.0.0.1\tFALSE\t/\tFALSE\t0\t{name}\t{value}\n");
        std::fs::write(at("cookies"), line).expect("a file");
    };
    let (journal, authority, cookie_file) = (at("journal"), at("authority.pem"), at("cookies"));
    let certified = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).expect("a certificate");
    std::fs::write(&authority, certified.cert.pem()).expect("a file");
    cookies("sid", "first-secret-value");
    let check = |more: &[&str], variables: &[(&str, &str)]| {
        verify_with(&[&["--urls", &sites, "--resume", &journal], more].concat(), variables)
    };
    let same = ["--crawl", "2", "--path", "/a", "--cookie-file", &cookie_file];
    let code = check(&same, &[]).status.code();
    let asked = town.asked("/0/");
    assert_eq!((code, asked > 0), (Some(0), true));
    for (name, more, variables) in [
        ("--crawl", vec!["--crawl", "3", "--path", "/a", "--cookie-file", &cookie_file], vec![]),
        ("--path", vec!["--crawl", "2", "--path", "/b", "--cookie-file", &cookie_file], vec![]),
        ("--cookie-file", vec!["--crawl", "2", "--path", "/a"], vec![]),
        ("--cacert", [&same[..], &["--cacert", &authority]].concat(), vec![]),
        ("the proxies", same.to_vec(), vec![("HTTPS_PROXY", "http://ada:secret-value@127.0.0.1:1")]),
    ] {
        let output = check(&more, &variables);
        let errors = String::from_utf8_lossy(&output.stderr);
        let words =
            format!("{journal}: the check that began this journal had other options; these differ: {name}. ");
        assert_eq!((output.status.code(), errors.contains(&words)), (Some(2), true), "{name}: {errors}");
        assert!(errors.contains("name another file with --resume"), "{errors}");
    }
    // A session that was renewed, and what does not change a finding.
    cookies("sid", "second-secret-value");
    assert_eq!(check(&[&same[..], &["--parallel", "2", "--json"]].concat(), &[]).status.code(), Some(0));
    assert_eq!(town.asked("/0/"), asked, "the site is not asked again");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_forged_journal_cannot_command_a_terminal_or_a_runner() {
    let (folder, address) = (private_folder("many"), Town::default().start());
    let (sites, journal) = (list(&folder, address, 2), folder.join("journal"));
    let named = journal.to_str().expect("text");
    let report = folder.join("report.txt");
    let check = |more: &[&str]| verify(&[&["--urls", &sites, "--resume", named], more].concat());
    assert_eq!(check(&["--output", report.to_str().expect("text")]).status.code(), Some(1));
    let fresh = std::fs::read(&report).expect("the report");
    let text = std::fs::read_to_string(&journal).expect("the journal");
    assert_eq!(check(&[]).stdout, fresh, "what is read is what was written");
    let hostile = "\\u001b[2J\\n::error::x\\n##[error]x\\u202e";
    let forged = text.replace("frame-ancestors", hostile).replace("GET /", hostile);
    assert!(forged.matches(hostile).count() > 4, "{forged}");
    std::fs::write(&journal, forged).expect("the journal");
    for format in ["text", "json", "sarif", "junit", "markdown", "html"] {
        let output = check(&["--format", format]);
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(1), 0), "{text}");
        assert!(text.contains("u{1b}") && text.contains("error::x"), "{format}: {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\n::error"), "{format}: {text}");
        assert!(!text.contains("##[error]"), "{format}: {text}");
    }
}

#[test]
fn a_signal_leaves_no_half_report() {
    let folder = private_folder("many");
    let report = folder.join("report.html");
    let (_town, open, _, child) = stuck(&folder, &["--output", report.to_str().expect("text")]);
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    open.store(true, Ordering::SeqCst);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), errors.contains("SIGTERM stopped the check")),
        (Some(2), true),
        "{errors}"
    );
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    files.sort();
    assert_eq!(files, ["journal", "sites.txt"]);
}
