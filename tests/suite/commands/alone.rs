//! The program without any other file: what an installation by hand, a package and an image have.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use unframed::config::environment;

use crate::harness::database::private_folder;
use crate::harness::program::{output, said, unframed};
use crate::harness::wire::{exchange, request};

#[tokio::test]
async fn the_program_alone_serves_styled_pages_and_writes_mails() {
    let folder = private_folder("alone").canonicalize().unwrap();
    let program = folder.join("unframed");
    fs::copy(env!("CARGO_BIN_EXE_unframed"), &program).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let origin = format!("http://localhost:{}", address.port());
    let mut local = Command::new(&program)
        .arg("local")
        .current_dir(&folder)
        .env_clear()
        .env("PATH", environment("PATH").unwrap_or_default())
        .env("LISTEN", address.to_string())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(local.stdout.take().unwrap()).lines();
    let mut line = async |wanted: &str| {
        let read = async {
            loop {
                let line = lines.next_line().await.expect("text").expect("it has not ended");
                if let Some(rest) = line.strip_prefix(wanted) {
                    return rest.to_owned();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), read).await.expect("the line appears")
    };
    line("unframed is at ").await;
    // The socket is bound before the line, so it accepts connections from now on.
    let page = exchange(address, request("GET", "/sign-up", &[], None)).await.expect("an answer");
    assert!(page.status == 200 && page.body.contains("<h1>"), "{page:?}");
    let style = page.body.split("href=\"").find(|link| link.starts_with("/static/")).expect("a style sheet");
    let style = style.split('"').next().unwrap();
    let style = exchange(address, request("GET", style, &[], None)).await.expect("an answer");
    let css = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/app.css")).unwrap();
    assert_eq!((style.status, style.body), (200, css));
    let fields = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", &*origin),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let sent = exchange(address, request("POST", "/sign-up", &fields, Some("email=ada%40example.com"))).await;
    assert_eq!(sent.map(|sent| sent.status), Some(303));
    let mail = line("mail: ").await;
    let mail = fs::read_to_string(mail.split(" (").next().unwrap()).expect("a mail");
    assert!(mail.contains("Subject: Create your unframed account"), "{mail}");
    local.kill().await.expect("it ends");
    let mut found: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    found.sort();
    assert_eq!(found, [".local", "unframed"]);
}

#[tokio::test]
async fn completions_and_manual_pages_name_every_command() {
    let help = output(unframed(&["--help"], &[])).await;
    let (help, _) = said(&help);
    let commands = help.split_once("Commands:\n").expect("a list").1.split("\n\n").next().unwrap();
    let commands: Vec<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"serve") && commands.contains(&"man"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let printed = output(unframed(&["completions", shell], &[])).await;
        let (script, problem) = said(&printed);
        assert!(printed.status.success() && problem.is_empty(), "{shell}: {problem}");
        for command in commands.iter().chain(&["--folder", "framing-attempts"]) {
            assert!(script.contains(command.trim_start_matches("--")), "{shell}: {command}");
        }
    }
    let folder = private_folder("man").join("man1");
    let written = output(unframed(&["man", &folder.display().to_string()], &[])).await;
    assert!(written.status.success(), "{:?}", said(&written));
    let page =
        |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(page("unframed.1").contains(&format!("unframed\\-{command}(1)")), "{command}");
        assert!(page(&format!("unframed-{command}.1")).contains(".SH SYNOPSIS"), "{command}");
    }
    assert!(page("unframed.1").contains("DATABASE_URL"), "the environment");
    assert!(page("unframed-admin-users-list.1").contains("limit"));
}
