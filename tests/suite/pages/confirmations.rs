//! `/confirmations/{id}`.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn the_page_says_who_asks_for_what_and_whose_words_these_are() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let changes = json!({
        "title": "<b>Pay</b> & \"go\" حذف",
        "details": [{"label": "<i>To</i>", "value": "</dd><form action=//evil.example>"}],
    });
    let asked = application.ask(&ada.email(), changes).await;
    let path = format!("/confirmations/{}", asked.text("id"));
    assert_eq!(asked.text("url"), format!("{}{path}", app.origin));
    let page = ada.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<strong>Payroll</strong> asks you to confirm this:"), "{}", page.body);
    assert!(page.body.contains("Written by <strong>Payroll</strong>, not by unframed:"), "{}", page.body);
    assert!(
        page.body.contains("<bdi>&lt;b&gt;Pay&lt;/b&gt; &amp; &quot;go&quot; حذف</bdi>"),
        "{}",
        page.body
    );
    assert!(page.body.contains("<dt><bdi>&lt;i&gt;To&lt;/i&gt;</bdi></dt>"), "{}", page.body);
    assert!(page.body.contains("<bdi>&lt;/dd&gt;&lt;form action=//evil.example&gt;</bdi>"), "{}", page.body);
    let begun = ada.submit(&path, &[]).await;
    let confirm = ada.get(begun.location()).await;
    let block = |page: &str| {
        page.split_once("<div class=\"request\">").unwrap().1.split_once("</dl>").unwrap().0.to_owned()
    };
    assert_eq!(block(&page.body), block(&confirm.body), "both pages show the same");
    assert!(
        confirm.body.contains("You then go back to <strong>payroll.example</strong>."),
        "{}",
        confirm.body
    );
}

#[tokio::test]
async fn another_member_and_an_unknown_id_get_the_same_page_without_a_detail() {
    let app = TestApp::spawn().await;
    let (ada, eve) = (app.member("Ada").await, app.member("Eve").await);
    let id = app.application().await.asked(&ada).await;
    let unknown = eve.get(&format!("/confirmations/{}", uuid::Uuid::new_v4())).await;
    for path in [format!("/confirmations/{id}"), "/confirmations/x".to_owned()] {
        let page = eve.get(&path).await;
        assert_eq!((page.status, &page.body), (StatusCode::NOT_FOUND, &unknown.body), "{path}");
        assert!(page.body.contains("We can’t find this request") && !page.body.contains("Payroll"));
    }
    for path in [format!("/confirmations/{id}"), format!("/confirmations/{id}/decline")] {
        let answer = eve.submit(&path, &[]).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::NOT_FOUND, &unknown.body), "{path}");
    }
    assert!(ada.get(&format!("/confirmations/{id}")).await.body.contains("Pay 1,200 € to Bob"));
}

#[tokio::test]
async fn a_guest_signs_in_and_returns_to_the_request() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let id = app.application().await.asked(&ada).await;
    let guest = app.guest();
    let sent = guest.arrive(&format!("/confirmations/{id}"), "cross-site").await;
    assert_eq!(sent.location(), format!("/sign-in?next=%2Fconfirmations%2F{id}"));
    // The router decodes a path, and the page to return to is spelled as we spell it.
    let encoded = format!("/%63onfirmations/{id}");
    assert_eq!(guest.get(&encoded).await.location(), sent.location());
}

#[tokio::test]
async fn cancelling_on_the_confirm_page_decides_nothing() {
    let app = TestApp::spawn().await;
    let (ada, application) = (app.member("Ada").await, app.application().await);
    let id = application.asked(&ada).await;
    let path = format!("/confirmations/{id}");
    let begun = ada.submit(&path, &[]).await;
    let cancelled = ada.submit(&format!("{}/cancel", begun.location()), &[]).await;
    assert_eq!(cancelled.location(), path);
    assert!(ada.get(&path).await.body.contains(">Decline</button>"));
    assert_eq!(application.read(id).await.text("state"), "open");
}
