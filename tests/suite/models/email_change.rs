//! Changes of address that wait: how long a link lives.

use chrono::TimeDelta;
use unframed::db;
use unframed::domain::SecretToken;
use unframed::models::email_change::{self, Found};

use crate::harness::TestApp;
use crate::harness::confirmation::fresh_email;

#[tokio::test]
async fn a_link_lives_a_day_and_shows_as_waiting_until_then() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let (id, new) = (ada.user_id().await, fresh_email("countess"));
    ada.carry_out("/settings/email", &[("email", &new)]).await;
    let link = app.mailed_link(&new, 1, "/email-change/", "Is this your new").await;
    let digest = SecretToken::decode(link.trim_start_matches("/email-change/")).unwrap().digest();
    let now = unframed::models::now();
    let day = TimeDelta::hours(24);
    for (moment, alive) in [(now, true), (now + day - TimeDelta::minutes(1), true), (now + day, false)] {
        let found = db::read(&app.state.pool, "test", async |conn| {
            Ok((
                email_change::find(conn, digest, moment).await?,
                email_change::find_waiting(conn, id, moment).await?,
            ))
        });
        let (found, waiting) = found.await.unwrap();
        assert_eq!(matches!(found, Found::Open(_)), alive, "{found:?}");
        assert_eq!(matches!(found, Found::Expired), !alive, "{found:?}");
        assert_eq!(waiting.map(|(email, _)| email), alive.then(|| new.clone()));
    }
}
