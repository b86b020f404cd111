//! The rate limit slows guessing down for the network that guesses, and locks no other user out.

use reqwest::StatusCode;
use unframed::security::throttle::{Admission, SIGN_UP_NETWORK};

use crate::harness::database::RUNTIME;
use crate::harness::{PASSWORD, TestApp};

#[tokio::test]
async fn a_network_is_limited_after_ten_wrong_passwords_and_the_owner_can_sign_in_from_another_network() {
    let app = TestApp::spawn().await;
    let (ada, mallory) = (app.member("Ada").await, app.guest());
    let email = ada.email();
    for number in 1..=10 {
        let answer = mallory.post("/sign-in", &[("email", &email), ("password", "not that one")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "attempt {number}");
    }
    let form = [("email", email.as_str()), ("password", PASSWORD), ("next", "/settings/sessions")];
    let refused = mallory.post("/sign-in", &form).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.header("retry-after").expect("a wait").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    assert!(refused.body.contains(&email) && refused.body.contains("/settings/sessions"), "the form is kept");
    assert!(
        !refused.body.contains(PASSWORD)
            && refused.body.contains("There were too many attempts from your network.")
    );
    assert_eq!(refused.header("set-cookie"), None);
    app.guest().sign_in(&email).await;
    let answer = mallory.post("/sign-in", &form).await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "the owner's success resets only the count of the owner's network"
    );
}

#[tokio::test]
async fn a_right_password_resets_the_count_of_wrong_passwords() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let device = app.guest();
    for _ in 0..2 {
        for _ in 0..6 {
            let wrong = device.post("/sign-in", &[("email", &ada.email()), ("password", "a slip")]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        device.sign_in(&ada.email()).await;
    }
}

#[tokio::test]
async fn a_network_can_create_at_most_a_hundred_accounts_an_hour() {
    let app = TestApp::spawn().await;
    let (factory, neighbour) = (app.guest(), app.guest());
    let (state, address) = (app.state.clone(), factory.address().parse().unwrap());
    let spent = async move {
        for _ in 0..100 {
            let admitted = state.throttle.admit(&state.pool, SIGN_UP_NETWORK, address, None).await;
            assert_eq!(admitted.expect("the database counts"), Admission::Admitted);
        }
    };
    RUNTIME.spawn(spent).await.unwrap();
    let form = [("display_name", "Bot"), ("email", "bot@example.com"), ("password", PASSWORD)];
    let refused = factory.post("/sign-up", &form).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").is_some() && refused.body.contains("bot@example.com"));
    assert!(!refused.body.contains(PASSWORD));
    assert_eq!(app.count("users WHERE email = 'bot@example.com'").await, 0);
    neighbour.sign_up("Neighbour").await;
}
