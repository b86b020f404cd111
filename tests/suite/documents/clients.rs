//! The clients of docs/CLIENTS.md, run as they stand there against a server.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use unframed::config::environment;
use uuid::Uuid;

use super::reading::Document;
use crate::harness::application::RETURN_ORIGIN;
use crate::harness::database::private_folder;
use crate::harness::program::Run;
use crate::harness::{Application, Browser, TestApp};

const INSTALL: &str = "`tools/install test` installs what the clients need";

/// A client: the language of its block, its file, and the programs that may run it, of which the first works that can
/// load what it needs.
struct Client {
    language: &'static str,
    file: &'static str,
    programs: &'static [&'static str],
    /// The arguments with which such a program shows that it can.
    check: &'static [&'static str],
}

const BASH: Client = Client {
    language: "bash",
    file: "client.sh",
    programs: &["bash"],
    check: &["-c", "command -v curl jq openssl"],
};
const PYTHON: Client = Client {
    language: "python",
    file: "client.py",
    // A Python beside that of the system has none of its packages.
    programs: &["python3", "/usr/bin/python3"],
    check: &["-c", "import jwt, cryptography"],
};
const NODE: Client = Client {
    language: "javascript",
    file: "client.mjs",
    programs: &["node"],
    check: &["--eval", "if (parseInt(process.versions.node) < 18) process.exit(1)"],
};

/// A client in a folder of its own, and what it is told.
struct Scene {
    folder: PathBuf,
    program: &'static str,
    variables: Vec<(&'static str, String)>,
}

impl Client {
    /// The program that runs it.
    async fn program(&self) -> &'static str {
        for &program in self.programs {
            let check = Command::new(program)
                .args(self.check)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if check.await.is_ok_and(|status| status.success()) {
                return program;
            }
        }
        panic!("none of {:?} passes {:?}: {INSTALL}", self.programs, self.check)
    }

    async fn scene(&self, app: &TestApp, application: &Application, user: &Browser) -> Scene {
        let folder = private_folder("client");
        let document = Document::new(Path::new("docs/CLIENTS.md"));
        let blocks = document.blocks();
        let found: Vec<&str> = blocks
            .iter()
            .filter(|(language, ..)| language == self.language)
            .map(|(_, code, _)| code.as_str())
            .collect();
        let [code] = found[..] else { panic!("docs/CLIENTS.md has one client in {}", self.language) };
        std::fs::write(folder.join(self.file), code).expect("a file");
        let variables = vec![
            ("PATH", environment("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
            ("UNFRAMED", app.origin.clone()),
            ("APP_ID", application.id.to_string()),
            ("SECRET", application.secret.clone()),
            ("USER_EMAIL", user.email()),
            ("RETURN_URL", format!("{RETURN_ORIGIN}/runs/7?step=2")),
        ];
        Scene { folder, program: self.program().await, variables }
    }

    /// Runs it with a user who decides, and returns what it says.
    async fn run(&self, scene: &Scene, decide: impl AsyncFnOnce(Uuid)) -> Run {
        let mut process = scene.command(&[self.file]).spawn().expect("it starts");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).await.expect("text");
        if let Some((_, id)) = line.trim_end().rsplit_once("/confirmations/") {
            decide(id.parse().expect("an id")).await;
        }
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.expect("text");
        let ended = process.wait_with_output().await.expect("it ends");
        let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
        Run { stdout: line + rest.as_str(), stderr, code: ended.status.code() }
    }
}

impl Scene {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(arguments).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.folder).stdin(Stdio::null()).kill_on_drop(true);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// A user approves, another request is declined, and a third one withdrawn.
async fn try_out(client: &Client) {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let scene = client.scene(&app, &application, &ada).await;
    let approved = async |id| assert_eq!(ada.approve(id).await.status, StatusCode::SEE_OTHER);
    let declined = async |id| assert_eq!(ada.decline(id).await.status, StatusCode::SEE_OTHER);
    let withdrawn = async |id| assert_eq!(application.withdraw(id).await.status, StatusCode::OK);
    let run = client.run(&scene, approved).await;
    assert!(run.code == Some(0) && run.stdout.ends_with("\napproved\n"), "{}{}", run.stdout, run.stderr);
    let run = client.run(&scene, declined).await;
    assert!(run.code == Some(0) && run.stdout.ends_with("\ndeclined\n"), "{}{}", run.stdout, run.stderr);
    let run = client.run(&scene, withdrawn).await;
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("Nobody decided: withdrawn"), "{}{}", run.stdout, run.stderr);
    // A secret that is refused ends it.
    let mut stranger = scene;
    for (name, value) in &mut stranger.variables {
        if *name == "SECRET" {
            value.push('x');
        }
    }
    let refused = client.run(&stranger, async |_| ()).await;
    assert!(
        refused.code != Some(0) && !refused.stdout.contains("Open"),
        "{}{}",
        refused.stdout,
        refused.stderr
    );
}

#[tokio::test]
async fn the_client_for_curl_asks_waits_and_verifies() {
    try_out(&BASH).await;
}

#[tokio::test]
async fn the_client_for_python_asks_waits_and_verifies() {
    try_out(&PYTHON).await;
}

#[tokio::test]
async fn the_client_for_node_asks_waits_and_verifies() {
    try_out(&NODE).await;
}

/// Tells for each receipt in the file `receipts.json` whether the client's own function accepts it.
const PYTHON_JUDGE: &str = "
import json, sys, client
for receipt in json.load(open('receipts.json')):
    try:
        client.verify(receipt, json.load(open('kept.json')))
        print('accepted')
    except Exception as problem:
        print('refused')
        print(repr(problem), file=sys.stderr)
";
const NODE_JUDGE: &str = "
import { readFileSync } from 'node:fs';
import { verify } from './client.mjs';
const read = (name) => JSON.parse(readFileSync(name));
for (const receipt of read('receipts.json')) {
  try {
    await verify(receipt, read('kept.json'));
    console.log('accepted');
  } catch (problem) {
    console.log('refused');
    console.error(problem);
  }
}
";

#[tokio::test]
async fn the_functions_that_verify_accept_the_receipt_that_was_asked_for_and_no_other() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let theirs = app.application().await;
    let (id, other, foreign) =
        (application.asked(&ada).await, application.asked(&ada).await, theirs.asked(&ada).await);
    for id in [id, other, foreign] {
        ada.decline(id).await;
    }
    let confirmation = application.read(id).await;
    let genuine = confirmation.text("receipt").to_owned();
    let parts: Vec<&str> = genuine.split('.').collect();
    let of_other = application.read(other).await.text("receipt").to_owned();
    let [header, _, signature] = parts[..] else { panic!("{genuine}") };
    let receipts = json!([
        genuine,
        of_other,
        theirs.read(foreign).await.text("receipt"),
        format!("{header}.{}.{signature}", of_other.split('.').nth(1).unwrap()),
        format!("{}.{}.{signature}", "eyJhbGciOiJub25lIiwidHlwIjoidW5mcmFtZWQtcmVjZWlwdCtqd3QifQ", parts[1]),
        format!("{}.{}.", "eyJhbGciOiJub25lIiwidHlwIjoidW5mcmFtZWQtcmVjZWlwdCtqd3QifQ", parts[1]),
        format!("{header}.{}.", parts[1]),
        "..",
        "",
    ]);
    let kept = json!({
        "confirmation": id,
        "sub": confirmation.text("user"),
        "displayed": confirmation.text("displayed"),
    });
    for (client, file, judge) in [(PYTHON, "judge.py", PYTHON_JUDGE), (NODE, "judge.mjs", NODE_JUDGE)] {
        let scene = client.scene(&app, &application, &ada).await;
        for (name, text) in [
            (file, judge),
            ("receipts.json", receipts.to_string().as_str()),
            ("kept.json", kept.to_string().as_str()),
        ] {
            std::fs::write(scene.folder.join(name), text).expect("a file");
        }
        let ended = scene.command(&[file]).output().await.expect("it ends");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let verdicts: Vec<&str> = said.lines().collect();
        let mut expected = vec!["refused"; receipts.as_array().unwrap().len()];
        expected[0] = "accepted";
        assert_eq!(verdicts, expected, "{file}: {}", String::from_utf8_lossy(&ended.stderr));
    }
}
