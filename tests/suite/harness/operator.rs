//! What an operator does with the account of a test's user, by the clock of the application.

use unframed::commands::admin::users::report::{Report, ReportedResult};
use unframed::commands::admin::users::reset_factors;
use unframed::db;
use unframed::domain::AccountName;
use unframed::models::account::{self, Account};

use super::database::RUNTIME;
use super::{Browser, TestApp};

impl TestApp {
    /// The account of a user, as an operator finds it.
    pub async fn account_for_operator(&self, user: &Browser) -> Account {
        let (state, name) = (self.state.clone(), AccountName::Id(user.user_id().await));
        let find = async move {
            db::statement(&state.pool, "test", async |conn| account::find(conn, &name).await).await
        };
        RUNTIME.spawn(find).await.expect("no panic").expect("the query runs").expect("an account")
    }

    /// Schedules the removal of all second factors of a user.
    pub async fn schedule_factor_reset(&self, user: &Browser) {
        let (state, account) = (self.state.clone(), self.account_for_operator(user).await);
        let schedule = async move {
            reset_factors::schedule(&state.pool, &state.letters, &account, state.clock.now()).await
        };
        done(&RUNTIME.spawn(schedule).await.expect("no panic").expect("it is scheduled"));
    }

    /// Removes all second factors of a user at once.
    pub async fn reset_factors_now(&self, user: &Browser) {
        let (state, account) = (self.state.clone(), self.account_for_operator(user).await);
        let reset = async move {
            reset_factors::reset_now(&state.pool, &state.letters, &account, state.clock.now()).await
        };
        done(&RUNTIME.spawn(reset).await.expect("no panic").expect("they are removed"));
    }
}

fn done(report: &Report) {
    assert_eq!(report.result, ReportedResult::Done, "{}", report.message);
}
