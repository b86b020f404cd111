//! Changes of address that wait: how long a link lives.

use chrono::TimeDelta;
use reqwest::StatusCode;
use unframed::db;
use unframed::domain::SecretToken;
use unframed::models::email_change::{self, EmailChangeState};
use unframed::models::session::{self, Overview};

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

#[tokio::test]
async fn a_link_lives_a_day_and_shows_as_waiting_until_then() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, new) = (ada.user_id().await, fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let digest = SecretToken::decode(link.trim_start_matches("/email-change/")).unwrap().digest();
    let now = app.state.clock.now();
    let day = TimeDelta::hours(24);
    // The session must outlive the link.
    app.execute(format!("UPDATE sessions SET expires_at = now() + INTERVAL '2 days' WHERE user_id = '{id}'"))
        .await;
    let token = SecretToken::decode(&ada.cookie("session").unwrap()).unwrap();
    for (moment, alive) in [(now, true), (now + day - TimeDelta::minutes(1), true), (now + day, false)] {
        let found = db::statement(&app.state.pool, "test", async |conn| {
            Ok((
                email_change::find(conn, digest, moment).await?,
                email_change::find_waiting(conn, id, moment).await?,
                session::find_live_with_overview(conn, token.digest(), moment).await?,
                session::count_live(conn, id, moment).await?,
            ))
        });
        let (found, waiting, overview, sessions) = found.await.unwrap();
        let (_, _, overview) = overview.expect("a live session");
        assert_eq!(overview, Overview { sessions, waiting: waiting.clone() });
        assert_eq!(matches!(found, EmailChangeState::Open(_)), alive, "{found:?}");
        assert_eq!(matches!(found, EmailChangeState::Expired), !alive, "{found:?}");
        assert_eq!(waiting.map(|(email, _)| email), alive.then(|| new.clone()));
    }
}

#[tokio::test]
async fn no_link_is_open_while_its_account_waits_for_its_deletion() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, old, new) = (ada.user_id().await, ada.email(), fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Confirm your new").await;
    let due = async |when: &str| {
        app.execute(format!("UPDATE users SET delete_after = {when} WHERE id = '{id}'")).await;
    };
    // Behind the back of what withdraws it, so that only the check within the transaction is left.
    due("now() + INTERVAL '7 days'").await;
    let guest = app.guest();
    for answer in [guest.get(&link).await, guest.post(&link, &[]).await] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
        assert!(answer.body.contains("your account is waiting to be deleted"), "{}", answer.body);
    }
    assert_eq!(app.count(&format!("users WHERE id = '{id}' AND email = '{old}'")).await, 1);
    due("NULL").await;
    assert_eq!(guest.post(&link, &[]).await.status, StatusCode::SEE_OTHER, "nothing else was in the way");
}
