//! The walk through our own server.

use std::process::Command;

#[test]
fn every_answer_of_our_own_server_carries_the_headers() {
    let output = Command::new(env!("CARGO_BIN_EXE_unframed"))
        .args(["verify", "--json"])
        .env_clear()
        .env("PATH", unframed::config::environment("PATH").unwrap_or_default())
        .env("ASSETS_DIR", env!("CARGO_MANIFEST_DIR"))
        .current_dir("/")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["findings"], 0, "{report:#}");
    let routes = unframed::routes::table().len();
    let asked = report["responses"].as_u64().expect("a number");
    assert!(asked >= u64::try_from(routes * 9 * 2).expect("small"), "{asked} responses of {routes} routes");
}
