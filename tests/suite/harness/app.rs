//! The real server on a free port, with the database of the run and a clock that the test can move. No
//! mail leaves: a queued mail is a row, which is there as soon as the response is.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;
use argon2::Params;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use regex::Regex;
use tokio::runtime::Handle;
use unframed::app::server::{self, TimeLimits};
use unframed::clock::Clock;
use unframed::config::{self, Config};
use unframed::db::{self, Pool};
use unframed::models::user::{self, User};
use unframed::route_map::{RouteMap, RoutePattern};
use unframed::routes;
use unframed::schema::outgoing_mails;
use unframed::security::password_hashing::PasswordHashing;
use unframed::state::AppState;

use super::browser::Browser;
use super::database::{self, RUNTIME};

/// A running application.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// `PUBLIC_URL`: what browsers send as Origin.
    pub origin: String,
    /// Its parts, for checks that no page can answer.
    pub state: web::Data<AppState>,
    server: ServerHandle,
}

/// The beginning of each new password hash. A test signs in hundreds of times, so a hash costs a twentieth of what it costs
/// in production; the unit tests of `security::password_hashing` prove what that is.
pub const NEW_HASH: &str = "$argon2id$v=19$m=2048,t=1,p=1$";

/// The row of `SELECT count(*) AS count`.
#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The parameters of [`NEW_HASH`].
fn cheap() -> Params {
    Params::new(2048, 1, 1, None).expect("good parameters")
}

/// Starts a server that differs from the one that `serve` builds.
pub async fn launch(build: impl FnOnce() -> Server + Send + 'static) -> ServerHandle {
    let start = async move {
        let server = build();
        let handle = server.handle();
        tokio::spawn(server);
        handle
    };
    RUNTIME.spawn(start).await.expect("the server starts")
}

impl TestApp {
    /// The application as `serve` builds it.
    pub async fn spawn() -> Self {
        Self::spawn_with(&[], |_| {}).await
    }

    /// With other environment variables.
    pub async fn spawn_configured(variables: &[(&str, &str)]) -> Self {
        Self::spawn_with(variables, |_| {}).await
    }

    /// A good configuration with other environment variables.
    pub fn configuration(variables: &[(&str, &str)]) -> Config {
        let mut environment: HashMap<&str, String> = HashMap::from([
            ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none".to_owned()),
            ("DATABASE_POOL_SIZE", "4".to_owned()),
            ("SECRET_KEY", "uN3kq0m8Jt5rXw2yQvB7cZfL1dHs9aGpEoRi4TxYbUM=".to_owned()),
            ("MAIL_URL", "folder:/nonexistent".to_owned()),
            // Each browser of the tests has its own IP address.
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ]);
        // The suite also judges a team's own templates and styles.
        environment.extend(config::environment("OVERRIDES_DIR").map(|folder| ("OVERRIDES_DIR", folder)));
        environment.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Config::read(|name| environment.get(name).cloned(), "test").expect("a good configuration")
    }

    /// With other environment variables and services that only a test needs.
    pub async fn spawn_with(
        variables: &[(&str, &str)],
        more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        Self::spawn_on(routes::patterns(), variables, more).await
    }

    /// With another URL table for the headers, whose further routes `more` serves.
    pub async fn spawn_on(
        routes: Vec<RoutePattern>,
        variables: &[(&str, &str)],
        more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        Self::start(routes, variables, RUNTIME.handle(), cheap(), more).await
    }

    /// With password hashes that cost as much as in production.
    pub async fn spawn_with_slow_hashes() -> Self {
        Self::start(routes::patterns(), &[], RUNTIME.handle(), Params::default(), |_| {}).await
    }

    /// With connections that are opened on another runtime.
    pub async fn spawn_connected_by(connections: &Handle, variables: &[(&str, &str)]) -> Self {
        Self::start(routes::patterns(), variables, connections, cheap(), |_| {}).await
    }

    async fn start(
        routes: Vec<RoutePattern>,
        variables: &[(&str, &str)],
        connections: &Handle,
        hashes: Params,
        more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        // A failing test shows the log: RUST_LOG=info cargo test …
        let _ = env_logger::builder().is_test(true).try_init();
        let database = database::get().await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let public_url = format!("http://localhost:{}", address.port());
        let own = [("DATABASE_URL", database.url.as_str()), ("PUBLIC_URL", public_url.as_str())];
        let config = Self::configuration(&[own.as_slice(), variables].concat());
        let origin = config.public_url.to_string();
        let (url, size) = (config.database_url.clone(), config.pool_size);
        let pool = connections.spawn(async move { Pool::connect(&url, size).await });
        let (state, server) = RUNTIME
            .spawn(async move {
                let pool = pool.await.expect("no panic").expect("a pool");
                let map = RouteMap::new(routes).expect("a good table");
                let mut state = AppState::new(config, pool, map, Clock::system()).expect("a state");
                state.hashing = PasswordHashing::with_params(hashes).expect("a hashing");
                let state = web::Data::new(state);
                let server =
                    server::serve(listener, state.clone(), TimeLimits::default(), more).expect("a server");
                let handle = server.handle();
                tokio::spawn(server);
                (state, handle)
            })
            .await
            .expect("the application starts");
        Self { address, origin, state, server }
    }

    /// Serves the application on another port, with other time limits and services that only a test needs.
    pub async fn listen(
        &self,
        limits: TimeLimits,
        more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> (SocketAddr, ServerHandle) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = self.state.clone();
        (address, launch(move || server::serve(listener, state, limits, more).expect("a server")).await)
    }

    /// Moves the application's clock ahead.
    pub fn wait(&self, time: TimeDelta) {
        self.state.clock.advance(time);
    }

    /// Moves the clock by the time that a person needs at least on a confirm page.
    pub fn let_human_time_pass(&self) {
        self.guest().let_human_time_pass();
    }

    /// A new browser that is not signed in.
    pub fn guest(&self) -> Browser {
        Browser::new(self.address, &self.origin, self.state.clone())
    }

    /// A new browser with an account and a session, created through the pages.
    pub async fn member(&self, name: &str) -> Browser {
        let browser = self.guest();
        browser.sign_up(name).await;
        browser
    }

    /// Runs a statement directly on the database and returns the number of affected rows.
    pub async fn execute(&self, sql: impl Into<String>) -> usize {
        let (state, sql) = (self.state.clone(), sql.into());
        let run = async move {
            db::statement(&state.pool, "test", async |conn| {
                diesel::sql_query(sql.as_str()).execute(conn).await
            })
            .await
        };
        RUNTIME.spawn(run).await.expect("no panic").expect("the statement runs")
    }

    /// The stored account of an id.
    pub async fn account(&self, id: uuid::Uuid) -> User {
        let state = self.state.clone();
        let run =
            async move { db::statement(&state.pool, "test", async |conn| user::find(conn, id).await).await };
        RUNTIME.spawn(run).await.expect("no panic").expect("the query runs").expect("an account")
    }

    /// The number of rows that `SELECT count(*) FROM …` returns.
    pub async fn count(&self, from: &str) -> i64 {
        let (state, sql) = (self.state.clone(), format!("SELECT count(*) AS count FROM {from}"));
        let run = async move {
            db::statement(&state.pool, "test", async |conn| {
                diesel::sql_query(sql.as_str()).get_result::<Count>(conn).await
            })
            .await
        };
        RUNTIME.spawn(run).await.expect("no panic").expect("the query runs").count
    }

    /// The mails queued to an email address, oldest first, without the one that had the sign-up link and without
    /// those about a sign-in from another of the test's browsers and about a second factor that the test needs. Panics unless there are exactly `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<String> {
        let mut mails = self.all_mails_to(address).await;
        let left_out = [
            "Subject: Create your unframed account\n",
            "Subject: unframed: Signed in on a new device\n",
            "Subject: unframed: Anmeldung auf einem neuen Gerät\n",
            "Subject: unframed: Recovery code used\n",
            "Subject: unframed: Authenticator app added\n",
            "Subject: unframed: Passkey added\n",
        ];
        mails.retain(|mail| !left_out.iter().any(|subject| mail.contains(subject)));
        assert_eq!(mails.len(), count, "mails to {address}: {mails:#?}");
        mails
    }

    /// The path of the newest sign-up link that was mailed to an email address.
    pub async fn mailed_sign_up(&self, address: &str) -> String {
        mailed_sign_up(&self.state, address).await
    }

    /// All mails queued to an email address, oldest first.
    pub async fn all_mails_to(&self, address: &str) -> Vec<String> {
        queued_mails(&self.state, address).await
    }
}

/// The path of the newest sign-up link that was mailed to an email address.
pub async fn mailed_sign_up(state: &web::Data<AppState>, address: &str) -> String {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("/sign-up/[A-Za-z0-9_-]{43}").expect("a pattern"));
    let mails = queued_mails(state, address).await;
    let found = mails.iter().rev().find_map(|mail| LINK.find(mail));
    found.unwrap_or_else(|| panic!("no sign-up link: {mails:#?}")).as_str().to_owned()
}

/// The mails queued to an email address, oldest first.
async fn queued_mails(state: &web::Data<AppState>, address: &str) -> Vec<String> {
    let (shared, recipient) = (state.clone(), address.to_owned());
    let run = async move {
        db::statement(&shared.pool, "test", async |conn| {
            outgoing_mails::table
                .filter(outgoing_mails::recipient.eq(&recipient))
                .order(outgoing_mails::created_at)
                .select((outgoing_mails::id, outgoing_mails::subject, outgoing_mails::sealed_body))
                .load::<(uuid::Uuid, String, Vec<u8>)>(conn)
                .await
        })
        .await
    };
    let rows = RUNTIME.spawn(run).await.expect("no panic").expect("the query runs");
    let text = |(id, subject, sealed): (uuid::Uuid, String, Vec<u8>)| {
        let body = state.mail_seal.open(id, &sealed).expect("a sealed mail");
        format!("To: {address}\nSubject: {subject}\n\n{body}")
    };
    rows.into_iter().map(text).collect()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        RUNTIME.spawn(self.server.stop(false));
    }
}
