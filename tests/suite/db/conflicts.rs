//! A conflict (40001) at each statement and at COMMIT of every transaction of the application. The request
//! succeeds nevertheless, and nothing happens twice.

mod applications;
mod operator;
mod sensitive;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use tokio::runtime::Handle;
use unframed::commands::admin::invite::{self, Invitation};
use unframed::db::transaction::journal::TransactionTally;
use unframed::domain::{EmailAddress, Language};
use unframed::mail::transport::Links;
use unframed::mail::{Transport, outbox};
use unframed::{db, expiry, tallies};

use super::labels::labelled_calls;
use super::{count, run, words};
use crate::harness::api_client::{ALL_SCOPES, ApiClient};
use crate::harness::app::TestApp;
use crate::harness::browser::{Browser, PASSWORD};
use crate::harness::confirmation::fresh_email;
use crate::harness::database::{self, RUNTIME};
use crate::harness::wire_proxy::{Fault, Point, WireProxy};

/// The scenarios that run every transaction of the application. A new transaction needs a line here.
const SCENARIOS: &[(&str, Scenario)] = &[
    ("signing up", |stage| Box::pin(sign_up(stage))),
    ("asking for a sign-up link", |stage| Box::pin(ask_for_sign_up(stage))),
    ("signing up with an email address that is taken", |stage| Box::pin(sign_up_again(stage))),
    ("inviting", |stage| Box::pin(invite(stage))),
    ("asking for a new password", |stage| Box::pin(forgot_password(stage))),
    ("choosing a new password", |stage| Box::pin(new_password(stage))),
    ("signing in", |stage| Box::pin(sign_in(stage))),
    ("a wrong password at sign-in", |stage| Box::pin(fail_to_sign_in(stage))),
    ("signing in with a second factor", |stage| Box::pin(sign_in_with_code(stage))),
    ("a password before a second factor", |stage| Box::pin(begin_to_sign_in(stage))),
    ("a wrong second factor", |stage| Box::pin(wrong_second_factor(stage))),
    ("signing out", |stage| Box::pin(sign_out(stage))),
    ("changing the name", |stage| Box::pin(set_display_name(stage))),
    ("choosing a language", |stage| Box::pin(set_locale(stage))),
    ("ending a session", |stage| Box::pin(revoke(stage))),
    ("revoking an access token", |stage| Box::pin(revoke_token(stage))),
    ("changing settings by the API", |stage| Box::pin(change_by_api(stage))),
    ("ending a session by the API", |stage| Box::pin(end_by_api(stage))),
    ("sending a mail", |stage| Box::pin(send_mail(stage))),
    ("switching the card on", |stage| Box::pin(set_card_enabled(stage))),
    ("storing a framing attempt", |stage| Box::pin(count_framing(stage))),
    ("storing a report", |stage| Box::pin(count_report(stage))),
    ("deleting expired rows", |stage| Box::pin(sweep(stage))),
];

type Scenario = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The application behind a proxy. Only the scenarios send mails.
pub(super) struct Stage {
    pub(super) app: TestApp,
    proxy: WireProxy,
    /// The database, not shared with other tests.
    pub(super) url: String,
    /// The folder to which the scenario of the outbox sends.
    mails: PathBuf,
    /// The number of points before the conflict; `None` for no conflict.
    conflict_after: RefCell<Option<usize>>,
    points: RefCell<Vec<Point>>,
}

impl Stage {
    /// A stage with a database of its own. The runtime is the one that opens the application's connections.
    pub(super) async fn new(connections: &Handle) -> Self {
        let url = database::alone().await;
        let proxy = WireProxy::start(&url).await;
        let mails = database::private_folder("mails");
        let mail_url = format!("folder:{}", mails.display());
        let variables = [("DATABASE_URL", proxy.url(&url)), ("MAIL_URL", mail_url)];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        let app = TestApp::spawn_connected_by(connections, &variables).await;
        Self { app, proxy, url, mails, conflict_after: RefCell::default(), points: RefCell::default() }
    }

    /// Runs every transaction of the application once, without a conflict.
    pub(super) async fn run_all(&self) {
        for (_, scenario) in
            [SCENARIOS, sensitive::SCENARIOS, operator::SCENARIOS, applications::SCENARIOS].concat()
        {
            scenario(self).await;
        }
    }

    /// Runs the part of a scenario in which the conflict occurs.
    async fn under_fire<T>(&self, part: impl Future<Output = T>) -> T {
        self.proxy.arm(self.conflict_after.borrow().map(|points| (points, Fault::Conflict)));
        let value = part.await;
        *self.points.borrow_mut() = self.proxy.disarm();
        value
    }

    fn tallies(&self) -> BTreeMap<&'static str, TransactionTally> {
        self.app.state.pool.journal().tallies()
    }

    async fn count(&self, query: &str) -> i64 {
        count(&mut database::connect(&self.url).await, query).await
    }

    async fn sessions_of(&self, email: &str) -> i64 {
        self.count(&format!(
            "SELECT count(*) FROM sessions JOIN users ON users.id = sessions.user_id WHERE email = '{email}'"
        ))
        .await
    }

    async fn mails_queued_to(&self, email: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM outgoing_mails WHERE recipient = '{email}'")).await
    }
}

#[tokio::test]
async fn every_transaction_survives_a_conflict_at_each_statement_and_at_commit() {
    let covered = tokio::join!(
        cover(SCENARIOS),
        cover(sensitive::SCENARIOS),
        cover(operator::SCENARIOS),
        cover(applications::SCENARIOS)
    );
    let covered = [covered.0, covered.1, covered.2, covered.3];
    let labels = covered.iter().flat_map(BTreeMap::keys);
    let with_scenario: BTreeSet<String> = labels.map(|label| (*label).to_owned()).collect();
    let transactions = labelled_calls().into_iter().filter(|call| call.function != "statement");
    let in_sources: BTreeSet<String> = transactions.map(|call| call.label).collect();
    assert_eq!(with_scenario, in_sources, "left: with a scenario, right: in src/");
}

/// Runs each scenario once without a conflict and once for each point at which a conflict can occur.
/// Returns the number of conflicts by label.
async fn cover(scenarios: &[(&str, Scenario)]) -> BTreeMap<&'static str, u32> {
    let stage = Stage::new(RUNTIME.handle()).await;
    let mut covered: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut conflicts, mut at_commit) = (0, 0);
    for (what, scenario) in scenarios {
        *stage.conflict_after.borrow_mut() = None;
        // The first run may prepare statements, which are points, too.
        scenario(&stage).await;
        scenario(&stage).await;
        let points = stage.points.take();
        assert!(points.contains(&Point::Commit), "{what} runs no transaction");
        for (at, point) in points.iter().enumerate() {
            let before = stage.tallies();
            *stage.conflict_after.borrow_mut() = Some(at);
            scenario(&stage).await;
            conflicts += 1;
            at_commit += u32::from(*point == Point::Commit);
            let retried: Vec<&str> = stage
                .tallies()
                .into_iter()
                .filter(|(name, tally)| before.get(name).map_or(0, |tally| tally.retries) < tally.retries)
                .map(|(name, _)| name)
                .collect();
            assert_eq!(retried.len(), 1, "{what}, {point:?} {at}: {retried:?} were retried");
            *covered.entry(retried[0]).or_default() += 1;
        }
    }
    println!("conflicts: {conflicts} injected, {at_commit} of them at COMMIT; by label: {covered:?}");
    assert!(stage.tallies().values().all(|tally| tally.failures + tally.unknown_commits == 0));
    covered
}

fn transport(stage: &Stage) -> Transport {
    let config = &stage.app.state.config;
    let seal = Arc::clone(&stage.app.state.mail_seal);
    Transport::new(config, Links::Hidden, seal).expect("a transport")
}

/// Signs in from another browser.
async fn second_session(stage: &Stage, member: &Browser) -> Browser {
    let other = stage.app.guest();
    let answer = other.post("/sign-in", &[("email", &member.email()), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    other
}

async fn ask_for_sign_up(stage: &Stage) {
    let (guest, email) = (stage.app.guest(), fresh_email("new"));
    let answer = stage.under_fire(guest.post("/sign-up", &[("email", &email)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM sign_ups WHERE email = '{email}'")).await, 1);
    assert_eq!(stage.mails_queued_to(&email).await, 1);
}

async fn sign_up(stage: &Stage) {
    let (member, email) = (stage.app.guest(), fresh_email("ada"));
    let link = member.ask_for_sign_up(&email).await;
    let fields = [("display_name", "Ada"), ("password", PASSWORD)];
    let answer = stage.under_fire(member.post(&link, &fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.count(&format!("SELECT count(*) FROM users WHERE email = '{email}'")).await, 1);
    // The link, and the welcome mail.
    assert_eq!((stage.sessions_of(&email).await, stage.mails_queued_to(&email).await), (1, 2));
    assert_eq!(member.get("/settings").await.status, StatusCode::OK);
}

async fn forgot_password(stage: &Stage) {
    let email = stage.app.member("Ada").await.email();
    let answer = stage.under_fire(stage.app.guest().post("/forgot-password", &[("email", &email)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    // The sign-up link, the welcome mail, and the new link.
    assert_eq!(stage.mails_queued_to(&email).await, 3);
}

async fn new_password(stage: &Stage) {
    let (email, guest) = (stage.app.member("Ada").await.email(), stage.app.guest());
    guest.post("/forgot-password", &[("email", &email)]).await;
    let link = stage.app.mailed_link(&email, 2, "/forgot-password/", "Choose a new").await;
    let answer = stage.under_fire(guest.post(&link, &[("password", "gravel otter lantern 93")])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!((stage.sessions_of(&email).await, stage.mails_queued_to(&email).await), (0, 4));
}

async fn sign_up_again(stage: &Stage) {
    let email = stage.app.member("Ada").await.email();
    let guest = stage.app.guest();
    let answer = stage.under_fire(guest.post("/sign-up", &[("email", &email)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    // The link, the welcome mail, and the mail about the second sign-up.
    assert_eq!((stage.sessions_of(&email).await, stage.mails_queued_to(&email).await), (1, 3));
}

async fn invite(stage: &Stage) {
    let (state, email) = (stage.app.state.clone(), fresh_email("invited"));
    let address = EmailAddress::parse(&email).unwrap();
    let now = state.clock.now();
    let run =
        async move { invite::invite(&state.pool, &state.letters, &address, Language::German, now).await };
    let invited = stage.under_fire(async { RUNTIME.spawn(run).await.unwrap() }).await.expect("it works");
    assert!(matches!(invited, Invitation::Queued(_)));
    assert_eq!(stage.count(&format!("SELECT count(*) FROM sign_ups WHERE email = '{email}'")).await, 1);
    assert_eq!(stage.mails_queued_to(&email).await, 1);
}

async fn sign_in(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let other = stage.under_fire(second_session(stage, &member)).await;
    assert_eq!(stage.sessions_of(&member.email()).await, 2);
    assert_eq!(other.get("/settings").await.status, StatusCode::OK);
}

async fn fail_to_sign_in(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let fields = [("email", member.email()), ("password", "not the password at all".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = stage.under_fire(stage.app.guest().post("/sign-in", &fields)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let id = member.user_id().await;
    let noted =
        format!("SELECT count(*) FROM security_events WHERE user_id = '{id}' AND kind = 'sign-in-failed'");
    assert_eq!(stage.count(&noted).await, 1, "it is listed once");
}

/// A member with an authenticator app, and a browser in which the password was typed.
async fn half_signed_in(stage: &Stage) -> (Browser, Browser) {
    let (member, guest) = (stage.app.member("Ada").await, stage.app.guest());
    member.add_authenticator().await;
    let typed = guest.post("/sign-in", &[("email", &member.email()), ("password", PASSWORD)]).await;
    assert_eq!(typed.location(), "/sign-in/second-factor");
    (member, guest)
}

async fn sign_in_with_code(stage: &Stage) {
    let (member, guest) = half_signed_in(stage).await;
    let code = member.recovery_code();
    let done = stage.under_fire(guest.post("/sign-in/second-factor", &[("code", &code)])).await;
    assert_eq!(done.location(), "/settings", "{}", done.body);
    assert_eq!(stage.sessions_of(&member.email()).await, 2);
    let used = format!(
        "SELECT count(*) FROM recovery_codes WHERE user_id = '{}' AND used_at IS NOT NULL",
        member.user_id().await
    );
    assert_eq!(stage.count(&used).await, 1);
    let mails = stage.app.all_mails_to(&member.email()).await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("Recovery code used")).count(), 1);
}

async fn begin_to_sign_in(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    member.add_authenticator().await;
    let (guest, email) = (stage.app.guest(), member.email());
    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let typed = stage.under_fire(guest.post("/sign-in", &form)).await;
    assert_eq!(typed.location(), "/sign-in/second-factor");
    assert_eq!(guest.get("/sign-in/second-factor").await.status, StatusCode::OK);
}

async fn wrong_second_factor(stage: &Stage) {
    let (member, guest) = half_signed_in(stage).await;
    let wrong = stage.under_fire(guest.post("/sign-in/second-factor", &[("code", "000000")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let attempts = format!(
        "SELECT count(*) FROM pending_sign_ins WHERE user_id = '{}' AND attempts = 1",
        member.user_id().await
    );
    assert_eq!(stage.count(&attempts).await, 1, "it counts once");
}

async fn sign_out(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let answer = stage.under_fire(member.submit("/sign-out", &[])).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/?done=signed-out"));
    assert_eq!(stage.sessions_of(&member.email()).await, 0);
}

async fn set_display_name(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let answer = stage.under_fire(member.submit("/settings/profile", &[("display_name", "Countess")])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(member.get("/settings").await.body.contains("Countess"));
}

async fn set_locale(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let choice = [("language", "de"), ("time_zone", "Europe/Berlin")];
    let answer = stage.under_fire(member.submit("/settings/language", &choice)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(member.get("/settings").await.body.contains("Deutsch, Berlin"));
}

async fn revoke(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let email = member.email();
    let first = format!(
        "SELECT sessions.id::TEXT AS word FROM sessions JOIN users ON users.id = user_id WHERE email = '{email}'"
    );
    let id = words(&mut database::connect(&stage.url).await, &first).await.remove(0);
    let other = second_session(stage, &member).await;
    let path = format!("/settings/sessions/{id}/revoke");
    let answer = stage.under_fire(other.submit(&path, &[])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.sessions_of(&email).await, 1);
    assert_eq!(other.get("/settings").await.status, StatusCode::OK);
}

async fn revoke_token(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    member.make_token(&["settings_read"]).await;
    let list = member.get("/settings/tokens").await;
    let path = list.find(r#"action="(/settings/tokens/[0-9a-f-]{36}/revoke)""#).expect("a token");
    let mails = stage.mails_queued_to(&member.email()).await;
    let answer = stage.under_fire(member.submit(&path, &[])).await;
    assert_eq!(answer.location(), "/settings/tokens?done=token-revoked", "{}", answer.body);
    assert_eq!(stage.mails_queued_to(&member.email()).await, mails + 1);
}

/// A program with a token that has just been used, so that its next request writes nothing else.
async fn program(stage: &Stage, member: &Browser) -> ApiClient {
    let program = stage.app.program(&member.make_token(&ALL_SCOPES).await);
    program.get("/api/v1/user/settings").await;
    program
}

async fn change_by_api(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let program = program(stage, &member).await;
    let body = r#"{"display_name":"Countess","language":"de"}"#;
    let answer = stage.under_fire(program.patch("/api/v1/user/settings", body)).await;
    assert_eq!((answer.status, answer.json()["language"].as_str()), (StatusCode::OK, Some("de")));
    let id = member.user_id().await;
    let told =
        format!("SELECT count(*) FROM security_events WHERE user_id = '{id}' AND kind = 'name-changed'");
    assert_eq!(stage.count(&told).await, 1);
}

async fn end_by_api(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let other = second_session(stage, &member).await;
    let program = program(stage, &member).await;
    let sessions = program.get("/api/v1/user/sessions").await.json();
    let sessions = sessions["sessions"].as_array().expect("a list").clone();
    let theirs = sessions.iter().find(|session| session["ip_address"] == other.address()).expect("the other");
    let path = format!("/api/v1/user/sessions/{}", theirs["id"].as_str().expect("an id"));
    let answer = stage.under_fire(program.send(Method::DELETE, &path, None, &[])).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    assert_eq!(stage.sessions_of(&member.email()).await, 1);
}

async fn send_mail(stage: &Stage) {
    let send_next = |transport: Transport| {
        let (pool, clock) = (stage.app.state.pool.clone(), stage.app.state.clock.clone());
        let send = async move { outbox::send_next(&pool, &transport, &clock).await };
        async move { RUNTIME.spawn(send).await.unwrap() }
    };
    while send_next(transport(stage)).await {}
    let email = fresh_email("ada");
    stage.app.guest().ask_for_sign_up(&email).await;
    assert!(stage.under_fire(send_next(transport(stage))).await, "no mail is due");
    assert!(!send_next(transport(stage)).await, "a second mail is due");
    assert_eq!(stage.mails_queued_to(&email).await, 0);
    let files = std::fs::read_dir(&stage.mails).unwrap().flatten();
    let sent = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    assert_eq!(sent.filter(|mail| mail.contains(&email)).count(), 1, "the mail went out once");
}

async fn set_card_enabled(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let answer = stage.under_fire(member.submit("/settings/card", &[("card", "on")])).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/settings/profile?done=card-on"));
}

/// Stores the counts that are in memory.
async fn write_tallies(stage: &Stage) {
    let state = stage.app.state.clone();
    RUNTIME.spawn(async move { tallies::write(&state).await }).await.unwrap();
}

async fn count_framing(stage: &Stage) {
    let origin = format!("https://{}.example", uuid::Uuid::new_v4());
    let referer = format!("{origin}/");
    let framed = [("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site"), ("referer", &referer)];
    let answer = stage.app.guest().send(Method::GET, "/settings", None, &framed).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    stage.under_fire(write_tallies(stage)).await;
    let query =
        format!("SELECT sum(attempts)::INT8 AS count FROM framing_attempts WHERE origin = '{origin}'");
    assert_eq!(stage.count(&query).await, 1);
}

async fn count_report(stage: &Stage) {
    let reports = "SELECT COALESCE(sum(reports), 0)::INT8 AS count FROM violation_reports";
    let before = stage.count(reports).await;
    let document = format!("{}/settings", stage.app.origin);
    let report = serde_json::json!({
        "csp-report": { "document-uri": document, "violated-directive": "worker-src 'none'" },
    });
    let sent = [
        ("content-type", "application/csp-report"),
        ("sec-fetch-dest", "report"),
        ("sec-fetch-mode", "no-cors"),
    ];
    let answer = stage.app.guest().send(Method::POST, "/reports", Some(report.to_string()), &sent).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
    stage.under_fire(write_tallies(stage)).await;
    assert_eq!(stage.count(reports).await, before + 1);
}

async fn sweep(stage: &Stage) {
    let member = stage.app.member("Ada").await;
    let age = format!(
        "UPDATE sessions SET expires_at = now() - INTERVAL '1 minute' WHERE user_id = (SELECT id FROM users WHERE email = '{}')",
        member.email()
    );
    run(&mut database::connect(&stage.url).await, &[&age]).await;
    let pool: db::Pool = stage.app.state.pool.clone();
    let now = stage.app.state.clock.now();
    let swept =
        stage.under_fire(async { RUNTIME.spawn(async move { expiry::sweep(&pool, now).await }).await });
    // Buckets of rate limits may have expired, too.
    assert!(swept.await.unwrap() >= 1);
    assert_eq!(stage.sessions_of(&member.email()).await, 0);
}
