//! `unframed verify`: how it judges header lines, and what it finds on real servers.

mod action;
mod baseline;
mod inside;
mod judge;
mod many_sites;
mod nginx;
mod outside;
mod proxies;
mod reports;
mod rules;
mod unusual_servers;

use std::process::{Command, Output};

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unframed"))
        .arg("verify")
        .args(arguments)
        .current_dir("/")
        .output()
        .expect("the program runs")
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
