//! `unframed verify`: how it judges header lines, and what it finds on real servers.

mod action;
mod baseline;
mod browser;
mod corpus;
mod crawl;
mod hostile_servers;
mod inside;
mod judge;
mod many_sites;
mod network;
mod nginx;
mod others;
mod outside;
mod proxies;
mod reports;
mod rules;
mod sign_in;
mod signed_in;
mod unusual_servers;

use std::process::{Command, Output};

/// The variables that would send a check through a proxy of the machine that runs the tests.
const PROXIES: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

fn verify(arguments: &[&str]) -> Output {
    verify_with(arguments, &[])
}

/// A check with these environment variables.
fn verify_with(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unframed"));
    for name in PROXIES {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command.arg("verify").args(arguments).current_dir("/").output().expect("the program runs")
}

/// The exit code of a check, and all that it has printed.
fn said(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

/// The exit code and the JSON report of a check.
fn report(url: &str) -> (Option<i32>, serde_json::Value) {
    let output = verify(&["--url", url, "--json"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {errors}"));
    (output.status.code(), report)
}

/// The findings of a rule, without notes.
fn entries<'a>(report: &'a serde_json::Value, rule: &str) -> Vec<&'a serde_json::Value> {
    let list = report["list"].as_array().expect("a list");
    list.iter().filter(|entry| entry["rule"] == rule && entry["severity"] != "note").collect()
}
