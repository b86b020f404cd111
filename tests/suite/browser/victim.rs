//! The victim: a member who uses the attacked browser, and the state of the account in the database.

use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl as _;
use thirtyfour::prelude::*;
use unframed::db;

use super::driver::Session;
use super::world::World;
use crate::harness::PASSWORD;
use crate::harness::confirmation::fresh_email;
use crate::harness::database::RUNTIME;

/// The state that no attack may change.
#[derive(Clone, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub struct Account {
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    /// Whether a deletion is scheduled.
    #[diesel(sql_type = Bool)]
    pub leaves: bool,
    #[diesel(sql_type = Bool)]
    card_enabled: bool,
    #[diesel(sql_type = BigInt)]
    pub sessions: i64,
    /// The number of sensitive actions begun.
    #[diesel(sql_type = BigInt)]
    begun: i64,
    /// The number of sensitive actions confirmed.
    #[diesel(sql_type = BigInt)]
    pub confirmed: i64,
    /// The number of sensitive actions withdrawn.
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
}

/// The button of a start page.
pub const START: &str = ".start button";
/// The checkbox of a confirm page.
pub const TICK: &str = ".tick";
/// The button of a confirm page that runs the action.
pub const FINAL: &str = ".final button";
/// The link on the arrival page, which stands in for a start or confirm page that another site opens.
pub const ARRIVAL: &str = ".go-on a";

/// Lets the time pass that a user needs at least to read a confirm page.
pub fn let_human_time_pass(world: &World) {
    world.app.let_human_time_pass();
}

/// A member in a browser.
pub struct Victim<'a> {
    pub world: &'a World,
    pub session: &'a Session,
    /// The email address of the sign-up.
    pub email: String,
}

impl<'a> Victim<'a> {
    /// Signs up by typing into the form, as a user does.
    pub async fn sign_up(world: &'a World, session: &'a Session) -> Self {
        let victim = Self { world, session, email: fresh_email("victim") };
        session.goto(&world.victim("/sign-up")).await;
        victim.type_into("email", &victim.email).await;
        victim.click("main form button").await;
        session.arrive_at(&world.victim("/sign-up/sent")).await;
        let link = world.app.mailed_sign_up(&victim.email).await;
        session.goto(&world.victim(&link)).await;
        victim.type_into("display_name", "Victim").await;
        victim.type_into("password", PASSWORD).await;
        victim.click("main form button").await;
        session.arrive_at(&world.victim("/settings")).await;
        victim
    }

    /// Clicks the first match of a selector.
    pub async fn click(&self, css: &str) {
        self.session.appears(css).await;
        let found = self.session.driver.find(By::Css(css)).await;
        let control = found.unwrap_or_else(|error| panic!("no {css}: {error}"));
        control.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Types into the field of this name.
    pub async fn type_into(&self, name: &str, value: &str) {
        self.session.appears(&format!("[name={name}]")).await;
        let field = self.session.driver.find(By::Name(name)).await.expect("a field");
        field.send_keys(value).await.expect("typed");
    }

    /// The field of the open start page that the user fills in, with a value that it accepts and one that it refuses.
    pub async fn field(&self) -> Option<(&'static str, String, String)> {
        let has = async |css: &str| {
            let found = self.session.driver.find_all(By::Css(css)).await;
            found.is_ok_and(|fields| !fields.is_empty())
        };
        if has("main input[type=email][name]").await {
            return Some(("email", fresh_email("changed"), self.email.clone()));
        }
        // The new password is the present one, so that the next action finds it.
        let password = has("main input[type=password]").await;
        password.then(|| ("password", PASSWORD.to_owned(), "short".to_owned()))
    }

    /// The path of the window's page.
    pub async fn path(&self) -> String {
        self.session.driver.current_url().await.expect("an address").path().to_owned()
    }

    /// Opens a start page as an honest user does, by the link on our arrival page.
    pub async fn open_start(&self, start: &str) {
        self.session.goto(&self.world.victim(start)).await;
        self.click(ARRIVAL).await;
        self.session.appears(START).await;
    }

    /// Begins an action, which opens its confirm page, and returns the page's path.
    pub async fn begin(&self, start: &str) -> String {
        self.open_start(start).await;
        if let Some((name, value, _)) = self.field().await {
            self.type_into(name, &value).await;
        }
        self.go_on().await
    }

    /// Goes on from an open start page to the confirm page, and returns the page's path.
    pub async fn go_on(&self) -> String {
        self.click(START).await;
        self.session.appears(TICK).await;
        self.path().await
    }

    /// Confirms the open page as an honest user does.
    pub async fn confirm(&self) {
        let_human_time_pass(self.world);
        self.click(TICK).await;
        self.type_into("password", PASSWORD).await;
        if let Some(word) = self.word().await {
            self.type_into("word", &word).await;
        }
        self.click(FINAL).await;
        self.session.disappears(TICK).await;
    }

    /// The words that the open confirm page asks the user to type.
    pub async fn word(&self) -> Option<String> {
        let word = self.session.driver.find(By::Css(".word strong")).await.ok()?;
        Some(word.text().await.expect("words"))
    }

    /// The path of the public card, which the profile shows once the card is enabled.
    pub async fn card(&self) -> String {
        self.session.appears("a[href*='/card/']").await;
        let link = self.session.driver.find(By::Css("a[href*='/card/']")).await.expect("the card's address");
        let href = link.attr("href").await.expect("an attribute").expect("an address");
        href.split_once("/card/").map(|(_, id)| format!("/card/{id}")).expect("a path")
    }

    /// Fills the password in, as a password manager does.
    pub async fn fill_password(&self) {
        let fill = format!("document.querySelector('[name=password]').value = '{PASSWORD}'");
        self.session.run(&fill).await;
    }

    /// The state of the account in the database.
    pub async fn account(&self) -> Account {
        const OF: &str = "FROM pending_actions WHERE user_id = users.id";
        let sql = format!(
            "SELECT email, display_name, card_enabled, delete_after IS NOT NULL AS leaves,
             (SELECT count(*) FROM sessions WHERE user_id = users.id) AS sessions,
             (SELECT count(*) {OF}) AS begun,
             (SELECT count(*) {OF} AND used_at IS NOT NULL) AS confirmed,
             (SELECT count(*) {OF} AND withdrawn_at IS NOT NULL) AS withdrawn
             FROM users WHERE email = $1"
        );
        let (state, email) = (self.world.app.state.clone(), self.email.clone());
        let look = async move {
            db::statement(&state.pool, "test", async |conn| {
                diesel::sql_query(&sql).bind::<Text, _>(&email).get_result(conn).await
            })
            .await
        };
        RUNTIME.spawn(look).await.expect("no panic").expect("the account is there")
    }
}
