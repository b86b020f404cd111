//! `/settings/password`.

use reqwest::StatusCode;

use crate::harness::{NEW_PASSWORD, TestApp};

#[tokio::test]
async fn the_form_offers_the_password_manager_what_it_needs() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.get("/settings/password").await;
    for part in [
        &format!(r#"value="{}" autocomplete="username" readonly"#, ada.email()),
        r#"autocomplete="new-password" maxlength="256""#,
        r#"name="end_others" value="yes""#,
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(page.body.contains(" checked>"), "signing out everywhere else is the default");
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_choice_is_kept() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for (password, problem) in [
        ("", "Enter a password"),
        ("short", "15"),
        ("passwordpassword", "one of the first that attackers try"),
        (&ada.email(), "your name or email address"),
    ] {
        let answer = ada.submit("/settings/password", &[("password", password), ("end_others", "no")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(answer.body.contains(problem), "{password}: {}", answer.body);
        assert!(!answer.body.contains(" checked>"), "the choice is kept");
    }
}

#[tokio::test]
async fn changes_of_password_are_limited_before_they_are_hashed() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(ada.submit("/settings/password", &[("password", NEW_PASSWORD)]).await.status);
    }
    assert_eq!(statuses.pop(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(statuses.iter().all(|status| *status == StatusCode::SEE_OTHER), "{statuses:?}");
}
