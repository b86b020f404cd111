//! The start pages of actions without a form of their own.

use reqwest::StatusCode;

use crate::actions::starts;
use crate::harness::TestApp;

#[tokio::test]
async fn a_start_page_asks_for_nothing_but_its_button_or_has_a_page_of_its_own() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    for start in starts() {
        let start = ada.path_of(start).await;
        let page = ada.get(&start).await;
        assert_eq!(page.status, StatusCode::OK, "{start}");
        let form = page.find(&format!(r#"(?s)(<form[^>]* action="{start}".*?</form>)"#)).expect("a form");
        assert!(form.contains(r#"name="csrf_token""#) && form.contains("<button"), "{form}");
    }
}

#[tokio::test]
async fn a_stale_form_is_shown_again_and_begins_nothing() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    ada.add_authenticator().await;
    let id = ada.user_id().await;
    for start in starts() {
        let start = ada.path_of(start).await;
        let answer = ada.post(&start, &[("csrf_token", "x"), ("email", "countess@example.com")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{start}");
        assert!(answer.body.contains("This form had expired"), "{}", answer.body);
        assert!(answer.body.contains(&format!(r#"action="{start}""#)), "the form is there again: {start}");
    }
    assert_eq!(app.count(&format!("pending_actions WHERE user_id = '{id}' AND used_at IS NULL")).await, 0);
}
