//! `/api/v1/user/activity`.

use std::collections::BTreeSet;

use reqwest::StatusCode;

use crate::harness::TestApp;

const PATH: &str = "/api/v1/user/activity";

#[tokio::test]
async fn the_pages_lead_from_the_newest_event_to_the_oldest_each_once() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = ada.user_id().await;
    // All at the same time: the id decides between them.
    app.execute(format!(
        "INSERT INTO security_events (user_id, kind, created_at, expires_at)
         SELECT '{id}', 'enabled-by-operator', now() - INTERVAL '1 hour', now() + INTERVAL '1 day' FROM generate_series(1, 9)"
    ))
    .await;
    let program = app.program(&ada.make_token(&["activity_read"]).await);
    let (mut path, mut seen, mut pages) = (format!("{PATH}?limit=4"), Vec::new(), 0);
    loop {
        let answer = program.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let page = answer.json();
        let events = page["events"].as_array().unwrap().clone();
        assert!(events.len() <= 4);
        seen.extend(events);
        pages += 1;
        let Some(next) = page["next"].as_str() else {
            assert_eq!(answer.header("link"), None);
            break;
        };
        let link = answer.header("link").expect("a link").to_owned();
        assert_eq!(link, format!("<{}{PATH}?after={next}&limit=4>; rel=\"next\"", app.origin));
        path = format!("{PATH}?after={next}&limit=4");
    }
    assert!(pages >= 3, "{pages}");
    let ids: BTreeSet<&str> = seen.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), seen.len(), "no event twice");
    assert_eq!(app.count(&format!("security_events WHERE user_id = '{id}'")).await, ids.len() as i64);
    let times: Vec<&str> = seen.iter().map(|event| event["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    let by_operator = seen.iter().filter(|event| event["kind"] == "enabled-by-operator");
    assert!(by_operator.clone().all(|event| event["user_agent"].is_null() && event["ip_address"].is_null()));
    assert_eq!(by_operator.count(), 9);
}

#[tokio::test]
async fn a_malformed_page_is_refused() {
    let app = TestApp::spawn().await;
    let program = app.program(&app.member("Ada").await.make_token(&["activity_read"]).await);
    for query in ["limit=0", "limit=101", "after=x", "after=", "page=2", "limit=1&limit=1", "%00=1"] {
        let answer = program.get(&format!("{PATH}?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().as_str()),
            (400, "invalid-parameter"),
            "{query}"
        );
    }
}
