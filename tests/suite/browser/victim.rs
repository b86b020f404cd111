//! The victim: a member who uses the attacked browser, and the state of the account in the database.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::RunQueryDsl as _;
use thirtyfour::prelude::*;
use unframed::actions::{
    AddAuthenticator, AddPasskey, ApproveConfirmation, MakeRecoveryCodes, RemoveFactor, SensitiveAction as _,
};
use unframed::db;
use unframed::domain::{AuthenticatorSecret, EmailAddress};
use unframed::models::{authenticator, user};

use super::driver::Session;
use super::virtual_authenticator::VirtualAuthenticator;
use super::world::{Site, World};
use crate::harness::PASSWORD;
use crate::harness::application;
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
    held: Mutex<Held>,
}

/// The second factors that the victim holds.
#[derive(Default)]
struct Held {
    recovery_codes: Vec<String>,
}

/// A field of a start page.
pub struct StartField {
    pub css: &'static str,
    /// A value that the page accepts.
    pub value: String,
    /// One that it refuses.
    pub refused: String,
}

impl<'a> Victim<'a> {
    /// Signs up by typing into the form, as a user does.
    pub async fn sign_up(world: &'a World, session: &'a Session) -> Self {
        let victim = Self { world, session, email: fresh_email("victim"), held: Mutex::default() };
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

    /// Whether the open page has a match of a selector.
    pub async fn has(&self, css: &str) -> bool {
        let found = self.session.driver.find_all(By::Css(css)).await;
        found.is_ok_and(|fields| !fields.is_empty())
    }

    async fn text_of(&self, css: &str) -> String {
        let found = self.session.run(&format!("return document.querySelector({css:?}).textContent")).await;
        found.as_str().expect("a text").to_owned()
    }

    /// The fields of the open start page that the user fills in.
    pub async fn fields(&self) -> Vec<StartField> {
        let field =
            |css, value: String, refused: &str| StartField { css, value, refused: refused.to_owned() };
        let mut fields = Vec::new();
        if self.has("main input[type=email][name]").await {
            fields.push(field("[name=email]", fresh_email("changed"), &self.email));
        }
        // The new password is the present one, so that the next action finds it.
        if self.has("main [name=password]").await {
            fields.push(field("[name=password]", PASSWORD.to_owned(), "short"));
        }
        if self.has("main [name=code]").await {
            let secret = AuthenticatorSecret::of_key(&self.text_of("main code").await).expect("a key");
            let code = secret.code(self.world.app.state.clock.now());
            fields.push(field("[name=code]", code, "000000"));
        }
        if self.has("main [name=name]").await {
            fields.push(field("[name=name]", "Phone".to_owned(), "\u{200b}"));
        }
        if self.has("main select[name=factor]").await {
            let last = "return [...document.querySelectorAll('[name=factor] option')].at(-1).value";
            let value = self.session.run(last).await;
            fields.push(field("[name=factor]", value.as_str().expect("a choice").to_owned(), ""));
        }
        fields
    }

    /// Fills in the fields of the open start page, by typing and choosing.
    pub async fn fill(&self, fields: &[StartField], refused: bool) {
        for StartField { css, value, refused: wrong } in fields {
            let value = if refused { wrong } else { value };
            if css.contains("factor") {
                self.session.run(&format!("document.querySelector({css:?}).value = {value:?}")).await;
                continue;
            }
            self.session.run(&format!("document.querySelector({css:?}).value = ''")).await;
            let field = self.session.driver.find(By::Css(*css)).await.expect("a field");
            field.send_keys(value).await.expect("typed");
        }
    }

    /// Adds an authenticator app, and writes the recovery codes down.
    pub async fn add_authenticator(&self) {
        Box::pin(self.begin(AddAuthenticator::START)).await;
        self.confirm().await;
        self.write_recovery_codes_down().await;
    }

    /// Adds a passkey of an authenticator that is plugged in.
    pub async fn add_passkey(&self) {
        Box::pin(self.begin(AddPasskey::START)).await;
        self.confirm().await;
    }

    /// Writes down the recovery codes that the open page shows, if it shows some.
    pub async fn write_recovery_codes_down(&self) {
        let codes =
            self.session.run("return [...document.querySelectorAll('.codes code')].map(c => c.textContent)");
        let codes = codes.await;
        let codes = codes.as_array().expect("codes").iter().filter_map(|code| code.as_str());
        let codes: Vec<String> = codes.map(str::to_owned).collect();
        if !codes.is_empty() {
            self.held.lock().unwrap().recovery_codes = codes;
        }
    }

    /// Makes sure that the victim can begin an action.
    pub async fn prepare_for(&self, start: &str) {
        let needs_factor = [RemoveFactor::START, MakeRecoveryCodes::START].contains(&start);
        if needs_factor && !self.has_factor().await {
            self.add_authenticator().await;
        }
        if start == AddPasskey::START && !self.session.has_authenticator.swap(true, Ordering::Relaxed) {
            VirtualAuthenticator::plug_in(self.session).await;
        }
    }

    /// The path of a page that begins an action. For a confirmation, the partner asks for one.
    pub async fn path_of(&self, start: &str) -> String {
        if start != ApproveConfirmation::START {
            return start.to_owned();
        }
        let (state, email) = (self.world.app.state.clone(), self.email.clone());
        let look = async move {
            let email = EmailAddress::parse(&email).unwrap();
            db::statement(&state.pool, "test", async |conn| user::find_by_email(conn, &email).await).await
        };
        let account = RUNTIME.spawn(look).await.expect("no panic").expect("the query runs");
        let origin = self.world.attacker(Site::Partner, "");
        application::ask(&self.world.app.state, account.expect("the account").id, &origin).await
    }

    async fn has_factor(&self) -> bool {
        let (state, email) = (self.world.app.state.clone(), self.email.clone());
        let look = async move {
            let email = EmailAddress::parse(&email).unwrap();
            db::statement(&state.pool, "test", async |conn| user::find_by_email(conn, &email).await).await
        };
        let account = RUNTIME.spawn(look).await.expect("no panic").expect("the query runs");
        account.is_some_and(|account| account.second_factor_since.is_some())
    }

    /// The secret of the app that was added last.
    async fn secret(&self) -> AuthenticatorSecret {
        let (state, email) = (self.world.app.state.clone(), self.email.clone());
        let look = async move {
            let email = EmailAddress::parse(&email).unwrap();
            db::statement(&state.pool, "test", async |conn| {
                let account = user::find_by_email(conn, &email).await?.expect("the account");
                let app = authenticator::list(conn, account.id).await?.pop().expect("an app");
                Ok(state.authenticator_secrets.open(account.id, &app.sealed_secret).expect("a secret"))
            })
            .await
        };
        RUNTIME.spawn(look).await.expect("no panic").expect("the query runs")
    }

    /// The field of the proof on the open confirm page, with its right value; `None` for a passkey.
    pub async fn proof(&self) -> Option<(&'static str, String)> {
        if self.has("main [name=password]").await {
            return Some(("password", PASSWORD.to_owned()));
        }
        if !self.has("main [name=code]").await {
            return None;
        }
        if !self.has("main [name=code][autocomplete=one-time-code]").await {
            let code = self.held.lock().unwrap().recovery_codes.pop();
            return Some(("code", code.expect("a recovery code")));
        }
        // The next code of the app.
        let clock = &self.world.app.state.clock;
        clock.advance(TimeDelta::seconds(30));
        let now = clock.now();
        Some(("code", self.secret().await.code(now)))
    }

    /// The path of the window's page.
    pub async fn path(&self) -> String {
        self.session.driver.current_url().await.expect("an address").path().to_owned()
    }

    /// Opens a start page as an honest user does, by the link on our arrival page.
    pub async fn open_start(&self, start: &str) {
        let path = self.path_of(start).await;
        self.session.goto(&self.world.victim(&path)).await;
        self.click(ARRIVAL).await;
        self.session.appears(START).await;
    }

    /// Begins an action, which opens its confirm page, and returns the page's path.
    pub async fn begin(&self, start: &str) -> String {
        self.prepare_for(start).await;
        self.open_start(start).await;
        let fields = self.fields().await;
        self.fill(&fields, false).await;
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
        if let Some((name, value)) = self.proof().await {
            self.type_into(name, &value).await;
        }
        if let Some(word) = self.word().await {
            self.type_into("word", &word).await;
        }
        self.click(FINAL).await;
        self.session.disappears(TICK).await;
        self.write_recovery_codes_down().await;
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

    /// Fills the password in where one is asked for, as a password manager does.
    pub async fn fill_password(&self) {
        let fill = format!(
            "for (const field of document.querySelectorAll('main [name=password]')) field.value = '{PASSWORD}'"
        );
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
