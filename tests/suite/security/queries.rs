//! The number of queries of a page, counted on the wire to the database.

use unframed::routes;

use crate::harness::{Browser, Relay, TestApp};

/// The statements that a request causes. Only this application uses the relay.
async fn statements(relay: &Relay, browser: &Browser, path: &str, dest: &str, status: u16) -> Vec<String> {
    let before = relay.statements().len();
    let answer = browser.send(reqwest::Method::GET, path, None, &[("sec-fetch-dest", dest)]).await;
    assert_eq!(answer.status, status, "{path}: {}", answer.body);
    relay.statements().split_off(before)
}

#[tokio::test]
async fn a_page_costs_a_member_one_query_and_a_guest_or_a_frame_none() {
    let relay = Relay::start().await;
    let app = TestApp::spawn_configured(&[("DATABASE_URL", &relay.url), ("DATABASE_POOL_SIZE", "1")]).await;
    let (ada, guest) = (app.member("Ada").await, app.guest());
    assert!(
        relay.statements().iter().any(|sql| sql.contains("INSERT INTO \"users\"")),
        "the relay records statements"
    );
    let mut listing = Vec::new();
    let navigation = routes::map().unwrap().navigation();
    let pages = navigation.values().flatten().map(|(path, _)| *path);
    for path in pages.chain(["/settings/profile?done=saved", "/api/v1/user/settings"]) {
        let cost = statements(&relay, &ada, path, "document", 200).await;
        assert!(cost[0].contains("\"sessions\"") && cost[0].contains("\"users\""), "{path}: {cost:?}");
        listing.extend((cost.len() > 1).then(|| format!("{path}: {}", cost.len())));
    }
    // These show rows of other tables, found by a further query for each.
    insta::assert_snapshot!(listing.join("\n"), @r"
    /settings/email: 2
    /settings/two-factor: 4
    /settings/sessions: 2
    /settings/activity: 2
    /settings/tokens: 2
    ");
    for (who, path, dest, status) in [
        (&guest, "/", "document", 200),
        (&guest, "/sign-up", "document", 200),
        (&guest, "/sign-in", "document", 200),
        (&guest, "/settings", "document", 303),
        (&ada, "/nope", "document", 404),
        (&ada, "/settings", "iframe", 403),
        (&ada, "/settings/sessions", "object", 403),
        (&ada, "/healthz", "document", 200),
    ] {
        let cost = statements(&relay, who, path, dest, status).await;
        assert!(cost.is_empty(), "{path} as {dest}: {cost:#?}");
    }
}
