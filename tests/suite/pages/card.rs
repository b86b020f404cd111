//! `/card/{user_id}`: what an account shows to everyone.

use reqwest::StatusCode;

use crate::harness::{Browser, TestApp};

async fn switch(member: &Browser, to: &str) {
    let answer = member.submit("/settings/card", &[("card", to)]).await;
    let done = format!("/settings/profile?done=card-{to}");
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, done.as_str()));
}

#[tokio::test]
async fn a_card_is_public_once_its_owner_switches_it_on() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.submit("/settings/profile", &[("display_name", "Ada <b>Lovelace</b>")]).await;
    switch(&ada, "on").await;
    let path = ada.get("/settings/profile").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    let card = app.guest().get(&path).await;
    assert_eq!(card.status, StatusCode::OK);
    assert!(card.body.contains("<h1>Ada &lt;b&gt;Lovelace"), "{}", card.body);
    let month = unframed::clock::Clock::system().now().format("Joined %B %Y").to_string();
    assert!(card.body.contains(&month), "{}", card.body);
    assert!(!card.body.contains(&ada.email()), "the email address is private");
    assert!(card.body.contains(r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'"#));
    switch(&ada, "off").await;
    assert_eq!(app.guest().get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_card_that_is_off_looks_like_an_unknown_page() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    switch(&ada, "on").await;
    let path = ada.get("/settings/profile").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    switch(&ada, "off").await;
    let off = app.guest().get(&path).await;
    for unknown in ["/card/00000000-0000-4000-8000-000000000000", "/card/nonsense", "/nope"] {
        let unknown = app.guest().get(unknown).await;
        assert_eq!((off.status, off.body_without_id()), (unknown.status, unknown.body_without_id()));
        assert_eq!(off.header("content-security-policy"), unknown.header("content-security-policy"));
    }
    assert_eq!(ada.get(&path).await.status, StatusCode::NOT_FOUND, "its owner does not see it either");
}

#[tokio::test]
async fn the_card_of_an_account_that_waits_for_its_deletion_is_hidden() {
    let app = TestApp::spawn_configured(&[("EMBED_ORIGINS", "https://partner.example")]).await;
    let ada = app.member("Ada").await;
    switch(&ada, "on").await;
    let path = ada.get("/settings/profile").await.find(r#"href="[^"]*(/card/[^"]+)""#).expect("the address");
    ada.carry_out("/settings/delete", &[]).await;
    let hidden = app.guest().get(&path).await;
    let unknown = app.guest().get("/card/00000000-0000-4000-8000-000000000000").await;
    assert_eq!((hidden.status, hidden.body_without_id()), (StatusCode::NOT_FOUND, unknown.body_without_id()));
    ada.sign_in(&ada.email()).await;
    let settings = ada.get("/settings/profile").await.body;
    assert!(
        settings.contains(
            "The card is switched on, but it is hidden while your account is waiting to be deleted."
        )
    );
    assert!(!settings.contains(&path) && !settings.contains("partner.example"), "{settings}");
    ada.submit("/settings/delete/keep", &[]).await;
    assert_eq!(app.guest().get(&path).await.status, StatusCode::OK);
}
