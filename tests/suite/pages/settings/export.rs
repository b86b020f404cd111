//! `/settings/export/{token}` and its download.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};

use crate::harness::TestApp;

#[tokio::test]
async fn an_export_opens_for_ten_minutes_and_only_for_its_session() {
    let app = TestApp::spawn().await;
    let (ada, phone, bob) = (app.member("Ada").await, app.guest(), app.member("Bob").await);
    phone.sign_in(&ada.email()).await;
    let ready = ada.carry_out("/settings/export", &[]).await.location().to_owned();
    let file = format!("{ready}/download");
    for _ in 0..2 {
        assert_eq!(ada.get(&file).await.status, StatusCode::OK, "an interrupted download can be repeated");
    }
    for other in [&phone, &bob] {
        for path in [&ready, &file] {
            let answer = other.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert!(answer.body.contains("This export is no longer here"), "{}", answer.body);
        }
    }
    assert_eq!(app.guest().get(&file).await.status, StatusCode::SEE_OTHER, "a guest signs in first");
    app.wait(TimeDelta::minutes(10));
    assert_eq!(ada.get(&file).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.get("/settings/export/nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn downloads_are_limited_and_their_number_comes_back() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let file = format!("{}/download", ada.carry_out("/settings/export", &[]).await.location());
    for _ in 0..5 {
        assert_eq!(ada.get(&file).await.status, StatusCode::OK);
    }
    let limited = ada.get(&file).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "{}", limited.body);
    app.wait(TimeDelta::minutes(3));
    assert_eq!(ada.get(&file).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_frame_and_no_script_gets_the_file() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let file = format!("{}/download", ada.carry_out("/settings/export", &[]).await.location());
    for (dest, mode, site) in [
        ("iframe", "navigate", "same-origin"),
        ("object", "navigate", "cross-site"),
        ("empty", "cors", "same-origin"),
        ("empty", "no-cors", "cross-site"),
        ("script", "no-cors", "cross-site"),
    ] {
        let changes = [("sec-fetch-dest", dest), ("sec-fetch-mode", mode), ("sec-fetch-site", site)];
        let answer = ada.send(Method::GET, &file, None, &changes).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{dest} {mode} {site}: {}", answer.body);
        assert!(!answer.body.contains(&ada.email()));
    }
}
