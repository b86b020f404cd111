//! `unframed admin apps` and `unframed admin keys`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use unframed::config::environment;

use crate::harness::database;
use crate::harness::program::{admin_on, output, said};

#[tokio::test]
async fn an_operator_registers_lists_rotates_and_disables_an_application() {
    let url = database::alone().await;
    let run = async |arguments: &[&str]| admin_on(&url, &[&["apps"], arguments].concat()).await;
    assert!(run(&["list"]).await.stdout.starts_with("No applications."));
    let created = run(&["create", "--name", "Payroll", "--return-origin", "https://payroll.example"]).await;
    assert_eq!(created.code, Some(0));
    let line = |output: &str, name: &str| {
        let found = output.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_else(|| panic!("{output}")).trim().to_owned()
    };
    let (id, secret) = (line(&created.stdout, "id:"), line(&created.stdout, "secret:"));
    assert!(secret.starts_with("unframed_app_"), "{secret}");
    let listed = run(&["list"]).await.stdout;
    assert!(listed.contains("Payroll") && listed.contains(&id) && listed.contains("active"), "{listed}");
    assert!(!listed.contains("unframed_app_"));
    for (arguments, former) in [
        (vec!["rotate", id.as_str()], "works for 24 hours"),
        (vec!["rotate", &id, "--now"], "no longer works"),
    ] {
        let rotated = run(&arguments).await;
        assert!(rotated.stdout.contains(former), "{}", rotated.stdout);
        assert_ne!(line(&rotated.stdout, "secret:"), secret);
    }
    let disabled = run(&["disable", &id, "--json"]).await;
    let report: Value = serde_json::from_str(&disabled.stdout).unwrap();
    assert_eq!((&report["result"], &report["secret"]), (&Value::from("done"), &Value::Null));
    assert_eq!(run(&["disable", &id]).await.code, Some(4));
    assert_eq!(run(&["rotate", &id]).await.code, Some(4));
    assert_eq!(run(&["disable", "00000000-0000-0000-0000-000000000000"]).await.code, Some(3));
    let json: Value = serde_json::from_str(&run(&["list", "--json"]).await.stdout).unwrap();
    assert!(json[0]["disabled_at"].is_string(), "{json}");
}

#[tokio::test]
async fn an_application_with_a_wrong_origin_or_webhook_is_refused() {
    let url = database::alone().await;
    for (origin, webhook) in [
        ("http://payroll.example", "https://payroll.example/hook"),
        ("https://payroll.example/path", "https://payroll.example/hook"),
        ("https://*.payroll.example", "https://payroll.example/hook"),
        ("https://payroll.example", "http://payroll.example/hook"),
        ("https://payroll.example", "ftp://payroll.example/hook"),
    ] {
        let arguments =
            ["apps", "create", "--name", "Payroll", "--return-origin", origin, "--webhook", webhook];
        assert_eq!(admin_on(&url, &arguments).await.code, Some(2), "{origin} {webhook}");
    }
    assert!(admin_on(&url, &["apps", "list"]).await.stdout.starts_with("No applications."));
}

#[tokio::test]
async fn an_operator_rotates_the_signing_key() {
    let url = database::alone().await;
    let first = admin_on(&url, &["keys", "rotate"]).await;
    assert_eq!((first.code, first.stdout.lines().count()), (Some(0), 1));
    let kid = first.stdout.split(' ').next().unwrap().to_owned();
    let second = admin_on(&url, &["keys", "rotate"]).await.stdout;
    assert!(second.contains(&format!("{kid} no longer signs")), "{second}");
}

#[tokio::test]
async fn the_script_of_make_payroll_registers_the_example_once_for_each_database() {
    let folder = database::private_folder("payroll");
    let file = folder.join("payroll.json");
    let run = || {
        let mut shell = std::process::Command::new("sh");
        shell.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/payroll/run")).env_clear().envs([
            ("PATH", environment("PATH").unwrap_or_default().as_str()),
            ("LOCAL", folder.display().to_string().as_str()),
            ("UNFRAMED", env!("CARGO_BIN_EXE_unframed")),
            // In place of the server: it prints its environment.
            ("PAYROLL", "env"),
        ]);
        output(shell)
    };
    let (_, problem) = said(&run().await);
    assert!(problem.contains("start `make run` in another terminal first"), "{problem}");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let url = database::alone().await;
        std::fs::write(folder.join("database_url"), &url).unwrap();
        for _ in 0..2 {
            let (environment, problem) = said(&run().await);
            assert!(environment.contains(&format!("PAYROLL_APPLICATION={}\n", file.display())), "{problem}");
            assert!(!environment.contains("DATABASE_URL="), "{environment}");
            let kept: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
            assert!(kept["secret"].as_str().unwrap().starts_with("unframed_app_"), "{kept}");
            let listed: Value =
                serde_json::from_str(&admin_on(&url, &["apps", "list", "--json"]).await.stdout).unwrap();
            assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
            assert_eq!(listed[0]["id"], kept["id"]);
            assert_eq!(listed[0]["webhook_url"], "http://127.0.0.1:8090/hook");
            ids.push(kept["id"].to_string());
        }
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3], "{ids:?}");
}
