//! Signals during a check: what it leaves behind.

use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::Ordering;

use super::stuck;
use crate::harness::database::private_folder;

/// The program with signals that are ignored or not, whatever the tests run under.
fn unframed(signals: &str) -> Command {
    let mut command = Command::new("env");
    command.args([signals, env!("CARGO_BIN_EXE_unframed")]);
    command
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    files
}

#[test]
fn a_signal_leaves_no_half_report() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = private_folder("many");
        let report = folder.join("report.html");
        let mut command = unframed("--default-signal=HUP,INT");
        let arguments = ["--output", report.to_str().expect("text")];
        let (_town, open, _, child) = stuck(&mut command, &folder, &arguments);
        send(signal, &child);
        let output = child.wait_with_output().expect("it ends");
        open.store(true, Ordering::SeqCst);
        let errors = String::from_utf8_lossy(&output.stderr);
        let stopped = errors.contains(&format!("SIG{signal} stopped the check"));
        assert_eq!((output.status.code(), stopped), (Some(2), true), "{errors}");
        assert_eq!(files(&folder), ["journal", "sites.txt"], "{signal}");
    }
}

#[test]
fn a_check_under_nohup_outlives_its_terminal() {
    let folder = private_folder("many");
    let report = folder.join("report.html");
    let mut command = unframed("--ignore-signal=HUP");
    let arguments = ["--output", report.to_str().expect("text")];
    let (_town, open, _, child) = stuck(&mut command, &folder, &arguments);
    send("HUP", &child);
    open.store(true, Ordering::SeqCst);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(&folder), ["journal", "report.html", "sites.txt"]);
}
