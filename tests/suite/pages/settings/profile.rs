//! `/settings/profile`.

use reqwest::StatusCode;

use crate::harness::TestApp;

#[tokio::test]
async fn a_member_changes_the_name() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.submit("/settings/profile", &[("display_name", "Ada Lovelace")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings/profile?done=saved"));
    let page = ada.get("/settings/profile?done=saved").await;
    assert!(
        page.body.contains("Ada Lovelace") && page.body.contains("Your changes are saved"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn an_invalid_name_is_shown_again_with_an_error() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    for (typed, error) in [
        ("   ", "Enter your name."),
        (&"x".repeat(81), "80 characters or fewer"),
        ("a\u{202E}b", "Remove line breaks and invisible characters."),
    ] {
        let page = ada.submit("/settings/profile", &[("display_name", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        assert!(
            page.body.contains(error) && page.body.contains(&format!("value=\"{typed}\"")),
            "{}",
            page.body
        );
    }
    assert!(ada.get("/settings/profile").await.body.contains("value=\"Ada\""), "nothing has changed");
}

#[tokio::test]
async fn a_name_is_shown_as_text() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let answer = ada.submit("/settings/profile", &[("display_name", "<b>\"Ada\"</b>")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = ada.get("/settings/profile").await;
    assert!(!page.body.contains("<b>") && page.body.contains("&lt;b&gt;&quot;Ada"), "{}", page.body);
}

#[tokio::test]
async fn a_stale_form_comes_back_filled_with_a_token_that_works() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let page = ada.post("/settings/profile", &[("csrf_token", "stale"), ("display_name", "Countess")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("value=\"Countess\"") && page.body.contains("This form had expired"));
    assert!(ada.get("/settings/profile").await.body.contains("value=\"Ada\""), "nothing has changed");
    let token = page.csrf_token();
    let again = ada.post("/settings/profile", &[("csrf_token", &token), ("display_name", "Countess")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(ada.get("/settings/profile").await.body.contains("value=\"Countess\""));
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_gives_back_what_was_typed_but_no_secret() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.get("/settings/profile").await.csrf_token();
    ada.submit("/sign-out", &[]).await;
    let form = [
        ("csrf_token", token.as_str()),
        ("display_name", "Long <typed> name"),
        ("new_password", "hush hush"),
    ];
    let page = ada.post("/settings/profile", &form).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains("Long &lt;typed&gt; name") && page.body.contains("nothing was saved"));
    assert!(!page.body.contains("hush hush") && !page.body.contains(&token), "{}", page.body);
    assert!(page.body.contains("/sign-in?next=%2Fsettings"), "{}", page.body);
}
