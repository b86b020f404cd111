//! Requesting another email address. The link that confirms it is tested in `pages/email_change.rs`.

use reqwest::StatusCode;

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

#[tokio::test]
async fn a_confirmed_change_is_refused_while_the_account_waits_for_its_deletion() {
    for waits in [true, false] {
        let app = TestApp::spawn().await;
        let ada = app.member("Ada").await;
        let (id, new) = (ada.user_id().await, fresh_email("countess"));
        let page = ada.begin("/settings/email", &[("email", &new)]).await;
        if waits {
            // Set directly, because a deletion request would withdraw the action.
            let due = format!("UPDATE users SET delete_after = now() + INTERVAL '7 days' WHERE id = '{id}'");
            assert_eq!(app.execute(due).await, 1);
        }
        let answer = ada.confirm(&page).await;
        let expected = if waits { StatusCode::GONE } else { StatusCode::SEE_OTHER };
        assert_eq!(answer.status, expected, "{}", answer.body);
        let written = [
            format!("email_changes WHERE user_id = '{id}'"),
            format!("undo_links WHERE user_id = '{id}'"),
            format!("pending_actions WHERE user_id = '{id}' AND used_at IS NOT NULL"),
        ];
        for rows in written {
            assert_eq!(app.count(&rows).await, i64::from(!waits), "{rows}");
        }
    }
}

#[tokio::test]
async fn a_confirmed_change_is_refused_if_the_address_has_changed_in_the_meantime() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, new) = (ada.user_id().await, fresh_email("countess"));
    let page = ada.begin("/settings/email", &[("email", &new)]).await;
    let moved = format!("UPDATE users SET email = '{}' WHERE id = '{id}'", fresh_email("moved"));
    assert_eq!(app.execute(moved).await, 1);
    assert_eq!(ada.confirm(&page).await.status, StatusCode::GONE);
    assert_eq!(app.count(&format!("email_changes WHERE user_id = '{id}'")).await, 0);
    assert!(app.mails_to(&new, 0).await.is_empty());
}
