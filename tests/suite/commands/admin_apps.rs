//! `unframed admin apps` and `unframed admin keys`.

use serde_json::Value;

use crate::harness::database;
use crate::harness::program::admin_on;

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
