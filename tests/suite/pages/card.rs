//! `/card/{user_id}`: what an account lets anybody see.

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

async fn switch(member: &Browser, to: &str) {
    let answer = member.submit("/settings/card", &[("card", to)]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings?saved"));
}

#[tokio::test]
async fn a_card_is_seen_by_anybody_once_its_owner_wants_it() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Ada <b>Lovelace</b>")]).await;
    switch(&ada, "on").await;
    let path = ada.get("/settings").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    let card = app.guest().get(&path).await;
    assert_eq!(card.status, StatusCode::OK);
    assert!(card.body.contains("<h1>Ada &lt;b&gt;Lovelace"), "{}", card.body);
    let month = unframed::clock::Clock::system().now().format("Joined %B %Y").to_string();
    assert!(card.body.contains(&month), "{}", card.body);
    assert!(!card.body.contains(&ada.email()), "the address is nobody's business");
    assert!(card.body.contains(r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'"#));
    switch(&ada, "off").await;
    assert_eq!(app.guest().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_card_that_is_off_looks_like_one_that_never_was() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    switch(&ada, "on").await;
    let path = ada.get("/settings").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    switch(&ada, "off").await;
    let off = app.guest().get(&path).await;
    for unknown in ["/card/00000000-0000-4000-8000-000000000000", "/card/nonsense", "/nope"] {
        let unknown = app.guest().get(unknown).await;
        assert_eq!((off.status, &off.body), (unknown.status, &unknown.body));
        assert_eq!(off.header("content-security-policy"), unknown.header("content-security-policy"));
    }
    assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND, "not even its owner sees it");
}

#[tokio::test]
async fn nobody_sees_the_card_of_an_account_that_waits_for_its_deletion() {
    let app = TestApp::spawn_configured(&[("EMBED_ORIGINS", "https://partner.example")]).await;
    let ada = app.member("Ada").await;
    switch(&ada, "on").await;
    let path = ada.get("/settings").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    ada.carry_out("/settings/delete", &[]).await;
    let hidden = app.guest().get(&path).await;
    let unknown = app.guest().get("/card/00000000-0000-4000-8000-000000000000").await;
    assert_eq!((hidden.status, &hidden.body), (StatusCode::NOT_FOUND, &unknown.body));
    ada.sign_in(&ada.email()).await;
    let settings = ada.get("/settings").await.body;
    assert!(settings.contains("nobody sees its card, here or on other sites, though it is switched on"));
    assert!(!settings.contains(&path) && !settings.contains("partner.example"), "{settings}");
    ada.submit("/settings/delete/keep", &[]).await;
    assert_eq!(app.guest().get(&path).await.status, StatusCode::OK);
}
