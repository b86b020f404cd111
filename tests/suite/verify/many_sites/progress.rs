//! The line that counts on a terminal.

use std::process::{Command, Stdio};

use super::super::verify;
use super::{Town, list};
use crate::harness::database::private_folder;

/// What a check prints on a terminal, by `script`, which Debian always installs.
fn on_a_terminal(command: &str) -> (Option<i32>, String) {
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", command, "/dev/null"]).env("SHELL", "/bin/sh");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script of bsdutils");
    // The end of the input would be shown on the terminal.
    let _input = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_terminal_shows_a_line_that_counts_and_nothing_else_does() {
    let (folder, address) = (private_folder("many"), Town::default().start());
    let sites = list(&folder, address, 3);
    let program = env!("CARGO_BIN_EXE_unframed");
    let errors = folder.join("errors");
    let check = format!("cd / && {program} verify --urls '{sites}' --parallel 1");
    let (code, shown) = on_a_terminal(&check);
    assert_eq!(code, Some(1), "{shown}");
    let mut from = 0;
    for (finished, found) in [(1, 0), (2, 1), (3, 1)] {
        let line = format!("\r\x1b[K{finished} of 3 sites, {found} with findings");
        from += shown[from..].find(&line).unwrap_or_else(|| panic!("{line:?} is not in {shown:?}"));
    }
    // The line is gone before the report goes on, and at the end.
    let (_, end) = shown.rsplit_once(" of 3 sites, 1 with findings").expect("a line");
    assert!(end.starts_with("\r\x1b[K"), "{end:?}");
    let reports = shown.split("\r\x1b[K").filter(|part| !part.is_empty() && !part.contains(" of 3 sites"));
    let reports: String = reports.collect();
    let plain = String::from_utf8(verify(&["--urls", &sites, "--parallel", "1"]).stdout).expect("text");
    assert_eq!(reports.replace("\r\n", "\n"), plain, "nothing else is on the terminal");

    let (code, shown) = on_a_terminal(&format!("{check} 2>'{}'", errors.display()));
    assert_eq!((code, shown.replace("\r\n", "\n")), (Some(1), plain));
    assert_eq!(std::fs::read_to_string(&errors).expect("the errors"), "");
}
