//! `SECRET_KEY` is replaced while users have forms open: three instances share one database.

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

const OLD: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
const NEW: &str = "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=";

async fn instance(secret_keys: &str) -> TestApp {
    TestApp::spawn_configured(&[("SECRET_KEY", secret_keys)]).await
}

/// Sends a form that holds the token of another page, and returns the status of the answer.
async fn rename(browser: &Browser, token: &str, name: &str) -> StatusCode {
    browser.post("/settings/profile", &[("csrf_token", token), ("display_name", name)]).await.status
}

#[tokio::test]
async fn a_form_that_a_former_key_signed_is_accepted_after_the_rotation() {
    let (before, after) = (instance(OLD).await, instance(&format!("{NEW},{OLD}")).await);
    let member = before.member("Ada").await;
    let token = member.get("/settings").await.csrf_token();
    let confirming = member.begin_any("/settings/delete").await;
    assert!(confirming.word.is_some(), "the page asks for a word with digits");
    let member = member.at(&after);
    assert_eq!(rename(&member, &token, "Countess").await, StatusCode::SEE_OTHER);
    let settings = member.get("/settings").await;
    assert!(settings.body.contains("Countess"), "{}", settings.body);
    assert_ne!(settings.csrf_token(), token, "the new key signs");
    let done = member.confirm(&confirming).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert!(!member.still_waits(&confirming).await);
}

#[tokio::test]
async fn a_form_that_a_removed_key_signed_is_refused_and_changes_nothing() {
    let (before, after) = (instance(OLD).await, instance(NEW).await);
    let member = before.member("Ada").await;
    let token = member.get("/settings").await.csrf_token();
    let mut confirming = member.begin_any("/settings/delete").await;
    // The session is in the database, so the user stays signed in.
    let member = member.at(&after);
    assert_eq!(rename(&member, &token, "Countess").await, StatusCode::FORBIDDEN);
    assert_eq!(member.confirm(&confirming).await.status, StatusCode::FORBIDDEN);
    let settings = member.get("/settings").await;
    assert!(!settings.body.contains("Countess"), "{}", settings.body);
    // With a token under the new key, the stamp is still one that this instance cannot have served.
    for (name, value) in &mut confirming.served {
        if name == "csrf_token" {
            *value = settings.csrf_token();
        }
    }
    let refused = member.confirm(&confirming).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(member.still_waits(&confirming).await);
}

#[tokio::test]
async fn an_instance_that_lists_the_new_key_second_accepts_the_forms_of_one_that_signs_with_it() {
    let (first, second) = (instance(&format!("{NEW},{OLD}")).await, instance(&format!("{OLD},{NEW}")).await);
    let member = first.member("Ada").await;
    let token = member.get("/settings").await.csrf_token();
    assert_eq!(rename(&member.at(&second), &token, "Countess").await, StatusCode::SEE_OTHER);
    let token = member.at(&second).get("/settings").await.csrf_token();
    assert_eq!(rename(&member, &token, "Ada").await, StatusCode::SEE_OTHER);
}
