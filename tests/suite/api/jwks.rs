//! `/.well-known/jwks.json`, and the rotation of its keys.

use chrono::TimeDelta;
use serde_json::Value;
use unframed::commands::admin::keys;

use crate::harness::database::{self, RUNTIME};
use crate::harness::{Browser, TestApp};

async fn published(app: &TestApp) -> Vec<String> {
    let answer = app.guest().send(reqwest::Method::GET, "/.well-known/jwks.json", None, &[]).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let set: Value = serde_json::from_str(&answer.body).unwrap();
    let keys = set["keys"].as_array().unwrap();
    for key in keys {
        let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x"], "no private part");
        assert_eq!((&key["kty"], &key["crv"]), (&Value::from("OKP"), &Value::from("Ed25519")));
    }
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn rotate(app: &TestApp, at_once: bool) -> String {
    let state = app.state.clone();
    let run = async move { keys::rotate(&state.pool, &state.receipt_keys, at_once, state.clock.now()).await };
    RUNTIME.spawn(run).await.unwrap().unwrap()
}

async fn receipt(ada: &Browser, application: &crate::harness::Application) -> String {
    let id = application.asked(ada).await;
    ada.submit(&format!("/confirmations/{id}/decline"), &[]).await;
    application.read(id).await.text("receipt").to_owned()
}

#[tokio::test]
async fn a_new_key_signs_and_the_former_one_verifies_for_thirty_days() {
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    assert_eq!(published(&app).await, [""; 0], "the first receipt makes the first key");
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let first = receipt(&ada, &application).await;
    let before = published(&app).await;
    assert_eq!(before.len(), 1);
    let told = rotate(&app, false).await;
    let after = published(&app).await;
    assert_eq!((after.len(), &after[1]), (2, &before[0]));
    assert!(told.contains(&after[0]) && told.contains("published for 30 days"), "{told}");
    let second = receipt(&ada, &application).await;
    for receipt in [&first, &second] {
        assert_eq!(app.verified(receipt).await["outcome"], "declined");
    }
    app.wait(TimeDelta::days(30));
    assert_eq!(published(&app).await, [after[0].clone()]);
}

#[tokio::test]
async fn after_a_leak_only_the_new_key_is_published() {
    let url = database::alone().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &url)]).await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    receipt(&ada, &application).await;
    rotate(&app, false).await;
    let former = published(&app).await;
    let told = rotate(&app, true).await;
    let left = published(&app).await;
    assert_eq!((former.len(), left.len()), (2, 1));
    assert!(!former.contains(&left[0]) && told.contains("no longer published"), "{told}");
    assert_eq!(app.verified(&receipt(&ada, &application).await).await["outcome"], "declined");
}
