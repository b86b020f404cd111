//! Connections that break before, during and after COMMIT.

use reqwest::StatusCode;
use unframed::commands::admin::import;
use unframed::commands::admin::import::output::Output;
use unframed::commands::admin::import::records::Format;

use super::count;
use crate::harness::app::TestApp;
use crate::harness::browser::{Answer, PASSWORD};
use crate::harness::database;
use crate::harness::wire_proxy::{Fault, Gate, Point, WireProxy};

struct Stage {
    app: TestApp,
    proxy: WireProxy,
    url: String,
}

impl Stage {
    async fn set() -> Self {
        let url = database::alone().await;
        let proxy = WireProxy::start(&url).await;
        let app = TestApp::spawn_configured(&[("DATABASE_URL", &proxy.url(&url))]).await;
        Self { app, proxy, url }
    }

    /// A link that creates an account.
    async fn link(&self, email: &str) -> String {
        self.app.guest().ask_for_sign_up(email).await
    }

    async fn sign_up(&self, link: &str) -> Answer {
        self.app.guest().post(link, &[("display_name", "Ada"), ("password", PASSWORD)]).await
    }

    /// Signs up with a fault `before_commit` points before the last COMMIT. Returns the email address and the
    /// link.
    async fn sign_up_with(&self, fault: Fault, before_commit: usize) -> (String, String, Answer) {
        let link = self.link(&address()).await;
        self.proxy.arm(None);
        assert_eq!(self.sign_up(&link).await.status, StatusCode::SEE_OTHER);
        let points = self.proxy.disarm();
        assert_eq!(points.last(), Some(&Point::Commit));
        let email = address();
        let link = self.link(&email).await;
        self.proxy.arm(Some((points.len() - 1 - before_commit, fault)));
        let answer = self.sign_up(&link).await;
        self.proxy.disarm();
        (email, link, answer)
    }

    async fn accounts(&self, email: &str) -> i64 {
        let query = format!("SELECT count(*) FROM users WHERE email = '{email}'");
        count(&mut database::connect(&self.url).await, &query).await
    }

    /// The mails queued to an email address, without the one that had the link.
    async fn mails(&self, email: &str) -> i64 {
        let query = format!("SELECT count(*) - 1 AS count FROM outgoing_mails WHERE recipient = '{email}'");
        count(&mut database::connect(&self.url).await, &query).await
    }
}

fn address() -> String {
    format!("ada-{}@example.com", uuid::Uuid::new_v4())
}

fn assert_unknown(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("know whether your change was saved"), "{}", answer.body);
    assert!(answer.body.contains("Check whether your change is there before you send it again"));
    assert_eq!(answer.header("retry-after"), None, "no client may repeat it without its user");
}

#[tokio::test]
async fn a_connection_lost_before_commit_is_replaced() {
    let stage = Stage::set().await;
    let (email, _, answer) = stage.sign_up_with(Fault::LoseRequest, 1).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!((stage.accounts(&email).await, stage.mails(&email).await), (1, 1));
    assert_eq!(stage.app.state.pool.journal().tallies()["sign_up_finish"].retries, 1);
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_unknown_and_may_be_repeated() {
    let stage = Stage::set().await;
    let (email, link, answer) = stage.sign_up_with(Fault::LoseRequest, 0).await;
    assert_unknown(&answer);
    assert_eq!((stage.accounts(&email).await, stage.mails(&email).await), (0, 0));
    assert_eq!(stage.sign_up(&link).await.status, StatusCode::SEE_OTHER);
    assert_eq!((stage.accounts(&email).await, stage.mails(&email).await), (1, 1));
    assert_eq!(stage.app.state.pool.journal().tallies()["sign_up_finish"].unknown_commits, 1);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_unknown_and_is_applied_once() {
    let stage = Stage::set().await;
    let (email, _, answer) = stage.sign_up_with(Fault::LoseReply, 0).await;
    assert_unknown(&answer);
    assert_eq!((stage.accounts(&email).await, stage.mails(&email).await), (1, 1));
    let signed_in = stage.app.guest().post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    assert_eq!((signed_in.status, signed_in.location()), (StatusCode::SEE_OTHER, "/settings"));
}

#[tokio::test]
async fn a_connection_lost_after_commit_does_not_affect_any_request() {
    let stage = Stage::set().await;
    let (email, _, answer) = stage.sign_up_with(Fault::CutAfterReply, 0).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!((stage.accounts(&email).await, stage.mails(&email).await), (1, 1));
    let link = stage.link(&address()).await;
    assert_eq!(stage.sign_up(&link).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_idempotent_transaction_is_retried_after_a_lost_commit() {
    let stage = Stage::set().await;
    let member = stage.app.member("Ada").await;
    for (turn, fault) in [Fault::LoseRequest, Fault::LoseReply].into_iter().enumerate() {
        let token = member.get("/settings/profile").await.csrf_token();
        let name = format!("Countess {turn}");
        // The points are those of the rate limit, the update, the event, the statement that detects a swallowed
        // error, and COMMIT.
        stage.proxy.arm(Some((6, fault)));
        let answer =
            member.post("/settings/profile", &[("csrf_token", &token), ("display_name", &name)]).await;
        assert_eq!(
            stage.proxy.disarm()[3..7],
            [Point::Statement, Point::Statement, Point::Statement, Point::Commit]
        );
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert!(member.get("/settings/profile").await.body.contains(&name));
    }
    let tally = stage.app.state.pool.journal().tallies()["user_set_display_name"];
    assert_eq!((tally.retries, tally.unknown_commits), (2, 0));
}

#[tokio::test]
async fn an_import_counts_each_account_once_after_a_lost_commit() {
    let stage = Stage::set().await;
    let import = async || {
        let email = address();
        let file = database::private_folder("import").join("users.csv");
        std::fs::write(&file, format!("email\n{email}\n")).unwrap();
        let state = stage.app.state.clone();
        let importing = async move {
            let mut output = Output::new(Box::new(std::io::sink()), false, false);
            import::import(&state.pool, &file, Format::Csv, &mut output, state.clock.now()).await
        };
        let counts = database::RUNTIME.spawn(importing).await.unwrap().unwrap();
        assert_eq!((counts.imported, counts.skipped, stage.accounts(&email).await), (1, 0, 1));
        let events = format!(
            "SELECT count(*) FROM security_events JOIN users ON users.id = user_id WHERE email = '{email}'"
        );
        assert_eq!(count(&mut database::connect(&stage.url).await, &events).await, 1);
    };
    stage.proxy.arm(None);
    import().await;
    let commit = stage.proxy.disarm().iter().position(|point| *point == Point::Commit).unwrap();
    for fault in [Fault::LoseRequest, Fault::LoseReply] {
        stage.proxy.arm(Some((commit, fault)));
        import().await;
        stage.proxy.disarm();
    }
    assert_eq!(stage.app.state.pool.journal().tallies()["account_import"].retries, 2);
}

#[tokio::test]
async fn a_failed_retry_does_not_claim_that_nothing_was_changed() {
    let stage = Stage::set().await;
    let member = stage.app.member("Ada").await;
    let token = member.get("/settings/profile").await.csrf_token();
    stage.proxy.arm(Some((6, Fault::Vanish)));
    let fields = [("csrf_token", token.as_str()), ("display_name", "Countess")];
    assert_unknown(&member.post("/settings/profile", &fields).await);
    stage.proxy.disarm();
    stage.proxy.set_gate(Gate::Open);
    let stored = format!(
        "SELECT count(*) FROM users WHERE email = '{}' AND display_name = 'Countess'",
        member.email()
    );
    assert_eq!(count(&mut database::connect(&stage.url).await, &stored).await, 1);
    assert_eq!(stage.app.state.pool.journal().tallies()["user_set_display_name"].unknown_commits, 1);
}

#[tokio::test]
async fn a_signed_in_page_costs_one_query() {
    let stage = Stage::set().await;
    let member = stage.app.member("Ada").await;
    member.get("/settings/profile").await;
    let before = stage.proxy.statements();
    assert_eq!(member.get("/settings/profile").await.status, StatusCode::OK);
    assert_eq!(stage.proxy.statements() - before, 1);
}
