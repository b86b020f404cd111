//! The walk through our own server.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::database::private_folder;

fn walk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    command
        .args(["verify", "--json"])
        .env_clear()
        .env("PATH", unframed::config::environment("PATH").unwrap_or_default())
        .env("ASSETS_DIR", env!("CARGO_MANIFEST_DIR"))
        .current_dir("/");
    command
}

#[test]
fn every_answer_of_our_own_server_carries_the_headers() {
    let output = walk().output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["findings"], 0, "{report:#}");
    let routes = unframed::routes::table().len();
    let asked = report["responses"].as_u64().expect("a number");
    assert!(asked >= u64::try_from(routes * 9 * 2).expect("small"), "{asked} responses of {routes} routes");
}

#[test]
fn pages_that_exist_only_for_a_while_are_walked_while_they_do() {
    let output = walk().output().expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = report["list"].as_array().expect("a list");
    // The one page that may be framed is told as such; that it was met shows that it was on.
    let [listed] = list.iter().filter(|entry| entry["rule"] == "framing/listed").collect::<Vec<_>>()[..]
    else {
        panic!("{report:#}")
    };
    let places = listed["places"].as_array().expect("places");
    for place in ["GET /card/…, guest (200)", "GET /card/…, member, framed (200)"] {
        assert!(places.iter().any(|given| given == place), "{listed:#}");
    }
}

#[test]
fn a_signal_ends_the_walk_without_a_verdict_and_without_leftovers() {
    for (signal, file) in [("INT", ""), ("TERM", "mails")] {
        let folder = private_folder("walk");
        let mut child = walk()
            .env("TMPDIR", &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        let reached = || {
            let made = std::fs::read_dir(&folder).expect("a folder").flatten().next();
            made.is_some_and(|made| file.is_empty() || made.path().join(file).is_dir())
        };
        while !reached() {
            assert!(Instant::now() < deadline, "the walk does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let code = child.wait().expect("it ends").code();
        let output = child.wait_with_output().expect("its words");
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((code, text.as_ref()), (Some(2), ""), "{signal}: {errors}");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 0, "{signal}: {errors}");
    }
}
