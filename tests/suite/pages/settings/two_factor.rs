//! `/settings/two-factor`, and a team that requires a second factor.

mod authenticator;
mod passkey;
mod recovery_codes;
mod remove;

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};

use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn a_confirm_page_asks_for_the_strongest_proof_and_says_which() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let before = ada.begin("/settings/export", &[]).await;
    let page = ada.get(&before.path).await;
    assert!(page.body.contains("then enter your password") && page.body.contains(r#"name="password""#));
    ada.add_authenticator().await;
    // The password was the strongest proof when the action began, and is not any more.
    let page = ada.get(&before.path).await;
    assert!(page.body.contains("then enter your code") && !page.body.contains(r#"name="password""#));
    app.let_human_time_pass();
    let typed = ada.confirming(&before.path, &page).with(&[("understood", "yes"), ("password", PASSWORD)]);
    let refused = ada.post_all(&before.path, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("Enter a code."), "{}", refused.body);
    ada.carry_out("/settings/export", &[]).await;
}

#[tokio::test]
async fn a_team_can_require_a_second_factor() {
    let app = TestApp::spawn_configured(&[("REQUIRE_SECOND_FACTOR", "yes")]).await;
    let ada = app.member("Ada").await;
    let mut closed = BTreeSet::new();
    for route in unframed::routes::patterns() {
        let path = route.path.replace("{id}", &uuid::Uuid::nil().to_string()).replace("{token}", "x");
        if !route.path.starts_with("/settings") && !route.path.starts_with("/api/v1/user") {
            continue;
        }
        for method in route.methods {
            let method: Method = method.as_str().parse().unwrap();
            let body = (method == Method::POST).then(String::new);
            let answer = ada.send(method.clone(), &path, body, &[]).await;
            let led = answer.header("location") == Some("/settings/two-factor");
            let refused = answer.status == StatusCode::FORBIDDEN;
            // No cookie authorises most of the API.
            let unknown = answer.status == StatusCode::UNAUTHORIZED && path.starts_with("/api/");
            assert!(led || route.enrols || refused || unknown, "{method} {path}: {}", answer.status);
            if led {
                closed.insert(path.clone());
            }
        }
    }
    assert!(closed.len() > 12, "{closed:?}");
    let page = ada.get("/settings/two-factor").await;
    assert!(page.body.contains("Your team requires a second factor."), "{}", page.body);
    let api = ada.get("/api/v1/user/settings").await;
    assert_eq!(
        (api.status, api.header("content-type")),
        (StatusCode::FORBIDDEN, Some("application/problem+json"))
    );
    assert!(api.body.contains("Your account needs a second factor."), "{}", api.body);
    ada.add_authenticator().await;
    assert_eq!(ada.get("/settings/profile").await.status, StatusCode::OK);
}
