//! Every command in the documents: run where it ends by itself, started and stopped where it serves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

use super::reading::{Command, Document, documents, root};
use super::sandbox::Sandbox;
use super::table::{ASK, CODES, NOT_RUN, SERVERS, program};
use crate::harness::program::Run;

/// All commands with the places where they stand.
fn commands() -> BTreeMap<Command, Vec<String>> {
    let mut found: BTreeMap<Command, Vec<String>> = BTreeMap::new();
    for (command, place) in documents().iter().flat_map(Document::commands) {
        found.entry(command).or_default().push(place);
    }
    found
}

fn not_run(command: &str) -> Option<&'static str> {
    NOT_RUN.iter().find(|(_, commands)| commands.contains(&command)).map(|(reason, _)| *reason)
}

fn ended_with(run: &Run, expected: i32) -> Result<(), String> {
    if run.code == Some(expected) {
        return Ok(());
    }
    Err(format!("ended with {:?} instead of {expected}\n{}{}", run.code, run.stdout, run.stderr))
}

/// A command of our own program.
async fn run_ours(sandbox: &Sandbox, command: &Command, number: usize) -> Result<(), String> {
    let text = command.text.as_str();
    let filled_in = sandbox.filled_in(text, number);
    if SERVERS.contains(&text) {
        return ended_with(&sandbox.serve(&filled_in).await, 0);
    }
    if text.contains("EMAIL_OR_ID") {
        let account = sandbox.filled_in("unframed admin users create EMAIL_OR_ID --name NAME", number);
        ended_with(&sandbox.run(&account, None).await, 0)?;
    }
    let confirmed = if ASK.contains(&text) { " --yes" } else { "" };
    let run = sandbox.run(&format!("{filled_in}{confirmed}"), None).await;
    // A sentence may name a command without its arguments: then its name and its options must exist.
    if command.mentioned && run.code == Some(2) {
        return ended_with(&sandbox.run(&format!("{filled_in} --help"), None).await, 0);
    }
    let expected = CODES.iter().find(|(known, ..)| *known == text).map_or(0, |(_, code, _)| *code);
    ended_with(&run, expected)
}

/// A target of the Makefile, without running what it runs.
async fn try_make(sandbox: &Sandbox, text: &str) -> Result<(), String> {
    let dry = Regex::new(r"\bmake ").unwrap().replace(text, "make --dry-run ");
    ended_with(&sandbox.run(&dry, Some(root())).await, 0)
}

/// The tests that `cargo test FILTER` would run.
async fn list_tests(sandbox: &Sandbox, filter: &str) -> Result<(), String> {
    let suite = std::env::current_exe().expect("this program");
    let run = sandbox.run(&format!("{} --list {filter}", suite.display()), None).await;
    if run.stdout.contains(": test\n") {
        ended_with(&run, 0)
    } else {
        Err(format!("no test is named {filter}"))
    }
}

async fn try_out(sandbox: &Sandbox, command: &Command, number: usize) -> Result<(), String> {
    let text = command.text.as_str();
    if let Some(example) = text.split("--example ").nth(1) {
        let source = format!("examples/{}.rs", example.split(' ').next().unwrap_or_default());
        if !root().join(&source).is_file() {
            return Err(format!("there is no {source}"));
        }
    }
    if let Some(reason) = not_run(text) {
        println!("not run: {text}: {reason}");
        let file = program(text);
        let exists = !file.contains('/') || root().join(file).is_file();
        return if exists { Ok(()) } else { Err(format!("there is no {file}")) };
    }
    match program(text) {
        "unframed" => run_ours(sandbox, command, number).await,
        "make" => try_make(sandbox, text).await,
        "cargo" if text.starts_with("cargo test ") => {
            list_tests(sandbox, text.trim_start_matches("cargo test ")).await
        }
        "cd" if root().join(text.trim_start_matches("cd ")).is_dir() => Ok(()),
        "tools/new-migration" if command.mentioned && text == "tools/new-migration" => Ok(()),
        "tools/new-migration" => {
            let sources = sandbox.copy(&["tools", "migrations", "src/db/migrations"]);
            ended_with(&sandbox.run(&sandbox.filled_in(text, number), Some(&sources)).await, 0)
        }
        "./make-secrets.sh" => {
            ended_with(&sandbox.run(text, Some(&sandbox.copy(&["deploy"]).join("deploy"))).await, 0)
        }
        installed @ ("curl" | "openssl" | "systemd-analyze") => {
            if sandbox.has(installed).await {
                ended_with(&sandbox.run(&sandbox.filled_in(text, number), Some(root())).await, 0)
            } else {
                println!("not run: {text}: {installed} is not installed");
                Ok(())
            }
        }
        _ => {
            Err("is unknown: say in tests/suite/documents/table.rs why it is not run, or run it in try_out()"
                .to_owned())
        }
    }
}

#[tokio::test]
async fn every_command_of_the_documents_runs() {
    let sandbox = Sandbox::start().await;
    let cid = "unframed admin users create cid@example.com --name Cid";
    ended_with(&sandbox.run(cid, None).await, 0).unwrap();
    let commands = commands();
    let mut faults = Vec::new();
    for (number, (command, places)) in commands.iter().enumerate() {
        if let Err(fault) = try_out(&sandbox, command, number).await {
            faults.push(format!("{}: `{}` {fault}", places.join(", "), command.text));
        }
    }
    println!("{} commands", commands.len());
    assert!(commands.len() > 80, "{}", commands.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_of_commands_names_only_commands_of_the_documents() {
    let commands = commands();
    let written: BTreeSet<&str> = commands.keys().map(|command| command.text.as_str()).collect();
    let known = NOT_RUN.iter().flat_map(|(_, commands)| commands.iter());
    for command in known.chain(SERVERS).chain(ASK).chain(CODES.iter().map(|(command, ..)| command)) {
        assert!(written.contains(command), "no document has `{command}`: take it off the table");
    }
}

#[tokio::test]
async fn an_import_prints_what_the_document_shows() {
    let sandbox = Sandbox::start().await;
    let cid = "unframed admin users create cid@example.com --name Cid";
    ended_with(&sandbox.run(cid, None).await, 0).unwrap();
    let document = Document::new(Path::new("docs/IMPORT.md"));
    let blocks = document.blocks();
    let [(_, shown, _)] =
        blocks.iter().filter(|(language, ..)| language == "console").collect::<Vec<_>>()[..]
    else {
        panic!("docs/IMPORT.md has one block of console output")
    };
    let (command, output) =
        shown.strip_prefix("$ ").and_then(|rest| rest.split_once('\n')).expect("a command");
    let run = sandbox.run(command, None).await;
    assert_eq!((run.stdout.as_str(), run.code), (output, Some(5)), "{}", run.stderr);
}
