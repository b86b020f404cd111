//! The action for GitHub, and the other configurations for CI in the documents.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use unframed::config::environment;
use yaml_rust2::{Yaml, YamlLoader};

use super::outside::bad_server;
use super::verify;
use crate::documents::reading::{Document, root};
use crate::harness::database::private_folder;

fn action() -> Yaml {
    let text = std::fs::read_to_string(root().join("deploy/verify-action/action.yml")).expect("the action");
    YamlLoader::load_from_str(&text).expect("YAML").remove(0)
}

/// What stands in for Docker: it runs our program where the container would, with its folder at another place.
const DOCKER: &str = r#"#!/bin/sh
while [ "$1" != "$IMAGE" ]; do shift; done
shift
for argument; do
    shift
    set -- "$@" "$(printf %s "$argument" | sed "s|=/work/|=$PWD/|")"
done
exec "$PROGRAM" "$@"
"#;

/// Runs the step that checks, with these inputs. Its exit code, and the exit code that it reports.
fn check(folder: &Path, inputs: &[(&str, &str)]) -> (Option<i32>, String) {
    let action = action();
    let step = &action["runs"]["steps"][0];
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    std::fs::write(bin.join("docker"), DOCKER).expect("a file");
    std::fs::set_permissions(bin.join("docker"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let mut shell = Command::new("bash");
    shell.args(["-e", "-o", "pipefail", "-c", step["run"].as_str().expect("a script")]).current_dir(folder);
    for (variable, input) in step["env"].as_hash().expect("variables") {
        let (variable, input) = (variable.as_str().expect("text"), input.as_str().expect("text"));
        let name = input.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let default = action["inputs"][name]["default"].as_str().unwrap_or_default().to_owned();
        let given = inputs.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
        shell.env(variable, given.unwrap_or(default));
    }
    let outputs = folder.join("outputs");
    let path = format!("{}:{}", bin.display(), environment("PATH").unwrap_or_default());
    shell.env("PATH", path).env("PROGRAM", env!("CARGO_BIN_EXE_unframed")).env("GITHUB_OUTPUT", &outputs);
    let status = shell.status().expect("bash");
    (status.code(), std::fs::read_to_string(outputs).unwrap_or_default())
}

#[test]
fn the_action_checks_a_site_and_leaves_a_report() {
    let folder = private_folder("action");
    let url = format!("http://{}/", bad_server("X-Frame-Options: DENY\r\n"));
    let inputs = [("image", "an.image:1"), ("url", url.as_str())];
    assert_eq!(
        check(&folder, &inputs),
        (Some(0), "exit-code=1\n".to_owned()),
        "the last step fails, after the upload"
    );
    let report = std::fs::read(folder.join("unframed-verify.sarif")).expect("the report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert!(report["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()));
    // An input is no code of the script.
    let hostile = [("image", "an.image:1"), ("url", "$(touch gone)\"; touch gone; #"), ("fail-on", "high")];
    let folder = private_folder("action");
    let stale = folder.join("unframed-verify.sarif");
    std::fs::write(&stale, "{}").expect("a file");
    assert_eq!(check(&folder, &hostile), (Some(0), "exit-code=2\n".to_owned()));
    assert!(!folder.join("gone").exists());
    assert!(!stale.exists(), "the report of an earlier step would be uploaded");
    for image in ["--privileged", "-v/:/host", ""] {
        let folder = private_folder("action");
        let inputs = [("image", image), ("url", url.as_str())];
        assert_eq!(check(&folder, &inputs), (Some(2), String::new()), "{image} does not reach docker");
    }
    assert_eq!(
        check(&private_folder("action"), &[("image", "an.image:1")]).0,
        Some(2),
        "neither url nor urls"
    );
}

#[test]
fn the_action_declares_what_it_uses() {
    let action = action();
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let text = std::fs::read_to_string(root().join("deploy/verify-action/action.yml")).expect("the action");
    let inputs: Vec<&str> =
        action["inputs"].as_hash().expect("inputs").keys().map(|key| key.as_str().expect("text")).collect();
    for used in Regex::new(r"inputs\.([a-z-]+)").unwrap().captures_iter(&text) {
        assert!(inputs.contains(&&used[1]), "{} is no input", &used[1]);
    }
    for input in &inputs {
        assert!(text.contains(&format!("inputs.{input}")), "{input} is not used");
    }
    for step in action["runs"]["steps"].as_vec().expect("steps") {
        // A composite step that runs something must name its shell.
        assert_eq!(step["run"].is_badvalue(), step["shell"].is_badvalue(), "{step:?}");
        assert!(
            !step["run"].as_str().unwrap_or_default().contains("${{"),
            "an input in a script is code: {step:?}"
        );
    }
}

#[test]
fn every_option_in_the_documents_on_reports_exists() {
    let help = String::from_utf8(verify(&["--help"]).stdout).expect("text");
    let document = Document::new(Path::new("docs/VERIFY-REPORTS.md"));
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    let mut found = 0;
    for (language, code, place) in document.blocks() {
        if language == "yaml" {
            let jobs = YamlLoader::load_from_str(&code).unwrap_or_else(|error| panic!("{place}: {error}"));
            let action = action();
            let with = &jobs[0]["jobs"]["framing"]["steps"][1]["with"];
            for input in with.as_hash().into_iter().flat_map(|with| with.keys()) {
                assert!(!action["inputs"][input.as_str().unwrap()].is_badvalue(), "{place}: {input:?}");
            }
        }
        for line in code.lines().filter_map(|line| line.split_once("unframed verify ")) {
            for option in option.find_iter(line.1) {
                assert!(help.contains(&format!("{} ", option.as_str())), "{place}: {}", option.as_str());
                found += 1;
            }
        }
    }
    assert!(found >= 10, "{found}");
}
