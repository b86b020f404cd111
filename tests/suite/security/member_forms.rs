//! A member's form does nothing without the token of its own session, even if it comes from our own
//! origin. The list of forms is the route table itself, so a new form is tested as soon as it has a route.

use actix_web::http::Method;
use diesel::sql_types::Text;
use reqwest::StatusCode;
use unframed::actions::{AddPasskey, ApproveConfirmation, SensitiveAction as _};
use unframed::db;
use unframed::models::user::OWNED_TABLES;
use unframed::route_map::{RouteKind, RoutePattern, Sensitivity};
use unframed::routes;
use uuid::Uuid;

use crate::harness::confirmation::{Confirming, fresh_email};
use crate::harness::{Answer, Browser, PASSWORD, TestApp};

/// The reason why a POST route needs no session, and so no form token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The form is for users who have no session yet. `fetch_metadata` refuses it from other sites.
    NoSessionYet,
    /// Browsers send reports by themselves, from any page and without cookies.
    BrowserReport,
    /// The token in the path is the proof, and only the mailbox has seen it.
    MailedLink,
    /// An application proves itself by its secret in a header that no form sends.
    Application,
}

/// The POST routes that need no session.
const WITHOUT_SESSION: [(&str, Reason); 11] = [
    ("/sign-up", Reason::NoSessionYet),
    ("/sign-up/{token}", Reason::MailedLink),
    ("/sign-in", Reason::NoSessionYet),
    ("/sign-in/passkey", Reason::NoSessionYet),
    ("/sign-in/second-factor", Reason::NoSessionYet),
    ("/forgot-password", Reason::NoSessionYet),
    ("/forgot-password/{token}", Reason::MailedLink),
    ("/reports", Reason::BrowserReport),
    ("/email-change/{token}", Reason::MailedLink),
    ("/undo/{token}", Reason::MailedLink),
    ("/api/v1/confirmations", Reason::Application),
];

fn post_routes() -> Vec<RoutePattern> {
    routes::patterns().into_iter().filter(|route| route.methods.contains(&Method::POST)).collect()
}

fn member_routes() -> Vec<&'static str> {
    let exempt = |path| WITHOUT_SESSION.iter().any(|(known, _)| *known == path);
    post_routes().iter().map(|route| route.path).filter(|path| !exempt(*path)).collect()
}

#[test]
fn each_exempt_route_exists_and_its_kind_fits_the_reason() {
    let routes = post_routes();
    for (path, reason) in WITHOUT_SESSION {
        let route = routes.iter().find(|route| route.path == path);
        let expected = match reason {
            Reason::NoSessionYet => RouteKind::Page,
            Reason::BrowserReport => RouteKind::Reports,
            Reason::MailedLink => RouteKind::Sensitive(Sensitivity::Link),
            Reason::Application => RouteKind::Api,
        };
        assert_eq!(route.map(|route| route.kind), Some(expected), "{path}");
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    content: String,
}

/// All rows of an account, in every table that has some.
async fn rows_of(app: &TestApp, user_id: Uuid) -> Vec<String> {
    use diesel_async::RunQueryDsl as _;
    let mut rows = Vec::new();
    let tables = OWNED_TABLES.iter().map(|table| (*table, "user_id")).chain([("users", "id")]);
    for (table, column) in tables {
        let sql = format!(
            "SELECT row_to_json(t)::TEXT AS content FROM {table} AS t WHERE {column} = '{user_id}' ORDER BY 1"
        );
        let found = db::statement(&app.state.pool, "test", async |conn| {
            diesel::sql_query(sql.as_str()).load::<Row>(conn).await
        });
        rows.extend(found.await.unwrap().into_iter().map(|row| format!("{table}: {}", row.content)));
    }
    rows
}

/// A member with a second session and a pending action, and a form that is complete for every route.
struct Member {
    browser: Browser,
    phone: Browser,
    page: Confirming,
    id: Uuid,
}

impl Member {
    async fn new(app: &TestApp) -> Self {
        let (browser, phone) = (app.member("Ada").await, app.guest());
        browser.add_authenticator().await;
        browser.share_factors_with(&phone);
        phone.sign_in(&browser.email()).await;
        let page = browser.begin_any("/settings/delete").await;
        app.let_human_time_pass();
        let id = browser.user_id().await;
        Self { browser, phone, page, id }
    }

    /// The path of a route, with the ids of this member.
    async fn path(&self, route: &str) -> String {
        let path = match route {
            "/settings/sessions/{id}/revoke" => {
                let list = self.browser.get("/settings/sessions").await;
                list.find(r#"action="(/settings/sessions/[0-9a-f-]{36}/revoke)""#)
                    .expect("the phone is listed")
            }
            "/settings/tokens/{id}/revoke" => {
                self.browser.make_token(&["settings_read"]).await;
                let list = self.browser.get("/settings/tokens").await;
                list.find(r#"action="(/settings/tokens/[0-9a-f-]{36}/revoke)""#).expect("a token is listed")
            }
            _ if route.starts_with(ApproveConfirmation::START) => {
                let path = self.browser.path_of(ApproveConfirmation::START).await;
                route.replace(ApproveConfirmation::START, &path)
            }
            _ => route.replace("/confirm/{id}", &self.page.path),
        };
        assert!(!path.contains('{'), "{route}: this test needs to know a value for the parameter");
        path
    }

    /// Sends the fields of all forms at once: a handler ignores those that it does not know.
    async fn send(&self, path: &str, token: Option<&str>) -> Answer {
        let mut fields = self.page.filled();
        fields.retain(|(name, _)| name != "csrf_token");
        let email = fresh_email("planted");
        let typed = [
            ("display_name", "Mallory"),
            ("email", email.as_str()),
            ("password", PASSWORD),
            ("card", "on"),
            ("language", "de"),
            ("time_zone", "Europe/Berlin"),
            ("settings_read", "yes"),
            ("days", "30"),
        ];
        let offer = self.browser.get(path).await;
        let factor = offer.find(r#"<option value="([0-9a-f-]{36})""#).unwrap_or_default();
        let secret = offer.find(r#"name="secret" value="([^"]+)""#);
        if secret.is_some() {
            fields.retain(|(name, _)| name != "code");
            fields.push(("code".to_owned(), self.browser.scan(&offer)));
        }
        let secret = secret.unwrap_or_default();
        if path == AddPasskey::START {
            fields.retain(|(name, _)| name != "ceremony" && name != "passkey");
            let ceremony = offer.find(r#"name="ceremony" value="([^"]+)""#).unwrap();
            fields.push(("ceremony".to_owned(), ceremony));
            fields.push(("passkey".to_owned(), self.browser.passkey(&offer)));
        }
        let more = [("name", "Phone"), ("factor", factor.as_str()), ("secret", secret.as_str())];
        for (name, value) in typed.into_iter().chain(more).chain(token.map(|token| ("csrf_token", token))) {
            fields.push((name.to_owned(), value.to_owned()));
        }
        self.browser.post_all(path, &fields).await
    }
}

/// The form is shown again with a notice, or the page for stale forms is shown.
fn assert_refused(answer: &Answer, path: &str, what: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {what}: {}", answer.body);
    assert_eq!(answer.header("set-cookie"), None, "{path} with {what}");
    assert_eq!(answer.header("clear-site-data"), None, "{path} with {what}");
    let notice = answer.body.contains("This form had expired. Nothing has changed.");
    let form_again = notice && answer.body.contains(&format!(r#"action="{path}""#));
    let stale_page = answer.body.contains("<h1>This form had expired</h1>");
    assert!(form_again || stale_page, "{path} with {what}: {}", answer.body);
}

#[tokio::test]
async fn every_form_of_a_member_is_refused_without_the_token_of_its_session() {
    let app = TestApp::spawn().await;
    let foreign = app.member("Mallory").await.get("/settings").await.csrf_token();
    let routes = member_routes();
    assert!(routes.contains(&"/sign-out") && routes.contains(&"/confirm/{id}"), "{routes:?}");
    for route in routes {
        let member = Member::new(&app).await;
        if route == "/settings/delete/keep" {
            let waits = "delete_after = now() + INTERVAL '7 days'";
            let sql = format!("UPDATE users SET {waits} WHERE id = '{}'", member.id);
            assert_eq!(app.execute(sql).await, 1);
        }
        if matches!(route, "/settings/email/send-again" | "/settings/email/cancel") {
            let change = format!(
                "INSERT INTO email_changes (token_digest, user_id, old_email, new_email, created_at, expires_at)
                 SELECT sha256(id::TEXT::BYTEA), id, email, '{}', now(), now() + INTERVAL '1 day'
                 FROM users WHERE id = '{}'",
                fresh_email("waiting"),
                member.id
            );
            assert_eq!(app.execute(change).await, 1);
        }
        let path = member.path(route).await;
        let own = member.page.value("csrf_token");
        let phones = member.phone.get("/settings").await.csrf_token();
        assert!(own != foreign && own != phones);
        let before = rows_of(&app, member.id).await;
        for (what, token) in [
            ("no token", None),
            ("an empty token", Some("")),
            ("a malformed token", Some("x")),
            ("a shortened token", Some(&own[1..])),
            ("another account's token", Some(foreign.as_str())),
            ("the token of another session of the account", Some(phones.as_str())),
        ] {
            assert_refused(&member.send(&path, token).await, &path, what);
            assert_eq!(rows_of(&app, member.id).await, before, "{path} with {what}: left now, right before");
        }
        // The control: the same form with the right token does its work.
        let done = member.send(&path, Some(own)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{path}: {}", done.body);
        assert_ne!(rows_of(&app, member.id).await, before, "{path} changes rows");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_session() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let former = ada.get("/settings").await.csrf_token();
    ada.sign_in(&ada.email()).await;
    let answer = ada.post("/settings/profile", &[("csrf_token", &former), ("display_name", "Late")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let fresh = answer.csrf_token();
    assert_ne!(fresh, former);
    let again = ada.post("/settings/profile", &[("csrf_token", &fresh), ("display_name", "Late")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "the token of the refusing page works");
}

#[tokio::test]
async fn a_form_that_has_its_token_twice_is_refused() {
    let app = TestApp::spawn().await;
    let ada = app.member("Ada").await;
    let token = ada.get("/settings").await.csrf_token();
    for second in [token.as_str(), "x"] {
        let fields = [("csrf_token", token.as_str()), ("csrf_token", second), ("display_name", "Twice")];
        let answer = ada.post("/settings/profile", &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert!(answer.body.contains("A field of the form was sent twice."), "{}", answer.body);
    }
    assert!(ada.get("/settings/profile").await.body.contains("value=\"Ada\""), "nothing has changed");
}
