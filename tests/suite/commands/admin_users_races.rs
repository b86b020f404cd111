//! Commands of the operator that run at the same moment as requests of the user.

use std::time::Duration;

use reqwest::StatusCode;
use unframed::commands::admin::users::disable;
use unframed::commands::admin::users::report::ReportedResult;
use unframed::domain::AccountName;

use crate::harness::TestApp;
use crate::harness::browser::PASSWORD;
use crate::harness::database::RUNTIME;

#[tokio::test]
async fn a_sign_in_that_races_with_disabling_is_refused_or_its_session_ends() {
    let app = TestApp::spawn_with_slow_hashes().await;
    let (mut refused, mut ended) = (0, 0);
    // The comparison of a password takes some time: the account is disabled before, in it and after it.
    for pause in (0..12).map(|round| 20 * round) {
        let ada = app.member("Ada").await;
        let (email, id, other) = (ada.email(), ada.user_id().await, app.guest());
        let (state, name) = (app.state.clone(), AccountName::Id(id));
        let disabling = RUNTIME.spawn(async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            disable::run(&state.pool, &name, state.clock.now()).await
        });
        let fields = [("email", email.as_str()), ("password", PASSWORD)];
        let (report, answer) = tokio::join!(disabling, other.post("/sign-in", &fields));
        assert_eq!(report.unwrap().unwrap().result, ReportedResult::Done);
        if answer.status == StatusCode::SEE_OTHER {
            ended += 1;
        } else {
            refused += 1;
        }
        assert_eq!(app.count(&format!("sessions WHERE user_id = '{id}'")).await, 0, "{}", answer.status);
        for browser in [&ada, &other] {
            assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
        }
    }
    println!("sign-ins that raced with disabling: {refused} refused, {ended} sessions ended");
}
